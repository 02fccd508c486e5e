// Squeezes beside average and maximum: one number for the valid steps of each channel, 0 for a row without any.
import tf from '#tfjs';
import { maskSteps, selectSteps } from './maskSteps.js';
import { averageOverTime, validSteps } from './pooling.js';
import { softmaxOverTime } from './softmaxOverTime.js';
import { withGradient } from './withGradient.js';

/**
 * Standard deviation over valid steps, biased: `√(Σ m·(x - mean)² / n)`, with `dx = m · dy · (x - mean) / (n · std)`, which
 * is 0 where the variance is 0.
 *
 * @param x `[batch, time, channels]`
 * @param mask bool `[batch, time]`, or null when every step is valid
 * @returns `[batch, channels]`
 */
export function standardDeviationOverTime(x: tf.Tensor3D, mask: tf.Tensor2D | null): tf.Tensor2D {
  return withGradient(
    [x],
    (x) => {
      const steps = validSteps(x, mask);
      const mean = tf.expandDims(averageOverTime(x, mask), 1);
      const centred = maskSteps(tf.sub(x, mean), mask);
      const value = tf.sqrt(tf.div<tf.Tensor2D>(tf.sum(tf.square(centred), 1), steps));
      return { value, save: [centred, value, steps] };
    },
    (dy, centred, std, steps) => {
      const varies = tf.greater(std, 0);
      const scale = tf.div(dy, tf.mul(steps, tf.where(varies, std, tf.onesLike(std))));
      return [tf.mul(centred, tf.expandDims(tf.where(varies, scale, tf.zerosLike(scale)), 1))];
    },
  );
}

/**
 * The last valid step, `x[b, n - 1]`.
 *
 * @param x `[batch, time, channels]`
 * @param mask bool `[batch, time]`, or null when every step is valid
 * @returns `[batch, channels]`
 */
export function lastOverTime(x: tf.Tensor3D, mask: tf.Tensor2D | null): tf.Tensor2D {
  const [batch, time] = x.shape;
  if (time === 0) return tf.sum(x, 1);
  const steps = mask === null ? tf.fill([batch, 1], time, 'int32') : tf.sum(tf.cast(mask, 'int32'), 1, true);
  const isLast = tf.equal<tf.Tensor2D>(
    tf.expandDims(tf.range(0, time, 1, 'int32'), 0),
    tf.sub(steps, tf.scalar(1, 'int32')),
  );
  return withGradient(
    [x],
    (x) => ({ value: tf.sum<tf.Tensor2D>(selectSteps(x, isLast, 0), 1), save: [isLast, x] }),
    (dy, isLast, x) => [selectSteps(tf.mul<tf.Tensor3D>(tf.onesLike(x), tf.expandDims(dy, 1)), isLast, 0)],
  );
}

/** What a generalized mean takes for smaller values (Radenović et al. 2019). */
const smallest = 1e-6;

/**
 * Generalized mean `(Σ m · u^p / n)^(1/p)`, `u = max(x, 1e-6)` (GeM, Radenović et al. 2019, arXiv:1711.02512): the average
 * for p = 1, the maximum for p → ∞. With r = u / max u and q = Σ m · r^p / n it is `max u · q^(1/p)`, which stays finite,
 * `dx = dy · r^(p-1) · q^(1/p-1) / n` where x > 1e-6, and `dp = Σ dy · y · (Σ r^p · ln r / (n·q·p) - ln q / p²)`.
 *
 * @param x `[batch, time, channels]`
 * @param mask bool `[batch, time]`, or null when every step is valid
 * @param p the exponent, `[1]`, above 0
 * @returns `[batch, channels]`
 */
export function generalizedMeanOverTime(
  x: tf.Tensor3D,
  mask: tf.Tensor2D | null,
  p: tf.Tensor1D,
): tf.Tensor2D {
  if (x.shape[1] === 0) return tf.sum(x, 1);
  const valid: tf.Tensor2D = mask ?? tf.ones([x.shape[0], x.shape[1]], 'bool');
  return withGradient(
    [x, p],
    (x, p) => {
      const steps = validSteps(x, mask);
      const isEmpty = tf.logicalNot(tf.any(valid, 1, true));
      const u = selectSteps(tf.maximum(x, smallest), valid, smallest);
      const largest = tf.max<tf.Tensor3D>(u, 1, true);
      const logR = tf.log(tf.div<tf.Tensor3D>(u, largest));
      const powers = selectSteps(tf.exp(tf.mul<tf.Tensor3D>(logR, p)), valid, 0);
      const total = tf.div<tf.Tensor2D>(tf.sum(powers, 1), steps);
      const q = tf.where(isEmpty, tf.onesLike(total), total);
      const value = tf.mul<tf.Tensor2D>(tf.squeeze(largest, [1]), tf.pow(q, tf.reciprocal(p)));
      const empty = tf.where<tf.Tensor2D>(isEmpty, tf.zerosLike(value), value);
      return { value: empty, save: [x, p, empty, logR, powers, q, steps, valid] };
    },
    (dy, x, p, y, logR, powers, q, steps, valid) => {
      // r^(p-1) = r^p / r, and r is above 0.
      const slope = tf.exp(tf.mul<tf.Tensor3D>(logR, tf.sub(p, 1)));
      const scale = tf.div(tf.mul(dy, tf.pow(q, tf.sub(tf.reciprocal(p), 1))), steps);
      const along: tf.Tensor3D = tf.mul(slope, tf.expandDims(scale, 1));
      const dx = tf.where(tf.greater(x, smallest), along, tf.zerosLike(along));
      const spread = tf.div(tf.sum(tf.mul(powers, logR), 1), tf.mul(tf.mul(steps, q), p));
      const ofP = tf.sub(spread, tf.div(tf.log(q), tf.square(p)));
      const dp = tf.reshape(tf.sum(tf.mul(tf.mul(dy, y), ofP)), [1]);
      return [selectSteps(dx, valid, 0), dp];
    },
  );
}

/**
 * Average over valid steps by weights of their own: `Σ a·x`, a the softmax over valid steps of `x · scores`.
 *
 * @param x `[batch, time, channels]`
 * @param mask bool `[batch, time]`, or null when every step is valid
 * @param scores `[channels, 1]`
 * @returns the average, `[batch, channels]`, and the weights, `[batch, time]`
 */
export function attendOverTime(
  x: tf.Tensor3D,
  mask: tf.Tensor2D | null,
  scores: tf.Tensor2D,
): { value: tf.Tensor2D; weights: tf.Tensor2D } {
  const [batch, time, channels] = x.shape;
  const steps = maskSteps(x, mask);
  if (time === 0) return { value: tf.sum(steps, 1), weights: tf.zeros([batch, 0]) };
  const rows: tf.Tensor2D = tf.reshape(steps, [batch * time, channels]);
  const weights = softmaxOverTime(tf.reshape(tf.matMul(rows, scores), [batch, time]), mask);
  return { value: tf.sum<tf.Tensor2D>(tf.mul(steps, tf.expandDims(weights, 2)), 1), weights };
}
