// The sentences of a summary on comparisons with the baseline: what is significant, what could be, how many seeds that takes.
import { counted } from '../../shared/counted.js';
import { listed } from '../../shared/listed.js';
import { fewestSeeds, smallestSignFlipP } from '../statistics/index.js';
import { percent, seedCount, short } from '../statistics/words.js';
import type { CellReport, StudyReport } from './studyReport.js';
import { onDataset, pValue, signed, within } from './words.js';

type Analysed = Pick<StudyReport, 'design' | 'cells'>;

type Compared = CellReport & {
  readonly comparison: NonNullable<CellReport['comparison']>;
  readonly pHolm: number;
};

/** The most important first. */
export function comparisonSentences(report: Analysed): string[] {
  const { design, cells } = report;
  if (design.baseline === null) {
    const how = design.kind === 'runs' ? ': the option --baseline names one of the methods' : '';
    return [`No baseline is named, so no differences are tested${how}.`];
  }
  const compared = cells.filter(isCompared);
  if (compared.length === 0) {
    return [
      `Nothing can be compared with the baseline ${design.baseline}: no other cell shares a finished seed with it.`,
    ];
  }
  const significant = compared.filter(({ advice }) => advice?.verdict === 'significant');
  const main = significant.length > 0 ? found(report, compared, significant) : notFound(report, compared);
  return [...main, ...notCompared(report), ...jointly(report, compared, significant)];
}

/** Cells with results that have nothing to be compared with, e.g. where the baseline failed on a data set. */
function notCompared({ cells, design }: Analysed): string[] {
  const alone = cells.filter(
    ({ n, role, comparison }) => n > 0 && role !== 'baseline' && comparison === null,
  );
  if (alone.length === 0) return [];
  const datasets = [...new Set(alone.flatMap(({ dataset }) => dataset ?? []))];
  return [
    `${counted(alone.length, 'cell')}${datasets.length === 0 ? '' : ` on ${listed(datasets)}`} ${alone.length === 1 ? 'is' : 'are'} ` +
      `not compared, sharing no finished seed with ${design.baseline ?? ''}.`,
  ];
}

function found(
  { design }: Analysed,
  compared: readonly Compared[],
  significant: readonly Compared[],
): string[] {
  const better = significant.filter((cell) => isBetter(cell, design.better));
  const worse = significant.length - better.length;
  const [largest] = bySize(significant);
  return [
    `Of ${counted(compared.length, 'comparison')} with ${design.baseline ?? ''}, ${significant.length} ` +
      `${significant.length === 1 ? 'is' : 'are'} significant at the ${percent(design.level)} level after Holm's correction: ` +
      `${better.length} better, ${worse} worse. The largest is that of ${told(largest, design.metric)}.` +
      (significant.length === compared.length
        ? ''
        : ' Of the others it is not shown that there is no difference.'),
  ];
}

function notFound({ design }: Analysed, compared: readonly Compared[]): string[] {
  const family = compared.length;
  const seeds = Math.max(...compared.map(({ comparison }) => comparison.n));
  const strict = design.level / family;
  const [largest] = bySize(compared);
  // Differences that are all alike by chance, as a few accuracies can be, tell no spread to plan by.
  const wanted = largest.comparison.sd === 0 ? null : (largest.advice?.seedsForObserved ?? null);
  const level = percent(design.level);
  const after = family === 1 ? '' : ` after Holm's correction for ${family} comparisons`;
  if (smallestSignFlipP(seeds) > strict) {
    const reason = family === 1 ? '' : `, and the correction asks for ${short(strict)} at first`;
    return [
      `No comparison with ${design.baseline ?? ''} could be significant at the ${level} level${after}: with ` +
        `${seedCount(seeds)} no p-value is below ${short(smallestSignFlipP(seeds))}${reason}. ` +
        `That takes at least ${seedCount(fewestSeeds(strict))}${
          wanted === null
            ? ''
            : `, and about ${wanted}, by the spread of these few, to show the largest difference here, ` +
              `${signed(largest.comparison.difference)} of ${largest.method}${onDataset(largest.dataset)}, with 80 % power, if it is real`
        }.${ofInterest(design, compared)}`,
    ];
  }
  if (compared.every(({ advice }) => advice?.verdict === 'identical')) {
    return [
      `No cell differs from ${design.baseline ?? ''} in any seed, so nothing is known of how much differences would vary.`,
    ];
  }
  const outlook =
    wanted === null
      ? ''
      : ` Showing a difference of that size with 80 % power takes about ${seedCount(Math.max(wanted, seeds + 1))}, if it is real.`;
  return [
    `${family === 1 ? 'The comparison' : `None of ${family} comparisons`} with ${design.baseline ?? ''} is ` +
      `${family === 1 ? 'not ' : ''}significant at the ${level} level${after}, which does not show that there is no difference. ` +
      `The largest is that of ${told(largest, design.metric)}.${outlook}${ofInterest(design, compared)}`,
  ];
}

/** What is planned by: an observed difference is a poor guide to the seeds that a study takes. */
function ofInterest({ differenceOfInterest }: Analysed['design'], compared: readonly Compared[]): string {
  if (differenceOfInterest === null) return '';
  const seeds = compared.flatMap(({ advice }) => advice?.seedsForInterest ?? []);
  if (seeds.length === 0) return '';
  const [fewest, most] = [Math.min(...seeds), Math.max(...seeds)];
  const range = fewest === most ? seedCount(most) : `${fewest} to ${seedCount(most)}`;
  return ` Showing the smallest difference of interest, ${short(differenceOfInterest)}, takes about ${range} by the spread of each comparison.`;
}

/** What max-T adds: it is reported beside Holm, and decides nothing. */
function jointly(
  { design }: Analysed,
  compared: readonly Compared[],
  significant: readonly Compared[],
): string[] {
  const adjusted = compared.flatMap((cell) => (cell.pMaxT === null ? [] : [{ ...cell, pMaxT: cell.pMaxT }]));
  if (adjusted.length === 0 || compared.length === 1) return [];
  const reached = adjusted.filter(({ pMaxT }) => pMaxT <= design.level);
  if (reached.length <= significant.length) return [];
  const [{ method, dataset, comparison, pMaxT }] = reached.toSorted((a, b) => a.pMaxT - b.pMaxT);
  return [
    `Joint sign flips (max-T), which use that comparisons share seeds and baseline, adjust p to at most ${design.level} in ` +
      `${reached.length} of ${counted(compared.length, 'comparison')}, first for ${method}${onDataset(dataset)} ` +
      `(${signed(comparison.difference)}, ${pValue(pMaxT)}); they stand beside Holm, which decides what is called significant here.`,
  ];
}

/** `x on D: +0.012 test.accuracy (95 % interval …, p = … after correction, 10 seeds)`. */
function told(cell: Compared, metric: string): string {
  const { comparison, method, dataset, pHolm } = cell;
  const interval = comparison.interval === null ? '' : `${within(comparison.interval, signed)}, `;
  return (
    `${method}${onDataset(dataset)}: ${signed(comparison.difference)} ${metric} ` +
    `(${interval}${pValue(pHolm)} after correction, ${seedCount(comparison.n)})`
  );
}

function bySize(cells: readonly Compared[]): Compared[] {
  return cells.toSorted((a, b) => Math.abs(b.comparison.difference) - Math.abs(a.comparison.difference));
}

function isCompared(cell: CellReport): cell is Compared {
  return cell.comparison !== null && cell.pHolm !== null;
}

function isBetter({ comparison: { difference } }: Compared, better: 'higher' | 'lower'): boolean {
  return better === 'higher' ? difference > 0 : difference < 0;
}
