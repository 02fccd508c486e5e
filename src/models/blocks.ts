// Pieces that the models share: the masked input, a convolution with normalisation, and the output.
import * as tf from '@tensorflow/tfjs';
import { seededInitializer } from '../layers/initializers.js';
import { maskedBatchNorm, maskedConv1d, maskedGlobalPool1d, sequenceMask } from '../layers/index.js';
import { deriveSeed } from '../shared/random.js';

/** The inputs of every model, and their masked values. */
export interface MaskedInputs {
  /** `[values [batch, time, channels], lengths int32 [batch, 1]]`. */
  readonly inputs: [tf.SymbolicTensor, tf.SymbolicTensor];
  /** `[batch, time, channels]`, with its mask. */
  readonly x: tf.SymbolicTensor;
}

export function maskedInputs(channels: number): MaskedInputs {
  const values = tf.input({ shape: [null, channels], name: 'values' });
  const lengths = tf.input({ shape: [1], dtype: 'int32', name: 'lengths' });
  const x = sequenceMask({ name: 'mask' }).apply([values, lengths]) as tf.SymbolicTensor;
  return { inputs: [values, lengths], x };
}

/** A convolution with bias and its batch normalisation, `[batch, time, channels]` → `[batch, time, filters]`. */
export function convolveAndNormalize(
  x: tf.SymbolicTensor,
  { filters, kernelSize, name, seed }: { filters: number; kernelSize: number; name: string; seed: number },
): tf.SymbolicTensor {
  const kernelInitializer = seededInitializer('glorotUniform', deriveSeed(seed, name));
  const convolved = maskedConv1d({ filters, kernelSize, kernelInitializer, name }).apply(x);
  return maskedBatchNorm({ name: `${name}_norm` }).apply(convolved) as tf.SymbolicTensor;
}

export function relu(x: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
  return tf.layers.activation({ activation: 'relu', name }).apply(x) as tf.SymbolicTensor;
}

/** Average over valid steps, then one logit a class: `[batch, time, channels]` → `[batch, classes]`. */
export function classifier(x: tf.SymbolicTensor, classes: number, seed: number): tf.SymbolicTensor {
  const pooled = maskedGlobalPool1d({ name: 'pool' }).apply(x);
  const kernelInitializer = seededInitializer('glorotUniform', deriveSeed(seed, 'logits'));
  return tf.layers
    .dense({ units: classes, kernelInitializer, name: 'logits' })
    .apply(pooled) as tf.SymbolicTensor;
}
