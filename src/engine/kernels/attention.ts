// Self-attention of several heads over the valid steps of each row (Vaswani et al. 2017, arXiv:1706.03762), with a learned
// scalar for each distance added after the softmax if wanted (Foumani et al. 2023, arXiv:2305.16642).
import tf from '#tfjs';
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
 * a is never held as a whole, and w, one matrix for all rows, is not added to it: its product with v is added to that of a.
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
 * No tensor `[batch, heads, time, time]` is made. What has that shape is computed in pieces that fit into a processor's
 * cache, and a once more for the gradient, from the logarithm of the softmax's denominator (Dao et al. 2022,
 * arXiv:2205.14135). What is added to a product by row or by key is one more column of its factors: passes over the pieces
 * are what takes time.
 *
 * @param q `[batch, heads, time, width]`, as k and v, all 0 at padded steps
 */
function attendByProducts(
  q: tf.Tensor4D,
  k: tf.Tensor4D,
  v: tf.Tensor4D,
  mask: tf.Tensor2D | null,
): tf.Tensor4D {
  const { shape } = q;
  const [, , time, width] = shape;
  return withGradient(
    [q, k, v],
    (...inputs) => {
      const [q, k, v] = inputs.map(flat);
      const ones = tf.ones<tf.Rank.R3>([q.shape[0], time, 1]);
      const key = widen(k, flat(paddedKeys(shape, mask)));
      const [sums, tops] = inPieces([widen(q, ones), key, widen(v, ones)], (query, key, value) => {
        const products = tf.matMul<tf.Tensor3D>(query, key, false, true);
        const top = tf.max<tf.Tensor3D>(products, 2, true);
        return [tf.matMul(tf.exp(tf.sub(products, top)), value), top];
      });
      const [weighted, total] = tf.split(sums, [width, 1], 2);
      const y = tf.div<tf.Tensor3D>(weighted, total);
      const query = widen(q, ones, tf.neg(tf.add(tops, tf.log(total))));
      return { value: tf.reshape(y, shape), save: [query, widen(key, ones), q, k, v, y] };
    },
    (dy, query, key, q, k, v, y) => {
      const g = flat(dy);
      const through = tf.sum<tf.Tensor3D>(tf.mul(g, y), 2, true);
      const [dq, dk, dv] = inPieces(
        [query, key, widen(g, tf.neg(through)), widen(v, tf.onesLike(through)), q, k, g],
        (query, key, gradient, value, q, k, g) => {
          const a = tf.exp(tf.matMul<tf.Tensor3D>(query, key, false, true));
          const ds = tf.mul(a, tf.matMul(gradient, value, false, true));
          // A transposed product is three times faster than a product with a transposed square.
          return [tf.matMul(ds, k), tf.matMul(q, ds, true), tf.matMul(g, a, true)];
        },
      );
      const upright = (x: tf.Tensor3D): tf.Tensor => tf.reshape(tf.transpose(x, [0, 2, 1]), shape);
      return [tf.reshape(dq, shape), upright(dk), upright(dv)];
    },
  );
}

/** `[rows, time, width]` with more columns. */
function widen(x: tf.Tensor3D, ...columns: tf.Tensor3D[]): tf.Tensor3D {
  return tf.concat([x, ...columns], 2);
}

/** What stands for minus infinity: a weight of exactly 0 beside valid keys, and a finite one where there are none. */
const farBelow = -1e30;

/** What is added to the products of each key, `[batch, heads, time, 1]`. */
function paddedKeys([batch, heads, time]: readonly number[], mask: tf.Tensor2D | null): tf.Tensor4D {
  const none = tf.zeros<tf.Rank.R4>([batch, heads, time, 1]);
  if (mask === null) return none;
  const padded = tf.reshape(tf.cast(tf.logicalNot(mask), 'float32'), [batch, 1, time, 1]);
  return tf.add(none, tf.mul(padded, farBelow));
}

/** Numbers in a piece, 4 MB, and how many pieces there are at most, since each is some more operations of a graph. */
const [pieceSize, mostPieces] = [2 ** 20, 64];

/**
 * Computes for some rows at a time what has `time²` numbers a row, and puts the results together.
 *
 * @param inputs `[rows, time, …]`
 * @param compute gives results of as many rows as it is given
 */
function inPieces(
  inputs: tf.Tensor3D[],
  compute: (...inputs: tf.Tensor3D[]) => tf.Tensor3D[],
): tf.Tensor3D[] {
  const [rows, time] = inputs[0].shape;
  const most = Math.max(Math.floor(pieceSize / Math.max(1, time * time)), Math.ceil(rows / mostPieces), 1);
  if (rows <= most) return tf.tidy(() => compute(...inputs));
  const sizes = Array.from({ length: Math.ceil(rows / most) }, (_, i) => Math.min(most, rows - i * most));
  const parts = inputs.map((input) => tf.split<tf.Tensor3D>(input, sizes));
  const results = sizes.map((_, i) => tf.tidy(() => compute(...parts.map((part) => part[i]))));
  return results[0].map((_, i) => tf.concat<tf.Tensor3D>(results.map((result) => result[i])));
}

/** `[batch, heads, time, width]` → `[batch · heads, time, width]`. */
function flat(x: tf.Tensor4D): tf.Tensor3D {
  const [batch, heads, time, width] = x.shape;
  return tf.reshape(x, [batch * heads, time, width]);
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
