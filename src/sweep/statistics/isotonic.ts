// Isotonic regression: the monotone sequence that is closest to some values.

/**
 * The non-increasing sequence with the least sum of squared distances to the values, by pooling neighbours that violate the
 * order (Ayer et al. 1955).
 */
export function nonIncreasingFit(values: readonly number[]): number[] {
  // Pools so far, each with the sum of its values and the place where it ends.
  const totals: number[] = [];
  const ends: number[] = [];
  const startOf = (pool: number) => (pool === 0 ? 0 : ends[pool - 1]);
  const meanOf = (pool: number) => totals[pool] / (ends[pool] - startOf(pool));
  for (let i = 0; i < values.length; i++) {
    totals.push(values[i]);
    ends.push(i + 1);
    for (let last = totals.length - 1; last > 0 && meanOf(last - 1) < meanOf(last); last--) {
      totals[last - 1] = totals[last] + totals[last - 1];
      ends[last - 1] = ends[last];
      totals.pop();
      ends.pop();
    }
  }
  const fitted = new Array<number>(values.length);
  totals.forEach((_, pool) => fitted.fill(meanOf(pool), startOf(pool), ends[pool]));
  return fitted;
}
