// The comparison of two cells of a study whose runs share seeds, splits and data order.
import { meanInterval, type BootstrapOptions, type Interval } from './bootstrap.js';
import { correctedResampledTest } from './correctedResampled.js';
import { effectSize, type EffectSize } from './effectSize.js';
import { probabilityOfImprovement, type ProbabilityOfImprovement } from './improvement.js';
import { mean, requireFinite, standardDeviation } from './moments.js';
import { signFlipTest } from './signFlip.js';

/** The values that two cells have for the same seeds. */
export interface Pairs {
  /** In the order of the first cell. */
  readonly seeds: readonly string[];
  readonly a: readonly number[];
  readonly b: readonly number[];
  /** Seeds that only one of them has, e.g. because a trial failed. */
  readonly unpaired: readonly string[];
}

export interface PairedComparison {
  /** Pairs of runs. */
  readonly n: number;
  /** Mean of a − b. */
  readonly difference: number;
  /** Sample standard deviation of the differences; null for one pair. */
  readonly sd: number | null;
  /** BCa bootstrap interval of the mean difference, or that of the corrected resampled t-test; null for one pair. */
  readonly interval: Interval | null;
  /** Two-sided p-value of the sign-flip test, or of the corrected resampled t-test. */
  readonly p: number;
  /** The n₂/n₁ by which the corrected resampled t-test was made; null where signs were flipped. */
  readonly testToTrain: number | null;
  /** Whether `p` counts all sign patterns, and not a random sample of them. */
  readonly exact: boolean;
  /** The smallest p that these pairs could give, zeros apart; 0 of the t-test. */
  readonly smallestP: number;
  readonly effect: EffectSize;
  /** That a run of a is better than a run of b. */
  readonly improvement: ProbabilityOfImprovement;
}

export interface ComparisonOptions extends BootstrapOptions {
  /** Which values are better, default `higher`; matters to the probability of improvement alone. */
  readonly better?: 'higher' | 'lower';
  /**
   * Recordings tested on for each that is not, where the pairs are folds or resamples whose training data overlap: they are compared by
   * the corrected resampled t-test then.
   */
  readonly testToTrain?: number | null;
}

/** Pairs the values of two cells by seed (or by any other key of a run, such as split and seed). */
export function pairBySeed(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): Pairs {
  const shared = [...a].flatMap(([seed, value]) => {
    const other = b.get(seed);
    return other === undefined ? [] : [{ seed, value, other }];
  });
  return {
    seeds: shared.map(({ seed }) => seed),
    a: shared.map(({ value }) => value),
    b: shared.map(({ other }) => other),
    unpaired: [...[...a.keys()].filter((s) => !b.has(s)), ...[...b.keys()].filter((s) => !a.has(s))],
  };
}

/**
 * Compares paired values: `a[i]` and `b[i]` have the same seed.
 * @throws RangeError when there are no pairs, the lengths differ or a value is not finite
 */
export function comparePaired(
  a: readonly number[],
  b: readonly number[],
  options: ComparisonOptions,
): PairedComparison {
  if (a.length !== b.length) {
    throw new RangeError(`Expected as many values of both cells, found ${a.length} and ${b.length}.`);
  }
  requireFinite(a, 'Values of the first cell');
  requireFinite(b, 'Values of the second cell');
  const differences = pairedDifferences(a, b);
  return {
    n: a.length,
    difference: mean(differences),
    sd: standardDeviation(differences),
    ...testOf(differences, options),
    effect: effectSize(differences),
    improvement:
      options.better === 'lower'
        ? probabilityOfImprovement(b, a, options)
        : probabilityOfImprovement(a, b, options),
  };
}

function testOf(
  differences: readonly number[],
  { testToTrain = null, ...options }: ComparisonOptions,
): Pick<PairedComparison, 'interval' | 'p' | 'testToTrain' | 'exact' | 'smallestP'> {
  if (testToTrain === null) {
    return {
      testToTrain,
      interval: meanInterval(differences, options),
      ...signFlipTest(differences, options),
    };
  }
  const { level = 0.95 } = options;
  return {
    ...correctedResampledTest(differences, testToTrain, level),
    ...{ testToTrain, exact: false, smallestP: 0 },
  };
}

/** a − b for each pair; 0 where they are equal up to rounding, as means of the same runs in another order are. */
export function pairedDifferences(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, i) => {
    const difference = value - b[i];
    return Math.abs(difference) <= 1e-12 * Math.max(Math.abs(value), Math.abs(b[i])) ? 0 : difference;
  });
}
