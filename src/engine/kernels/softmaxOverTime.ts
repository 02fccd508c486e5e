// Softmax over the valid steps of each row; padded steps get the weight 0, and so does every step of a row without any.
import tf from '#tfjs';
import { withGradient } from './withGradient.js';

/**
 * `a[b, t] = m · exp(s[b, t]) / Σ m · exp(s[b, ·])`, with `ds = a · (da - Σ a · da)`. What stands in padded steps, of the
 * scores or of the gradient, reaches nothing.
 *
 * @param scores `[batch, time]`
 * @param mask bool `[batch, time]`, or null when every step is valid
 */
export function softmaxOverTime(scores: tf.Tensor2D, mask: tf.Tensor2D | null): tf.Tensor2D {
  if (scores.shape[1] === 0) return scores;
  const valid = mask ?? tf.onesLike(scores).cast('bool');
  return withGradient(
    [scores],
    (scores) => {
      const candidates = tf.where(valid, scores, tf.fill(scores.shape, -Infinity));
      const highest = tf.max(candidates, 1, true);
      const shift = tf.where(tf.isFinite(highest), highest, tf.zerosLike(highest));
      const shifted = tf.where(valid, tf.sub(candidates, shift), tf.zerosLike(scores));
      const powers = tf.where(valid, tf.exp(shifted), tf.zerosLike(scores));
      const total = tf.sum(powers, 1, true);
      const value = tf.div<tf.Tensor2D>(powers, tf.where(tf.greater(total, 0), total, tf.onesLike(total)));
      return { value, save: [value, valid] };
    },
    (da, a, valid) => {
      const through = tf.where(valid, da, tf.zerosLike(da));
      return [tf.mul(a, tf.sub(through, tf.sum(tf.mul(a, through), 1, true)))];
    },
  );
}
