// What the seeds of one cell of a study come to.
import { meanInterval, type BootstrapOptions, type Interval } from './bootstrap.js';
import { mean, quantile, requireFinite, standardDeviation } from './moments.js';

export interface CellSummary {
  /** Runs. */
  readonly n: number;
  readonly mean: number;
  /** Sample standard deviation (n − 1 below the line); null for one run. */
  readonly sd: number | null;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** BCa bootstrap interval of the mean; null for one run. */
  readonly interval: Interval | null;
}

/**
 * Summarizes the values of a cell, one a seed.
 * @throws RangeError when there are no values or one is not finite
 */
export function summarize(values: readonly number[], options: BootstrapOptions): CellSummary {
  requireFinite(values, 'Values of a cell');
  const sorted = values.toSorted((a, b) => a - b);
  const sd = standardDeviation(values);
  return {
    n: values.length,
    mean: sd === 0 ? values[0] : mean(values),
    sd,
    median: quantile(sorted, 0.5),
    min: sorted[0],
    max: sorted[sorted.length - 1],
    interval: meanInterval(values, options),
  };
}
