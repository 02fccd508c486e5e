// Orthogonal initial weights. The initialiser of tfjs decomposes a tensor, which takes seconds for a hundred units and
// prints a warning that it does.
import tf from '#tfjs';

/**
 * A random matrix with orthonormal rows (Saxe, McClelland and Ganguli 2014, arXiv:1312.6120), uniform among all of these:
 * normally distributed rows, each made orthogonal to those before it by Gram and Schmidt in float64.
 *
 * @param columns no fewer than rows
 * @param seed decides the matrix; without one it is another at every call
 * @returns `[rows, columns]`
 */
export function orthogonalRows(rows: number, columns: number, seed?: number): tf.Tensor2D {
  const drawn = tf.tidy(() => tf.randomNormal([rows, columns], 0, 1, 'float32', seed).dataSync());
  const done: Float64Array[] = [];
  for (let i = 0; i < rows; i++) {
    const row = Float64Array.from(drawn.subarray(i * columns, (i + 1) * columns));
    for (const other of done) {
      const along = dot(row, other);
      for (let k = 0; k < columns; k++) row[k] -= along * other[k];
    }
    const norm = Math.sqrt(dot(row, row));
    done.push(row.map((value) => value / norm));
  }
  return tf.tensor2d(done.map((row) => Array.from(row)), [rows, columns]); // prettier-ignore
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, k) => sum + value * b[k], 0);
}
