// What the seeds of one cell of a study come to.
import { meanInterval, type BootstrapOptions, type Interval } from './bootstrap.js';
import { correctedResampledTest } from './correctedResampled.js';
import { mean, requireFinite, standardDeviation } from './moments.js';

export interface CellSummary {
  /** Runs. */
  readonly n: number;
  readonly mean: number;
  /** Sample standard deviation (n − 1 below the line); null for one run. */
  readonly sd: number | null;
  /** BCa bootstrap interval of the mean, or that of the corrected resampled t-test; null for one run. */
  readonly interval: Interval | null;
}

/**
 * Summarizes the values of a cell, one a seed.
 * @param options with `testToTrain`, recordings tested on for each that is not, where the runs are folds or resamples
 * @throws RangeError when there are no values or one is not finite
 */
export function summarize(
  values: readonly number[],
  { testToTrain = null, ...options }: BootstrapOptions & { readonly testToTrain?: number | null },
): CellSummary {
  requireFinite(values, 'Values of a cell');
  const sd = standardDeviation(values);
  return {
    n: values.length,
    mean: sd === 0 ? values[0] : mean(values),
    sd,
    interval:
      testToTrain === null
        ? meanInterval(values, options)
        : correctedResampledTest(values, testToTrain, options.level ?? 0.95).interval,
  };
}
