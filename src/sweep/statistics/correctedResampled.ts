// The t-test of means over replicates whose training data overlap: folds, or resamples of one set. Their results depend on each other,
// and the usual variance of their mean is too small.
import type { Interval } from './bootstrap.js';
import { studentCritical, studentTwoSided } from './distributions.js';
import { mean, standardDeviation } from './moments.js';

export interface ResampledTest {
  /** Two-sided p-value that the mean is 0. */
  readonly p: number;
  /** Null where values have no spread, or there is only one. */
  readonly interval: Interval | null;
}

/**
 * The corrected resampled t-test (Nadeau and Bengio 2003, *Inference for the Generalization Error*, section 3): of J values with mean m
 * and sample variance s², `t = m / √((1/J + n₂/n₁)·s²)` with J − 1 degrees of freedom, and the interval `m ± t_crit·√((1/J + n₂/n₁)·s²)`.
 * Without any spread p is 1, since nothing is known of the variance.
 *
 * @param values one for each replicate, such as paired differences
 * @param testToTrain n₂/n₁, recordings tested on for each that is not
 * @param level of confidence of the interval, such as 0.95
 */
export function correctedResampledTest(
  values: readonly number[],
  testToTrain: number,
  level: number,
): ResampledTest {
  const deviation = standardDeviation(values);
  if (deviation === null || deviation === 0) return { p: 1, interval: null };
  const degreesOfFreedom = values.length - 1;
  const middle = mean(values);
  const standardError = Math.sqrt(1 / values.length + testToTrain) * deviation;
  const half = studentCritical(1 - level, degreesOfFreedom) * standardError;
  return {
    p: studentTwoSided(middle / standardError, degreesOfFreedom),
    interval: { level, lower: middle - half, upper: middle + half },
  };
}
