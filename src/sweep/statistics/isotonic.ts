// Isotonic regression: the monotone sequence that is closest to some values.

/**
 * The non-increasing sequence with the least sum of squared distances to the values, by pooling neighbours that violate the
 * order (Ayer et al. 1955).
 */
export function nonIncreasingFit(values: readonly number[]): number[] {
  const pools: { total: number; size: number }[] = [];
  for (const value of values) {
    let pool = { total: value, size: 1 };
    let before = pools.at(-1);
    while (before !== undefined && before.total / before.size < pool.total / pool.size) {
      pools.pop();
      pool = { total: pool.total + before.total, size: pool.size + before.size };
      before = pools.at(-1);
    }
    pools.push(pool);
  }
  return pools.flatMap(({ total, size }) => new Array<number>(size).fill(total / size));
}
