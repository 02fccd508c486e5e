// The training loss: softmax cross-entropy with label smoothing and class weights.
import * as tf from '@tensorflow/tfjs';

export interface CrossEntropyOptions {
  /** The share s of the target that is spread evenly over all classes (Szegedy et al. 2016). */
  readonly labelSmoothing?: number;
  /** One positive weight a class, `[classes]`. */
  readonly classWeights?: tf.Tensor1D | undefined;
}

/**
 * Softmax cross-entropy of a batch, as PyTorch's `CrossEntropyLoss` defines its weighted mean:
 * `−Σₙ [(1−s)·w_yₙ·ln p(yₙ) + (s/classes)·Σ_c w_c·ln p(c)] / Σₙ w_yₙ`.
 *
 * It works on log-probabilities, so it stays finite for large logits; its gradient is
 * `p·Σ_c target − target` with the weighted, smoothed targets of the sum above.
 * @param logits `[batch, classes]`
 * @param labels class indices, int32 `[batch]`
 */
export function softmaxCrossEntropy(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  { labelSmoothing = 0, classWeights }: CrossEntropyOptions = {},
): tf.Scalar {
  return tf.tidy(() => {
    const classes = logits.shape[1];
    const oneHot = tf.oneHot(labels, classes, 1, 0, 'float32');
    const smoothed = tf.add(tf.mul(oneHot, 1 - labelSmoothing), labelSmoothing / classes);
    const logProbabilities = tf.logSoftmax(logits);
    if (classWeights === undefined) {
      return tf.neg(tf.mean(tf.sum(tf.mul(smoothed, logProbabilities), 1)));
    }
    const targets = tf.mul(smoothed, classWeights);
    const total = tf.sum(tf.mul(oneHot, classWeights));
    return tf.neg(tf.div(tf.sum(tf.mul(targets, logProbabilities)), total));
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
