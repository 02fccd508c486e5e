// The comparison of several methods over several data sets (Demšar 2006, with the changes of Benavoli et al. 2016).
import { studentizedRangeCritical } from './distributions.js';
import { friedmanTest, type FriedmanTest } from './friedman.js';
import { groupsOf } from './groups.js';
import { holm } from './holm.js';
import { mean, requireFinite, requireLevel } from './moments.js';
import { pairedDifferences } from './paired.js';
import { ranks } from './ranks.js';
import { smallestSignFlipP } from './signFlip.js';
import { wilcoxonTest } from './wilcoxon.js';

/** Two methods, by index, over all data sets. */
export interface MethodPair {
  readonly first: number;
  readonly second: number;
  /** Exact two-sided p-value of Wilcoxon's signed-rank test. */
  readonly p: number;
  /** The same after Holm's correction over all pairs. */
  readonly pHolm: number;
}

export interface DatasetComparison {
  /** Average rank of each method, 1 for the best, ties averaged. */
  readonly averageRanks: readonly number[];
  readonly friedman: FriedmanTest;
  readonly pairs: readonly MethodPair[];
  /** The smallest p-value before correction that so many data sets allow a pair. */
  readonly smallestP: number;
  /** Nemenyi's critical difference of average ranks, `q_α·√(k(k + 1) / (6N))`. */
  readonly criticalDifference: number;
  /** Groups of methods, by index and best first, that are not told apart: by Wilcoxon with Holm, and by Nemenyi. */
  readonly groups: { readonly wilcoxon: readonly number[][]; readonly nemenyi: readonly number[][] };
}

export interface DatasetComparisonOptions {
  /** For the shuffles of Friedman's test. */
  readonly seed: number;
  /** Which scores are better, default `higher`. */
  readonly better?: 'higher' | 'lower';
  /** Level of significance, default 0.05. */
  readonly level?: number;
}

/**
 * Compares methods over data sets.
 * @param scores `[data sets, methods]`, e.g. mean accuracies over seeds
 * @throws RangeError for fewer than two data sets or methods, rows of different length, or scores that are not finite
 */
export function compareOverDatasets(
  scores: readonly (readonly number[])[],
  { seed, better = 'higher', level = 0.05 }: DatasetComparisonOptions,
): DatasetComparison {
  requireLevel(level, 'Level of significance');
  const methods = scores.length === 0 ? 0 : scores[0].length;
  scores.forEach((row, i) => {
    requireFinite(row, `Scores on data set ${i}`);
    if (row.length !== methods) {
      throw new RangeError(`Scores on data set ${i}: expected ${methods} methods, found ${row.length}.`);
    }
  });
  const ranked = scores.map((row) => ranks(better === 'higher' ? row.map((score) => -score) : row));
  const friedman = friedmanTest(ranked, { seed });
  const averageRanks = scores[0].map((_, method) => mean(ranked.map((row) => row[method])));
  const pairs = comparePairs(scores, methods);
  const criticalDifference =
    (studentizedRangeCritical(level, methods) / Math.SQRT2) *
    Math.sqrt((methods * (methods + 1)) / (6 * scores.length));
  const order = averageRanks.map((_, i) => i).sort((i, j) => averageRanks[i] - averageRanks[j]);
  const significant = new Set(
    pairs.filter(({ pHolm }) => pHolm <= level).map(({ first, second }) => first * methods + second),
  );
  return {
    averageRanks,
    friedman,
    pairs,
    smallestP: smallestSignFlipP(scores.length),
    criticalDifference,
    groups: {
      wilcoxon: groupsOf(order, (i, j) => significant.has(Math.min(i, j) * methods + Math.max(i, j))),
      nemenyi: groupsOf(order, (i, j) => Math.abs(averageRanks[i] - averageRanks[j]) >= criticalDifference),
    },
  };
}

function comparePairs(scores: readonly (readonly number[])[], methods: number): MethodPair[] {
  const column = (method: number) => scores.map((row) => row[method]);
  const pairs: Omit<MethodPair, 'pHolm'>[] = [];
  for (let first = 0; first < methods; first++) {
    for (let second = first + 1; second < methods; second++) {
      const { p } = wilcoxonTest(pairedDifferences(column(first), column(second)));
      pairs.push({ first, second, p });
    }
  }
  const corrected = holm(pairs.map(({ p }) => p));
  return pairs.map((pair, i) => ({ ...pair, pHolm: corrected[i] ?? pair.p }));
}
