// Ranks, with those of ties averaged.

/**
 * The ranks of some numbers, 1 for the smallest; numbers that are equal up to rounding share the mean of their ranks.
 */
export function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((i, j) => values[i] - values[j]);
  const tolerance = 1e-12 * Math.max(...values.map(Math.abs));
  const ranked = new Array<number>(values.length);
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end < order.length && values[order[end]] - values[order[start]] <= tolerance) end++;
    for (let i = start; i < end; i++) ranked[order[i]] = (start + 1 + end) / 2;
    start = end;
  }
  return ranked;
}
