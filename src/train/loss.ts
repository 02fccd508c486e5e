// The training loss: softmax cross-entropy with label smoothing and class weights.
import tf from '#tfjs';
import { crossEntropy, type CrossEntropyOptions } from '../engine/kernels/index.js';

export { type CrossEntropyOptions };

/**
 * Softmax cross-entropy of a batch, as PyTorch's `CrossEntropyLoss` defines its weighted mean:
 * `−Σₙ [(1−s)·w_yₙ·ln p(yₙ) + (s/classes)·Σ_c w_c·ln p(c)] / Σₙ w_yₙ`, over the rows that hold a recording; 0 when there
 * is none.
 *
 * It works on log-probabilities, so it stays finite for large logits; its gradient is
 * `p·Σ_c target − target` with the weighted, smoothed targets of the sum above.
 * @param logits `[batch, classes]`
 * @param labels class indices, int32 `[batch]`; −1: no recording, the row only fills the batch
 */
export function softmaxCrossEntropy(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  options: CrossEntropyOptions = {},
): tf.Scalar {
  return tf.tidy(() => crossEntropy(logits, labels, options).loss);
}

/**
 * Weights that make every class count the same, `n / (classes · count of the class)`, as scikit-learn's `balanced`.
 * @param labels class indices, each class at least once
 * @throws RangeError for a class without recordings, whose weight would be infinite.
 */
export function balancedClassWeights(labels: Int32Array, classes: number): Float32Array {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label]++;
  return Float32Array.from(counts, (count, c) => {
    if (count === 0)
      throw new RangeError(`Class ${c} has no recordings; balanced weights need one at least.`);
    return labels.length / (classes * count);
  });
}
