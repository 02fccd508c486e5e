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
  let [min, max, count, sum, sumOfSquares] = [Infinity, -Infinity, 0, 0, 0];
  for (const number of numbers) {
    if (!Number.isFinite(number)) continue;
    min = Math.min(min, number);
    max = Math.max(max, number);
    count++;
    sum += number;
    sumOfSquares += number * number;
  }
  if (count === 0) return null;
  const statistics = { min, max, count, sum, sumOfSquares };
  if (min === max) return { ...statistics, limits: [max], counts: [count] };
  const width = (max - min) / buckets;
  const counts = Array.from({ length: buckets }, () => 0);
  for (const number of numbers) {
    if (Number.isFinite(number)) counts[Math.min(buckets - 1, Math.floor((number - min) / width))]++;
  }
  const limits = counts.map((_, i) => (i === buckets - 1 ? max : min + (i + 1) * width));
  return { ...statistics, limits, counts };
}
