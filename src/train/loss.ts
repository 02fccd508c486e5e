// The training loss: softmax cross-entropy with label smoothing and class weights.
import * as tf from '@tensorflow/tfjs';
import { softmaxCrossEntropySum } from '../engine/kernels/index.js';

export interface CrossEntropyOptions {
  /** The share s of the target that is spread evenly over all classes (Szegedy et al. 2016). */
  readonly labelSmoothing?: number;
  /** One positive weight a class, `[classes]`. */
  readonly classWeights?: tf.Tensor1D | undefined;
}

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
  { labelSmoothing = 0, classWeights }: CrossEntropyOptions = {},
): tf.Scalar {
  return tf.tidy(() => {
    const classes = logits.shape[1];
    const share = labelSmoothing / classes;
    const smoothed = tf.oneHot(labels, classes, 1 - labelSmoothing + share, share, 'float32') as tf.Tensor2D;
    const recordings = tf.cast(tf.greaterEqual(labels, tf.scalar(0, 'int32')), 'float32');
    if (classWeights === undefined) {
      const total = tf.maximum(tf.sum(recordings), 1);
      return softmaxCrossEntropySum(logits, smoothed, tf.div(recordings, total));
    }
    const targets = tf.mul(smoothed, classWeights);
    const sums: tf.Tensor2D = tf.sum(targets, 1, true);
    const rowWeights = tf.mul(tf.squeeze<tf.Tensor1D>(sums, [1]), recordings);
    const total = tf.sum(
      tf.mul(tf.gather(classWeights, tf.maximum(labels, tf.scalar(0, 'int32'))), recordings),
    );
    const divisor = tf.add(total, tf.cast(tf.equal(total, 0), 'float32'));
    return softmaxCrossEntropySum(logits, tf.div(targets, sums), tf.div(rowWeights, divisor));
  });
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
