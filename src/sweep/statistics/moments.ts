// Moments and order statistics of a few numbers.

type Numbers = readonly number[] | Float64Array;

/** The arithmetic mean. The numbers are not empty. */
export function mean(values: Numbers): number {
  return sum(values) / values.length;
}

export function sum(values: Numbers): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** The sample standard deviation, `√(Σ(x − x̄)² / (n − 1))`; null for fewer than two numbers. */
export function standardDeviation(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  if (areEqual(values)) return 0;
  const center = mean(values);
  return Math.sqrt(sum(values.map((value) => (value - center) ** 2)) / (values.length - 1));
}

/** Numbers whose range is so small a part of their size are equal but for rounding, as 0.3 − 0.2 and 0.2 − 0.1 are. */
export const equalityTolerance = 1e-10;

function areEqual(values: readonly number[]): boolean {
  const [min, max] = [Math.min(...values), Math.max(...values)];
  return max - min <= equalityTolerance * Math.max(-min, max);
}

/** The q-quantile of ascending numbers, linear between neighbours (type 7 of Hyndman and Fan 1996). */
export function quantile(sorted: Numbers, q: number): number {
  const position = (sorted.length - 1) * q;
  const below = Math.floor(position);
  const above = Math.ceil(position);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
}

/** @throws RangeError when there are no numbers, or one of them is NaN or infinite. */
export function requireFinite(values: readonly number[], what: string): void {
  if (values.length === 0) throw new RangeError(`${what}: expected at least one number, found none.`);
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new RangeError(`${what}: expected finite numbers, found ${values[wrong]} at position ${wrong}.`);
  }
}

/** @throws RangeError unless the level of confidence or significance lies between 0 and 1. */
export function requireLevel(level: number, what: string): void {
  if (!(level > 0 && level < 1)) {
    throw new RangeError(`${what}: expected a number between 0 and 1, found ${level}.`);
  }
}
