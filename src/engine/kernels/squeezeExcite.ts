// Squeeze and excitation (Hu et al. 2018, arXiv:1709.01507) with the mean as squeeze and the sigmoid as gate.
import tf from '#tfjs';
import { activate, type Activation } from './activation.js';
import { wholeMask } from './maskSteps.js';
import { matMul } from './matMul.js';
import { hasNative, nativeOutputs } from './native.js';
import { averageOverTime } from './pooling.js';
import { scaleChannels } from './scaleChannels.js';
import { withGradient } from './withGradient.js';

/** Two layers, from all channels to a few hidden units and back. A bias may be left out. */
export interface Bottleneck {
  /** W₁, `[channels, hidden]`. */
  readonly reduction: tf.Tensor2D;
  /** b₁, `[hidden]`. */
  readonly reductionBias: tf.Tensor1D | null;
  /** W₂, `[hidden, channels]`. */
  readonly expansion: tf.Tensor2D;
  /** b₂, `[channels]`. */
  readonly expansionBias: tf.Tensor1D | null;
}

/**
 * `y = x · sigmoid(relu(z·W₁ + b₁)·W₂ + b₂)` with z the mean of each channel over the valid steps of a row; 0 at padded
 * steps. In one operation the bottleneck is computed in float32 whatever the precision, since it takes no time.
 *
 * @param x `[batch, time, channels]`
 * @param mask bool `[batch, time]`, or null when every step is valid
 */
export function squeezeExcite(x: tf.Tensor3D, mask: tf.Tensor2D | null, bottleneck: Bottleneck): tf.Tensor3D {
  if (hasNative('MasqSqueezeExcite')) return nativeSqueezeExcite(x, mask ?? wholeMask(x), bottleneck);
  return composedSqueezeExcite(x, mask, bottleneck);
}

/** `squeezeExcite` in operations of its parts, for every backend. */
export function composedSqueezeExcite(
  x: tf.Tensor3D,
  mask: tf.Tensor2D | null,
  bottleneck: Bottleneck,
): tf.Tensor3D {
  return scaleChannels(x, tf.sigmoid(excite(averageOverTime(x, mask), bottleneck)), mask);
}

/** `f(z·W₁ + b₁)·W₂ + b₂`: what becomes the gate, from z `[batch, inputs]`. */
export function excite(
  z: tf.Tensor2D,
  { reduction, reductionBias, expansion, expansionBias }: Bottleneck,
  activation: Activation = 'relu',
): tf.Tensor2D {
  const h = activate(addBias(matMul(z, reduction), reductionBias), activation);
  return addBias(matMul(h, expansion), expansionBias);
}

function addBias(x: tf.Tensor2D, bias: tf.Tensor1D | null): tf.Tensor2D {
  return bias === null ? x : tf.add(x, bias);
}

function nativeSqueezeExcite(
  x: tf.Tensor3D,
  mask: tf.Tensor2D,
  { reduction, reductionBias, expansion, expansionBias }: Bottleneck,
): tf.Tensor3D {
  const [channels, hidden] = reduction.shape;
  return withGradient(
    [x, reduction, reductionBias ?? tf.zeros([hidden]), expansion, expansionBias ?? tf.zeros([channels])],
    (x, reduction, reductionBias, expansion, expansionBias) => {
      const inputs = { x, mask, reduction, reductionBias, expansion, expansionBias };
      const [y, z, h, gate] = nativeOutputs('MasqSqueezeExcite', inputs);
      return { value: y as tf.Tensor3D, save: [x, mask, z, h, gate, reduction, expansion] };
    },
    (dy, x, mask, z, h, gate, reduction, expansion) => {
      const inputs = { dy, x, mask, z, h, gate, reduction, expansion };
      const gradients = nativeOutputs('MasqSqueezeExciteGrad', inputs);
      return gradients as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    },
  );
}
