// Every cell compared with the baseline on the same data set: all these comparisons are one family.
import { groupBy } from '../../shared/groupBy.js';
import {
  adviseSeeds,
  comparePaired,
  holm,
  maxT,
  pairBySeed,
  type PairedComparison,
  type Pairs,
  type SeedAdvice,
} from '../statistics/index.js';
import { pairedDifferences } from '../statistics/paired.js';
import { testToTrain, valuesOf, type CellResults, type StudyResults } from './results.js';

/** All random numbers of a report come from this seed, so that a report made again is the same. */
export const analysisSeed = 1;

export interface Comparison {
  readonly paired: PairedComparison;
  readonly pHolm: number;
  /** Null where the cells of a data set share no seed, a comparison has no results, or replicates share training data. */
  readonly pMaxT: number | null;
  readonly advice: SeedAdvice;
}

interface Compared {
  readonly cell: CellResults;
  readonly pairs: Pairs;
  readonly paired: PairedComparison;
}

/** What the cells of a study are compared with the baseline by. */
export interface Comparisons {
  /** How many comparisons the study plans, which are corrected together. */
  readonly family: number;
  /** By the id of the cell. Cells that share no finished seed with the baseline have none. */
  readonly byCell: ReadonlyMap<string, Comparison>;
}

/**
 * Comparisons that the study plans and that have no results (yet) count in Holm's correction as if their p-value were 1, so that
 * nothing is significant in a part of a study that would not be in the whole for their number alone.
 */
export function compareWithBaseline(results: StudyResults): Comparisons {
  const { cells, compare } = results;
  const { baseline, better, level, differenceOfInterest } = compare;
  const planned = cells.flatMap((cell) => {
    if (cell.method === baseline) return [];
    const opposite = cells.find(({ method, dataset }) => method === baseline && dataset === cell.dataset);
    return opposite === undefined ? [] : [{ cell, opposite }];
  });
  const compared = planned.flatMap(({ cell, opposite }): Compared[] => {
    const pairs = pairBySeed(valuesOf(cell), valuesOf(opposite));
    if (pairs.seeds.length === 0) return [];
    const paired = comparePaired(pairs.a, pairs.b, {
      ...{ seed: analysisSeed, better, level: 1 - level },
      testToTrain: testToTrain(results, [cell, opposite]),
    });
    return [{ cell, pairs, paired }];
  });
  const family = planned.length;
  const absent = family - compared.length;
  const pHolm = holm([...compared.map(({ paired }) => paired.p), ...new Array<number>(absent).fill(1)]);
  // Signs of replicates that share training data may not be flipped one by one.
  const overlap = compared.some(({ paired }) => paired.testToTrain !== null);
  const pMaxT = absent > 0 || overlap ? null : jointlyAdjusted(compared);
  const significant = pHolm.filter((p) => p !== null && p <= level).length;
  const byCell = new Map(
    compared.map(({ cell, paired }, i) => {
      const corrected = pHolm[i] ?? paired.p;
      const advice = adviseSeeds(paired, corrected, {
        level,
        family,
        significantOthers: corrected <= level ? significant - 1 : significant,
        ...(differenceOfInterest === null ? {} : { differenceOfInterest }),
      });
      return [cell.id, { paired, pHolm: corrected, pMaxT: pMaxT?.get(cell.id) ?? null, advice }];
    }),
  );
  return { family, byCell };
}

/** max-T over the study, with the seeds that all cells of a data set share; null where one has no such seed. */
function jointlyAdjusted(compared: readonly Compared[]): Map<string, number> | null {
  const byDataset = [...groupBy(compared, ({ cell }) => cell.dataset).values()];
  const blocks = byDataset.map((block) => {
    const shared = block[0].pairs.seeds.filter((seed) =>
      block.every(({ pairs }) => pairs.seeds.includes(seed)),
    );
    return block.map(({ pairs: { seeds, a, b } }) => {
      const places = shared.map((seed) => seeds.indexOf(seed));
      return pairedDifferences(places.map((place) => a[place]), places.map((place) => b[place])); // prettier-ignore
    });
  });
  if (blocks.some(([first]) => first.length === 0)) return null;
  const adjusted = maxT(blocks, { seed: analysisSeed });
  return new Map(byDataset.flatMap((block, i) => block.map(({ cell }, j) => [cell.id, adjusted[i][j]])));
}
