// Self-attention of several heads over the valid steps of each row (Vaswani et al. 2017, arXiv:1706.03762), with a learned
// scalar for each distance added after the softmax if wanted (Foumani et al. 2023, arXiv:2305.16642).
import * as tf from '@tensorflow/tfjs';
import { distanceMatrix } from './distanceMatrix.js';
import { maskSteps } from './maskSteps.js';
import { withGradient } from './withGradient.js';

export interface AttentionOptions {
  /** Heads, among which the channels are divided. */
  readonly heads: number;
  /** Factor of the products before the softmax. */
  readonly scale: number;
  /** A scalar for each distance and head, `[2 · maximum + 1, heads]` as `distanceMatrix` takes it, or null. */
  readonly distances: tf.Tensor2D | null;
}

/**
 * `y[b, i] = Σⱼ (a[b, h, i, j] + w[h, i - j]) · v[b, j]` in each head h, over the valid steps j; a is the softmax over them
 * of `scale · q[b, i]·k[b, j]`, w the scalars. Padded steps of y are 0, and so are all of a row without a valid step.
 *
 * What takes memory are tensors `[batch, heads, time, time]`: one, a, is kept for the gradient, which makes one more (two
 * where it is not part of a graph). w is one matrix for all rows and never added to a.
 *
 * @param query `[batch, time, channels]`
 * @param key `[batch, time, channels]`
 * @param value `[batch, time, channels]`
 * @param mask bool `[batch, time]`, or null when every step is valid
 */
export function attend(
  query: tf.Tensor3D,
  key: tf.Tensor3D,
  value: tf.Tensor3D,
  mask: tf.Tensor2D | null,
  { heads, scale, distances }: AttentionOptions,
): tf.Tensor3D {
  const [q, k, v] = [query, key, value].map((x) => divide(maskSteps(x, mask), heads));
  const attended = attendByProducts(tf.mul(q, scale), k, v, mask);
  if (distances === null) return maskSteps(join(attended), mask);
  const added = weighAlike(distanceMatrix(distances, query.shape[1]), v);
  return maskSteps(join(tf.add(attended, added)), mask);
}

/**
 * `y = a·v`, `a = softmax(q·kᵀ)` over valid keys. With `da = dy·vᵀ`: `ds = a · (da - Σⱼ a · da)`, where `Σⱼ a · da = dy·y`;
 * `dq = ds·k`, `dk = dsᵀ·q`, `dv = aᵀ·dy`.
 *
 * @param q `[batch, heads, time, width]`, as k and v, all 0 at padded steps
 */
function attendByProducts(
  q: tf.Tensor4D,
  k: tf.Tensor4D,
  v: tf.Tensor4D,
  mask: tf.Tensor2D | null,
): tf.Tensor4D {
  return withGradient(
    [q, k, v],
    (q, k, v) => {
      const weights = attentionWeights(q, k, mask);
      const value = tf.matMul<tf.Tensor4D>(weights, v);
      return { value, save: [q, k, v, weights, value] };
    },
    (dy, q, k, v, weights, y) => {
      const through = tf.sum<tf.Tensor4D>(tf.mul(dy, y), 3, true);
      const ds = tf.tidy(() =>
        tf.mul<tf.Tensor4D>(weights, products(dy, v, tf.neg(through), tf.onesLike(through))),
      );
      return [tf.matMul(ds, k), tf.matMul(ds, q, true), tf.matMul(weights, dy, true)];
    },
  );
}

/** What stands for minus infinity: a weight of exactly 0 beside valid keys, and a finite one where there are none. */
const farBelow = -1e30;

/** The softmax over valid keys, `[batch, heads, time, time]`. In rows without any it is even, where v is 0. */
function attentionWeights(q: tf.Tensor4D, k: tf.Tensor4D, mask: tf.Tensor2D | null): tf.Tensor4D {
  return tf.tidy(() => {
    if (mask === null) return tf.softmax(tf.matMul(q, k, false, true));
    const [batch, heads, time] = k.shape;
    const ones = tf.ones<tf.Rank.R4>([batch, heads, time, 1]);
    const padded = tf.reshape(tf.cast(tf.logicalNot(mask), 'float32'), [batch, 1, time, 1]);
    return tf.softmax(products(q, k, ones, tf.mul(ones, tf.mul(padded, farBelow))));
  });
}

/**
 * `a·bᵀ + c·dᵀ` in one product, so that nothing passes over the large result again.
 *
 * @param a `[batch, heads, time, width]`
 * @param b `[batch, heads, time, width]`
 * @param c `[batch, heads, time, 1]`
 * @param d `[batch, heads, time, 1]`
 * @returns `[batch, heads, time, time]`
 */
function products(a: tf.Tensor4D, b: tf.Tensor4D, c: tf.Tensor4D, d: tf.Tensor4D): tf.Tensor4D {
  return tf.matMul(tf.concat([a, c], 3), tf.concat([b, d], 3), false, true);
}

/** `matrix·v` in each head, with one matrix `[heads, time, time]` for all rows. */
function weighAlike(matrix: tf.Tensor3D, v: tf.Tensor4D): tf.Tensor4D {
  const [batch, heads, time, width] = v.shape;
  const rowsBeside = tf.reshape<tf.Rank.R3>(tf.transpose(v, [1, 2, 0, 3]), [heads, time, batch * width]);
  const y = tf.reshape<tf.Rank.R4>(tf.matMul(matrix, rowsBeside), [heads, time, batch, width]);
  return tf.transpose(y, [2, 0, 1, 3]);
}

/** `[batch, time, channels]` → `[batch, heads, time, channels / heads]`. */
function divide(x: tf.Tensor3D, heads: number): tf.Tensor4D {
  const [batch, time, channels] = x.shape;
  return tf.transpose(tf.reshape(x, [batch, time, heads, channels / heads]), [0, 2, 1, 3]);
}

/** `[batch, heads, time, width]` → `[batch, time, heads · width]`. */
function join(x: tf.Tensor4D): tf.Tensor3D {
  const [batch, heads, time, width] = x.shape;
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, time, heads * width]);
}
