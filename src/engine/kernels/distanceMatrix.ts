// Learned scalars by distance, laid out as a matrix of all pairs of steps: what a relative position code is made of.
import tf from '#tfjs';

/**
 * `m[h, i, j] = table[clip(i - j, -maximum, maximum) + maximum, h]`: distances beyond the table's are taken for its
 * farthest (Shaw et al. 2018, arXiv:1803.02155), so that recordings of any length are defined.
 *
 * @param table `[2 · maximum + 1, heads]`, the distance `-maximum` first
 * @param time number of steps
 * @returns `[heads, time, time]`
 */
export function distanceMatrix(table: tf.Tensor2D, time: number): tf.Tensor3D {
  const [rows, heads] = table.shape;
  if (time === 0) return tf.zeros([heads, 0, 0]);
  const maximum = (rows - 1) / 2;
  // One row of the matrix holds what the next one does, moved by a step. Written 2·time to a row, of which each next one
  // begins a step before its own, the scalars are all rows at once: gathered once a distance, not once a pair.
  const width = 2 * time;
  const indices = Array.from({ length: width }, (_, s) => {
    const distance = s < time ? -s : width - s;
    return Math.min(maximum, Math.max(-maximum, distance)) + maximum;
  });
  const scalars = tf.transpose(tf.gather(table, tf.tensor1d(indices, 'int32')));
  const repeated = tf.mul(tf.ones([1, time, 1]), tf.expandDims(scalars, 1));
  const shifted = tf.slice(tf.reshape(repeated, [heads, time * width]), [0, 0], [-1, time * (width - 1)]);
  return tf.slice<tf.Rank.R3, tf.Tensor3D>(
    tf.reshape(shifted, [heads, time, width - 1]),
    [0, 0, 0],
    [-1, -1, time],
  );
}
