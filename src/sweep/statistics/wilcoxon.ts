// Wilcoxon's signed-rank test of paired differences.
import { requireFinite, sum } from './moments.js';
import { ranks } from './ranks.js';

export interface WilcoxonTest {
  /** The rank sum of the positive differences. */
  readonly statistic: number;
  /** Two-sided, exact. */
  readonly p: number;
}

/**
 * Wilcoxon's signed-rank test (1945). Zeros are ranked and then dropped (Pratt 1959), ties share their mean rank, and the
 * p-value is exact given those ranks: every sign pattern is counted, so no normal approximation is needed for ties,
 * zeros or any number of data sets. Without ties and zeros this is the tabulated exact test.
 * @throws RangeError when there are no differences or one is not finite
 */
export function wilcoxonTest(differences: readonly number[]): WilcoxonTest {
  requireFinite(differences, 'Paired differences');
  const ranked = ranks(differences.map(Math.abs));
  const signed = differences.flatMap((difference, i) =>
    difference === 0 ? [] : [{ rank: ranked[i], positive: difference > 0 }],
  );
  const statistic = sum(signed.map(({ rank, positive }) => (positive ? rank : 0)));
  // Mean ranks are halves, so doubled ranks are whole numbers.
  const doubled = signed.map(({ rank }) => 2 * rank);
  return { statistic, p: twoSidedP(2 * statistic, doubled) };
}

/** The probability of a rank sum at least as far from its mean, from the distribution built up rank by rank. */
function twoSidedP(observed: number, ranked: readonly number[]): number {
  const total = sum(ranked);
  const probability = new Float64Array(total + 1);
  probability[0] = 1;
  for (const rank of ranked) {
    for (let s = total; s >= 0; s--) {
      probability[s] = (probability[s] + (s >= rank ? probability[s - rank] : 0)) / 2;
    }
  }
  const distance = Math.abs(observed - total / 2);
  return Math.min(1, sum(probability.filter((_, s) => Math.abs(s - total / 2) >= distance)));
}
