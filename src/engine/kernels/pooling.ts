// Pooling over the valid steps of each row; a row without any gives 0 and gradient 0.
import tf from '#tfjs';
import { maskSteps, selectSteps, wholeMask } from './maskSteps.js';
import { hasNative, nativeOutputs } from './native.js';
import { withGradient } from './withGradient.js';

/**
 * Mean over valid steps, `Σ m·x / n`.
 *
 * @param x `[batch, time, channels]`
 * @param mask bool `[batch, time]`, or null when every step is valid
 * @returns `[batch, channels]`
 */
export function averageOverTime(x: tf.Tensor3D, mask: tf.Tensor2D | null): tf.Tensor2D {
  if (hasNative('MasqAverageOverTime')) return nativeAverageOverTime(x, mask ?? wholeMask(x));
  return composedAverageOverTime(x, mask);
}

/** `averageOverTime` in plain tfjs operations, for every backend. */
export function composedAverageOverTime(x: tf.Tensor3D, mask: tf.Tensor2D | null): tf.Tensor2D {
  const total = tf.sum<tf.Tensor2D>(maskSteps(x, mask), 1);
  return tf.div(total, validSteps(x, mask));
}

function nativeAverageOverTime(x: tf.Tensor3D, mask: tf.Tensor2D): tf.Tensor2D {
  return withGradient(
    [x],
    (x) => {
      const [value] = nativeOutputs('MasqAverageOverTime', { x, mask });
      return { value: value as tf.Tensor2D, save: [mask] };
    },
    (dy, mask) => [nativeOutputs('MasqAverageOverTimeGrad', { dy, mask })[0]],
  );
}

/**
 * Maximum over valid steps. Where several steps share it the gradient is split evenly, as TensorFlow does.
 *
 * @param x `[batch, time, channels]`
 * @param mask bool `[batch, time]`, or null when every step is valid
 * @returns `[batch, channels]`
 */
export function maxOverTime(x: tf.Tensor3D, mask: tf.Tensor2D | null): tf.Tensor2D {
  if (x.shape[1] === 0) return tf.sum(x, 1);
  return withGradient(
    [x],
    (value) => {
      const valid = mask === null ? tf.onesLike(value) : selectSteps(tf.onesLike(value), mask, 0);
      const candidates = mask === null ? value : selectSteps(value, mask, -Infinity);
      const top = tf.max(candidates, 1, true);
      const isTop = tf.mul(valid, tf.cast(tf.equal(candidates, top), 'float32'));
      const shares = tf.div(isTop, tf.maximum(tf.sum(isTop, 1, true), 1));
      const empty = tf.equal(tf.sum(valid, 1), 0);
      const pooled = tf.squeeze<tf.Tensor2D>(top, [1]);
      return { value: tf.where(empty, tf.zerosLike(pooled), pooled), save: [shares] };
    },
    (dy, shares) => [tf.mul(tf.expandDims(dy, 1), shares)],
  );
}

/**
 * Maximum over the channels of each step. Where several channels share it, as zeros after a ReLU do, the gradient is split
 * evenly; stock tfjs would give all of it to each.
 *
 * @param x `[batch, time, channels]`
 * @returns `[batch, time, 1]`
 */
export function maxOverChannels(x: tf.Tensor3D): tf.Tensor3D {
  return withGradient(
    [x],
    (x) => {
      const value = tf.max<tf.Tensor3D>(x, 2, true);
      const isTop = tf.cast(tf.equal(x, value), 'float32');
      return { value, save: [tf.div(isTop, tf.sum(isTop, 2, true))] };
    },
    (dy, shares) => [tf.mul(dy, shares)],
  );
}

/** Valid steps of each row, at least 1, float32 `[batch, 1]`. */
export function validSteps(x: tf.Tensor3D, mask: tf.Tensor2D | null): tf.Tensor2D {
  const [batch, time] = x.shape;
  if (mask === null) return tf.fill([batch, 1], Math.max(1, time));
  return tf.maximum(tf.sum(tf.cast(mask, 'float32'), 1, true), 1);
}
