// Friedman's test: do methods differ in their ranks over data sets at all?
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { deriveSeed } from '../../shared/random.js';
import { chiSquareUpperTail, fUpperTail } from './distributions.js';
import { sum } from './moments.js';

export interface FriedmanTest {
  /** Friedman's statistic, corrected for ties, and its p-value by χ² with k − 1 degrees of freedom. */
  readonly chiSquare: number;
  readonly chiSquareP: number;
  /** The statistic of Iman and Davenport; null where all data sets rank alike, which leaves nothing below the line. */
  readonly f: number | null;
  /** Its p-value by F with k − 1 and (k − 1)(N − 1) degrees of freedom, less conservative than χ²; null with it. */
  readonly fP: number | null;
  /** The p-value by shuffling the ranks within each data set, which holds for few data sets too. */
  readonly permutationP: number;
}

const shuffles = 9_999;

/**
 * Friedman's test (1937) with the correction of Iman and Davenport (1980), as recommended by Demšar (2006).
 * @param ranked `[data sets, methods]`, the ranks within each data set
 * @throws RangeError for fewer than two data sets or methods
 */
export function friedmanTest(
  ranked: readonly (readonly number[])[],
  { seed }: { seed: number },
): FriedmanTest {
  const n = ranked.length;
  const k = n === 0 ? 0 : ranked[0].length;
  if (n < 2 || k < 2) {
    throw new RangeError(
      `Friedman's test: expected two data sets and two methods or more, found ${n} and ${k}.`,
    );
  }
  const spread = sum(ranked.map((row) => sum(row.map((rank) => (rank - (k + 1) / 2) ** 2))));
  // All methods tie on all data sets.
  if (spread === 0) return { chiSquare: 0, chiSquareP: 1, f: 0, fP: 1, permutationP: 1 };
  const chiSquare = ((k - 1) * spreadOfSums(ranked)) / spread;
  const rest = n * (k - 1) - chiSquare;
  const f = rest <= 1e-9 ? null : ((n - 1) * chiSquare) / rest;
  return {
    chiSquare,
    chiSquareP: chiSquareUpperTail(chiSquare, k - 1),
    f,
    fP: f === null ? null : fUpperTail(f, k - 1, (k - 1) * (n - 1)),
    permutationP: permutationP(ranked, seed),
  };
}

/** `Σⱼ (Rⱼ − N(k + 1)/2)²` of the rank sums R. */
function spreadOfSums(ranked: readonly (readonly number[])[]): number {
  const k = ranked[0].length;
  return sum(
    ranked[0].map((_, j) => (sum(ranked.map((row) => row[j])) - (ranked.length * (k + 1)) / 2) ** 2),
  );
}

function permutationP(ranked: readonly (readonly number[])[], seed: number): number {
  const generator = xoroshiro128plus(deriveSeed(seed, 'friedman', ranked.length, ranked[0].length));
  const rows = ranked.map((row) => [...row]);
  // Sums of halves are exact, so ties need no tolerance.
  const observed = spreadOfSums(ranked);
  let extreme = 0;
  for (let shuffle = 0; shuffle < shuffles; shuffle++) {
    for (const row of rows) {
      for (let i = row.length - 1; i > 0; i--) {
        const j = uniformInt(generator, 0, i);
        [row[i], row[j]] = [row[j], row[i]];
      }
    }
    if (spreadOfSums(rows) >= observed) extreme++;
  }
  return (extreme + 1) / (shuffles + 1);
}
