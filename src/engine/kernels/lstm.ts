// Long short-term memory (Hochreiter and Schmidhuber 1997; with forget gates: Gers, Schmidhuber and Cummins 2000) over
// the valid steps of each row: by TensorFlow's operation for whole sequences, or step by step on any backend.
import tf from '#tfjs';
import { composedStates } from './composedLstm.js';
import { maskSteps } from './maskSteps.js';
import { hasNative, nativeOutputs } from './native.js';
import { withGradient } from './withGradient.js';

/** Weights whose last axis holds input gate, forget gate, candidate and output gate side by side, as in Keras. */
export interface LstmWeights {
  /** W, `[channels, 4 · units]`. */
  readonly kernel: tf.Tensor2D;
  /** U, `[units, 4 · units]`. */
  readonly recurrentKernel: tf.Tensor2D;
  /** b, `[4 · units]`. */
  readonly bias: tf.Tensor1D;
}

/**
 * `(i, f, g, o) = (σ, σ, tanh, σ)(x[t]·W + h[t-1]·U + b)`, `c[t] = f · c[t-1] + i · g`, `h[t] = o · tanh(c[t])`, from h and c
 * of 0. Since padding stands at the end, no valid step comes after a padded one. In float32 whatever the precision.
 *
 * @param x `[batch, time, channels]`
 * @param mask bool `[batch, time]`, or null when every step is valid
 * @returns h, `[batch, time, units]`; 0 at padded steps
 */
export function lstm(x: tf.Tensor3D, mask: tf.Tensor2D | null, weights: LstmWeights): tf.Tensor3D {
  const time = x.shape[1];
  if (time === 0) {
    const onePaddedStep = tf.pad(x, [[0, 0], [0, 1], [0, 0]]); // prettier-ignore
    return tf.slice(lstm(onePaddedStep, null, weights), [0, 0, 0], [-1, 0, -1]);
  }
  const steps: tf.Tensor3D = tf.transpose(maskSteps(x, mask), [1, 0, 2]);
  const states = hasNative('MasqLstm')
    ? nativeStates(steps, longestRow(time, mask), weights)
    : composedStates(steps, weights);
  return maskSteps(tf.transpose(states, [1, 0, 2]), mask);
}

/** Steps of the longest row: what stands beyond need not be computed. */
function longestRow(time: number, mask: tf.Tensor2D | null): tf.Scalar {
  if (mask === null) return tf.scalar(time, 'int32');
  return tf.max<tf.Scalar>(tf.sum(tf.cast(mask, 'int32'), 1));
}

/** What `MasqLstm` gives, each `[time, batch, units]`. */
const sequences = ['inputGate', 'cells', 'forgetGate', 'outputGate', 'candidates', 'squashed', 'states'];

/**
 * h of the first `steps` steps, 0 beyond.
 *
 * @param x `[time, batch, channels]`
 * @returns `[time, batch, units]`
 */
function nativeStates(
  x: tf.Tensor3D,
  steps: tf.Scalar,
  { kernel, recurrentKernel, bias }: LstmWeights,
): tf.Tensor3D {
  return withGradient(
    [x, tf.concat([kernel, recurrentKernel], 0), bias],
    (x, weights, bias) => {
      const outputs = nativeOutputs('MasqLstm', { x, weights, bias, steps });
      const states = outputs[sequences.indexOf('states')] as tf.Tensor3D;
      return { value: states, save: [x, weights, bias, steps, ...outputs] };
    },
    (dy, x, weights, bias, steps, ...outputs) => {
      const computed = Object.fromEntries(sequences.map((name, i) => [name, outputs[i]]));
      const inputs = { x, weights, bias, steps, ...computed, dy };
      const [dx, dWeights, dBias] = nativeOutputs('MasqLstmGrad', inputs);
      return [dx, dWeights, dBias];
    },
  );
}
