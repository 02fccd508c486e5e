// Cross-entropy of softmax probabilities with dense targets, as one operation with its gradient.
import tf from '#tfjs';
import { selectSteps } from './maskSteps.js';
import { runNative } from './native.js';
import { withGradient } from './withGradient.js';

/**
 * `Σₙ wₙ · −Σ_c q(n, c) · ln p(n, c)` with `p = softmax(logits)`; its gradient in the logits is `wₙ · (p − q)`. A row of
 * weight 0 adds nothing to either, whatever its logits hold. Targets and weights are constants: no gradient reaches them.
 *
 * @param logits `[batch, classes]`
 * @param targets q, `[batch, classes]`; each row adds up to 1
 * @param weights w, `[batch]`, none negative
 */
export function softmaxCrossEntropySum(
  logits: tf.Tensor2D,
  targets: tf.Tensor2D,
  weights: tf.Tensor1D,
): tf.Scalar {
  return withGradient(
    [logits],
    (given) => {
      const counts: tf.Tensor1D = tf.greater(weights, 0);
      const [losses, slopes] = rowLosses(selectRows(given, counts), targets);
      const value: tf.Scalar = tf.sum(tf.mul(losses, weights));
      return { value, save: [slopes, tf.expandDims(weights, 1)] };
    },
    (dy, slopes, rowWeights) => [tf.mul(slopes, tf.mul(rowWeights, dy))],
  );
}

/** The loss of each row, `[batch]`, and `p − q`, `[batch, classes]`. */
function rowLosses(logits: tf.Tensor2D, targets: tf.Tensor2D): [tf.Tensor1D, tf.Tensor2D] {
  const native = runNative('MasqSoftmaxCrossEntropy', { logits, targets });
  if (native !== null) return native as [tf.Tensor1D, tf.Tensor2D];
  const logProbabilities = tf.logSoftmax(logits);
  const losses: tf.Tensor1D = tf.neg(tf.sum(tf.mul(targets, logProbabilities), 1));
  return [losses, tf.sub(tf.exp(logProbabilities), targets)];
}

/** Zeros in the rows that do not count. */
function selectRows(x: tf.Tensor2D, counts: tf.Tensor1D): tf.Tensor2D {
  const steps = selectSteps(tf.expandDims<tf.Tensor3D>(x, 0), tf.expandDims<tf.Tensor2D>(counts, 0), 0);
  return tf.squeeze(steps, [0]);
}
