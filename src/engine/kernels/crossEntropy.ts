// The training loss of a batch and how many of its recordings are classified correctly.
import tf from '#tfjs';
import { hasNative, nativeOutputs } from './native.js';
import { softmaxCrossEntropySum } from './softmaxCrossEntropy.js';
import { withGradient } from './withGradient.js';

export interface CrossEntropyOptions {
  /** The share s of the target that is spread evenly over all classes (Szegedy et al. 2016). */
  readonly labelSmoothing?: number;
  /** One positive weight a class, `[classes]`. */
  readonly classWeights?: tf.Tensor1D | undefined;
}

/** What a batch's logits are worth; only the loss has a gradient. */
export interface CrossEntropy {
  /** Softmax cross-entropy, weighted and smoothed. */
  readonly loss: tf.Scalar;
  /**
   * Recordings whose label has the first largest logit. One with NaN among its logits is not correct in one operation;
   * in plain ones it is what the backend's argMax makes of NaN.
   */
  readonly correct: tf.Scalar;
}

/**
 * `loss = −Σₙ Σ_c tₙ(c)·ln pₙ(c) / Σₙ w(yₙ)` over the rows that hold a recording, with `p = softmax(logits)` and
 * `tₙ(c) = w(c)·((1−s)·[c = yₙ] + s/classes)`; 0 when there is none.
 *
 * @param logits `[batch, classes]`
 * @param labels class indices, int32 `[batch]`; −1: no recording, whatever the row's logits hold
 */
export function crossEntropy(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  options: CrossEntropyOptions = {},
): CrossEntropy {
  return hasNative('MasqCrossEntropy')
    ? nativeCrossEntropy(logits, labels, options)
    : composedCrossEntropy(logits, labels, options);
}

function nativeCrossEntropy(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  { labelSmoothing = 0, classWeights = tf.ones([logits.shape[1]]) }: CrossEntropyOptions,
): CrossEntropy {
  const inputs = { logits, labels, classWeights };
  const outputs = nativeOutputs('MasqCrossEntropy', inputs, { smoothing: labelSmoothing });
  const [value, correct, gradient] = outputs as [tf.Scalar, tf.Scalar, tf.Tensor2D];
  const loss = withGradient<[tf.Tensor2D], tf.Scalar, [tf.Tensor2D]>(
    [logits],
    () => ({ value: tf.clone(value), save: [gradient] }),
    (dy, gradient) => [tf.mul(gradient, dy)],
  );
  return { loss, correct };
}

/** `crossEntropy` in plain tfjs operations, for every backend. */
export function composedCrossEntropy(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  options: CrossEntropyOptions = {},
): CrossEntropy {
  return { loss: composedLoss(logits, labels, options), correct: countCorrect(logits, toFloat(labels)) };
}

/**
 * How many rows have their first largest logit at their label. Class indices are compared in float32, which has them exactly up to
 * 2²⁴: cards compare int32 in the memory of the host, and would wait for the logits.
 *
 * @param labels float32 `[batch]`
 */
function countCorrect(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  return tf.sum(tf.cast(tf.equal(toFloat(tf.argMax(logits, 1)), labels), 'float32'));
}

function toFloat(indices: tf.Tensor1D): tf.Tensor1D {
  return tf.cast(indices, 'float32');
}

function composedLoss(logits: tf.Tensor2D, labels: tf.Tensor1D, options: CrossEntropyOptions): tf.Scalar {
  const classes = logits.shape[1];
  const { labelSmoothing = 0 } = options;
  const share = labelSmoothing / classes;
  // A row without a recording gets some class, and no weight.
  const known: tf.Tensor1D = tf.maximum(labels, tf.scalar(0, 'int32'));
  const smoothed = tf.oneHot(known, classes, 1 - labelSmoothing + share, share, 'float32') as tf.Tensor2D;
  const own = () => tf.oneHot(known, classes, 1, 0, 'float32') as tf.Tensor2D;
  return denseLoss(logits, { smoothed, own, recordings: present(labels) }, options);
}

/** Shares of the partners of mixed rows in their targets. */
export interface MixedLabels {
  /** Class indices, int32 `[batch]`; −1: no partner. */
  readonly labels: tf.Tensor1D;
  /** Of the partner's class in the target, float32 `[batch]`, 0 to 1; 0 without a partner. */
  readonly shares: tf.Tensor1D;
}

/**
 * `crossEntropy` of rows that have two labels each, as mixup (Zhang et al. 2018) makes them: in the formula there
 * `[c = yₙ]` becomes `(1−vₙ)·[c = yₙ] + vₙ·[c = zₙ]`, with partner z and its share v, and `w(yₙ)` becomes
 * `(1−vₙ)·w(yₙ) + vₙ·w(zₙ)`. A row is correct where the label with the larger share is, the first of two equal ones.
 *
 * @param logits `[batch, classes]`
 * @param labels class indices, int32 `[batch]`; −1: no recording
 */
export function mixedCrossEntropy(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  { labels: partners, shares }: MixedLabels,
  options: CrossEntropyOptions = {},
): CrossEntropy {
  const classes = logits.shape[1];
  const { labelSmoothing = 0 } = options;
  const oneHot = (indices: tf.Tensor1D): tf.Tensor2D =>
    tf.oneHot(tf.maximum(indices, tf.scalar(0, 'int32')), classes, 1, 0, 'float32') as tf.Tensor2D;
  const share: tf.Tensor2D = tf.expandDims(shares, 1);
  const own: tf.Tensor2D = tf.add(tf.mul(oneHot(labels), tf.sub(1, share)), tf.mul(oneHot(partners), share));
  const smoothed: tf.Tensor2D = tf.add(tf.mul(own, 1 - labelSmoothing), labelSmoothing / classes);
  const heavier = tf.where(tf.greater(shares, 0.5), toFloat(partners), toFloat(labels));
  return {
    loss: denseLoss(logits, { smoothed, own: () => own, recordings: present(labels) }, options),
    correct: countCorrect(logits, heavier),
  };
}

/** 1 for each row that holds a recording, else 0. */
function present(labels: tf.Tensor1D): tf.Tensor1D {
  return tf.cast(tf.greaterEqual(labels, tf.scalar(0, 'int32')), 'float32');
}

/** Targets of each row, `[batch, classes]`, which add up to 1. */
interface Targets {
  readonly smoothed: tf.Tensor2D;
  /** Without smoothing. */
  readonly own: () => tf.Tensor2D;
  /** `[batch]`, see `present`. */
  readonly recordings: tf.Tensor1D;
}

function denseLoss(
  logits: tf.Tensor2D,
  { smoothed, own, recordings }: Targets,
  { classWeights }: CrossEntropyOptions,
): tf.Scalar {
  if (classWeights === undefined) {
    const total = tf.maximum(tf.sum(recordings), 1);
    return softmaxCrossEntropySum(logits, smoothed, tf.div(recordings, total));
  }
  const targets = tf.mul(smoothed, classWeights);
  const sums: tf.Tensor2D = tf.sum(targets, 1, true);
  const rowWeights = tf.mul(tf.squeeze<tf.Tensor1D>(sums, [1]), recordings);
  const ownWeights = tf.sum(tf.mul(own(), classWeights), 1);
  const total = tf.sum(tf.mul(ownWeights, recordings));
  const divisor = tf.add(total, tf.cast(tf.equal(total, 0), 'float32'));
  return softmaxCrossEntropySum(logits, tf.div(targets, sums), tf.div(rowWeights, divisor));
}
