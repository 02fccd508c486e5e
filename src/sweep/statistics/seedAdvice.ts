// What to say about a comparison that shows no difference: whether it could have, and how many seeds would.
import type { PairedComparison } from './paired.js';
import { seedsNeeded } from './power.js';
import { fewestSeeds, smallestSignFlipP } from './signFlip.js';
import { percent, seedCount, short } from './words.js';

/**
 * `significant`: the corrected p-value is at most the level. `too few seeds`: no p-value of so few seeds could be.
 * `identical`: no seed differs. `inconclusive`: a difference could have shown and did not.
 */
export type Verdict = 'significant' | 'too few seeds' | 'identical' | 'inconclusive';

export interface SeedAdvice {
  readonly verdict: Verdict;
  /** Seeds with which a p-value can be small enough at all, correction included. */
  readonly fewestSeeds: number;
  /** Seeds for the observed difference, taken at face value; null where there is none, too little is known of the spread, or replicates overlap. */
  readonly seedsForObserved: number | null;
  /** Seeds for the smallest difference of interest; null where none was named, too little is known of the spread, or replicates overlap. */
  readonly seedsForInterest: number | null;
  /** All this in plain words. */
  readonly sentence: string;
}

export interface AdviceOptions {
  /** Level of significance of the family, default 0.05. */
  readonly level?: number;
  readonly power?: number;
  /** How many comparisons are corrected together, default 1. Seeds are counted for the strictest step, `level / family`. */
  readonly family?: number;
  /** How many others of the family are significant, default 0: Holm asks less of those that remain. */
  readonly significantOthers?: number;
  /** The smallest difference that would matter, in units of the metric. */
  readonly differenceOfInterest?: number;
}

/** With fewer seeds the standard deviation of differences is too uncertain to count seeds by. */
const fewestForSpread = 4;

/**
 * Advice on one comparison.
 * @param pCorrected the p-value that is compared with `level`, by Holm where there is a family
 */
export function adviseSeeds(
  {
    n,
    difference,
    sd,
    testToTrain = null,
  }: Pick<PairedComparison, 'n' | 'difference' | 'sd'> & Partial<Pick<PairedComparison, 'testToTrain'>>,
  pCorrected: number,
  { level = 0.05, power = 0.8, family = 1, significantOthers = 0, differenceOfInterest }: AdviceOptions = {},
): SeedAdvice {
  const strict = level / family;
  // Of replicates that share training data more say little more: their number is given with the folds, or the ratio sets a limit.
  const overlap = testToTrain !== null;
  const seedsFor = (wanted: number) =>
    sd === null || n < fewestForSpread || overlap ? null : seedsNeeded(wanted, sd, { power, level: strict });
  const smallestP = overlap ? Number(n < 2) : smallestSignFlipP(n);
  const verdict = judge();
  const advice = {
    verdict,
    fewestSeeds: overlap ? 2 : fewestSeeds(strict),
    seedsForObserved: seedsFor(difference),
    seedsForInterest: differenceOfInterest === undefined ? null : seedsFor(differenceOfInterest),
  };
  return { ...advice, sentence: [opening(), outlook()].filter((part) => part !== '').join(' ') };

  function judge(): Verdict {
    if (pCorrected <= level) return 'significant';
    if (smallestP > level / (family - significantOthers)) return 'too few seeds';
    return sd === 0 && difference === 0 ? 'identical' : 'inconclusive';
  }

  function opening(): string {
    const seeds = seedCount(n);
    const at = `at the ${percent(level)} level`;
    const corrected = family === 1 ? '' : ` after correction for ${family} comparisons`;
    switch (verdict) {
      case 'significant':
        return `The difference of ${short(difference)} is significant ${at} (p = ${short(pCorrected)}${corrected}, ${seeds}).`;
      case 'too few seeds':
        return (
          `With ${seeds} no p-value can be below ${short(smallestP)}, so nothing can be significant ${at}` +
          `${corrected}; that takes at least ${seedCount(advice.fewestSeeds)}.`
        );
      case 'identical':
        return `In ${n === 1 ? 'the one seed' : `all ${seeds}`} both have the same value, so nothing is known of the spread of differences.`;
      case 'inconclusive':
        return (
          `The difference of ${short(difference)} is not significant ${at} (p = ${short(pCorrected)}${corrected}, ` +
          `${seeds}), which does not show that there is none.`
        );
    }
  }

  function outlook(): string {
    if (verdict === 'significant' || verdict === 'identical' || sd === null || sd === 0 || overlap) return '';
    if (n < fewestForSpread) return `The spread of ${seedCount(n)} does not tell how many more it takes.`;
    const wanted = [
      ...(differenceOfInterest === undefined
        ? []
        : [takes(`a difference of ${short(differenceOfInterest)}`, advice.seedsForInterest)]),
      ...(difference === 0
        ? []
        : [takes(`the observed difference of ${short(difference)}`, advice.seedsForObserved)]),
    ];
    if (wanted.length === 0) return '';
    return (
      `If differences keep their standard deviation of ${short(sd)}, showing ${wanted.join(' and ')} ` +
      `with ${percent(power)} power.`
    );
  }
}

function takes(what: string, seeds: number | null): string {
  return `${what} takes ${seeds === null ? 'more than 100,000 seeds' : `about ${seedCount(seeds)}`}`;
}
