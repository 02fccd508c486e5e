// Order statistics of timings.

/** Median, minimum, quartiles and number of some values. */
export function summarize(values) {
  if (values.length === 0) throw new RangeError('There are no values to summarize.');
  const sorted = values.toSorted((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    minimum: sorted[0],
    lowerQuartile: quantile(sorted, 0.25),
    upperQuartile: quantile(sorted, 0.75),
    count: sorted.length,
  };
}

/** The q-quantile of ascending values, linear between neighbours. */
function quantile(sorted, q) {
  const position = (sorted.length - 1) * q;
  const below = Math.floor(position);
  const above = Math.ceil(position);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
}
