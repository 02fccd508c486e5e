// Histograms in buckets of equal width, as TensorBoard draws them.

/** What a histogram says of a set of numbers. */
export interface Histogram {
  readonly min: number;
  readonly max: number;
  /** How many numbers there are. */
  readonly count: number;
  readonly sum: number;
  readonly sumOfSquares: number;
  /** The upper end of each bucket, ascending; the first bucket begins at `min`, the last one ends at `max`. */
  readonly limits: readonly number[];
  /** How many numbers each bucket holds. */
  readonly counts: readonly number[];
}

/** As many as TensorBoard's own histograms have. */
const buckets = 30;

/** The histogram of the finite ones among numbers, or null where there are none. All numbers the same: one bucket. */
export function histogramOf(numbers: Float32Array): Histogram | null {
  const finite = numbers.filter(Number.isFinite);
  const count = finite.length;
  if (count === 0) return null;
  let [min, max, sum, sumOfSquares] = [Infinity, -Infinity, 0, 0];
  for (const number of finite) {
    if (number < min) min = number;
    if (number > max) max = number;
    sum += number;
    sumOfSquares += number * number;
  }
  const statistics = { min, max, count, sum, sumOfSquares };
  if (min === max) return { ...statistics, limits: [max], counts: [count] };
  const width = (max - min) / buckets;
  const held = new Float64Array(buckets);
  for (const number of finite) held[Math.min(buckets - 1, Math.floor((number - min) / width))]++;
  const limits = Array.from(held, (_, i) => (i === buckets - 1 ? max : min + (i + 1) * width));
  return { ...statistics, limits, counts: [...held] };
}
