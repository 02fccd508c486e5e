// Least squares by an orthonormal basis, for design matrices whose columns may depend on each other.

export interface LeastSquaresFit {
  readonly residualSumOfSquares: number;
  /** Columns that do not depend on those before them. */
  readonly rank: number;
}

/** Fits `y` by the columns (Gram–Schmidt, each column orthogonalized twice). */
export function leastSquares(columns: readonly Float64Array[], y: readonly number[]): LeastSquaresFit {
  const basis: Float64Array[] = [];
  const residual = Float64Array.from(y);
  for (const column of columns) {
    const direction = Float64Array.from(column);
    const size = dot(direction, direction);
    for (const known of [...basis, ...basis]) subtract(direction, known);
    const left = dot(direction, direction);
    if (left <= 1e-10 * size) continue;
    basis.push(direction.map((value) => value / Math.sqrt(left)));
    subtract(residual, basis[basis.length - 1]);
  }
  return { residualSumOfSquares: dot(residual, residual), rank: basis.length };
}

/** Takes the part along a unit vector out of a vector, in place. */
function subtract(vector: Float64Array, unit: Float64Array): void {
  const along = dot(vector, unit);
  for (let i = 0; i < vector.length; i++) vector[i] -= along * unit[i];
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}
