// The summary of a study: what was found, how sure that is, what is missing, in sentences.
import { counted } from '../../shared/counted.js';
import { groupBy } from '../../shared/groupBy.js';
import { fewestSeeds, smallestSignFlipP, type Interval, type SufficientRatio } from '../statistics/index.js';
import { percent, seedCount, short } from '../statistics/words.js';
import { customaryRatio } from './ratios.js';
import type { CellReport, StudyReport } from './studyReport.js';
import { listed, number, onDataset, pValue, signed, within } from './words.js';

type Analysed = Omit<StudyReport, 'summary' | 'methods' | 'masq'>;
type Compared = CellReport & {
  readonly comparison: NonNullable<CellReport['comparison']>;
  readonly pHolm: number;
};

/** The most important first. */
export function summarySentences(report: Analysed): string[] {
  const finished = report.trials.filter(({ status }) => status === 'finished').length;
  if (finished === 0) return ['No trial has finished, so nothing can be said yet.', ...missing(report)];
  return [
    ...halving(report),
    ...comparisons(report),
    ...bestCells(report),
    ...('refused' in report.overDatasets ? [] : [report.overDatasets.sentence]),
    ...ratios(report),
    ...gates(report),
    ...missing(report),
  ];
}

function halving({ design, trials }: Analysed): string[] {
  if (design.halving === null) return [];
  const ended = trials.filter(({ status }) => status === 'halved').length;
  return [
    `Successive halving ended ${counted(ended, 'trial')} early by their validation, which biases this study: cells that ` +
      'learn slowly are missing, and those left were chosen by results of the same seeds.',
  ];
}

function comparisons(report: Analysed): string[] {
  const { design, cells } = report;
  if (design.baseline === null) return ['No baseline is named, so cells are not compared with one.'];
  const compared = cells.filter(isCompared);
  if (compared.length === 0) {
    return [
      `Nothing can be compared with the baseline ${design.baseline}: no other cell shares a finished seed with it.`,
    ];
  }
  const significant = compared.filter(({ advice }) => advice?.verdict === 'significant');
  const main = significant.length > 0 ? found(report, compared, significant) : notFound(report, compared);
  return [...main, ...jointly(report, compared, significant)];
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
      `${better.length} better, ${worse} worse. The largest difference is that of ${told(largest, design.metric)}.`,
  ];
}

function notFound({ design }: Analysed, compared: readonly Compared[]): string[] {
  const family = compared.length;
  const seeds = Math.max(...compared.map(({ comparison }) => comparison.n));
  const strict = design.level / family;
  const level = percent(design.level);
  const after = family === 1 ? '' : ` after Holm's correction for ${family} comparisons`;
  if (smallestSignFlipP(seeds) > strict) {
    const reason = family === 1 ? '' : `, and the correction asks for ${short(strict)} at first`;
    return [
      `No comparison with ${design.baseline ?? ''} could ever be significant at the ${level} level${after}: with ` +
        `${seedCount(seeds)} no p-value is below ${short(smallestSignFlipP(seeds))}${reason}. ` +
        `That takes at least ${seedCount(fewestSeeds(strict))}.`,
    ];
  }
  const [largest] = bySize(compared);
  const wanted = largest.advice?.seedsForObserved ?? null;
  const outlook =
    wanted === null
      ? ''
      : ` Showing a difference of that size with 80 % power takes about ${seedCount(wanted)}, if it is real.`;
  return [
    `${family === 1 ? 'The comparison' : `None of ${family} comparisons`} with ${design.baseline ?? ''} is ` +
      `${family === 1 ? 'not ' : ''}significant at the ${level} level${after}, which does not show that there is no difference. ` +
      `The largest is that of ${told(largest, design.metric)}.${outlook}`,
  ];
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

function bestCells({ design, datasets, cells }: Analysed): string[] {
  return datasets.flatMap(({ dataset }) => {
    const here = cells.filter((cell) => cell.dataset === dataset).filter(hasMean);
    if (here.length < 2) return [];
    const sign = design.better === 'higher' ? 1 : -1;
    const top = Math.max(...here.map(({ mean }) => sign * mean));
    // Equal but for rounding.
    const best = here.filter(({ mean }) => top - sign * mean <= 1e-12 * Math.abs(top));
    const [first] = best;
    const spread = first.interval === null ? '' : `, ${within(first.interval, number)}`;
    const names = best.length > 3 ? counted(best.length, 'cell') : listed(best.map(({ method }) => method));
    const extreme = design.better === 'higher' ? 'highest' : 'lowest';
    const which = `${names} ${best.length === 1 ? 'has' : 'share'} the ${extreme}`;
    return [
      `Of ${here.length} cells${onDataset(dataset)}, ${which} mean ${design.metric} (${number(first.mean)}${spread}); ` +
        'the best of many is in part luck.',
    ];
  });
}

/** One sentence for up to two analyses, else their range. */
function ratios({ datasets }: Analysed): string[] {
  const all = datasets.flatMap(({ dataset, ratios: found }) => found.map((ratio) => ({ dataset, ...ratio })));
  if (all.length === 0) return [];
  if (all.length <= 2) {
    return all.map(({ dataset, levels, sentence }) => {
      const setting = Object.entries(levels).map(([axis, level]) => `${axis} ${level}`);
      const where = [...(dataset === null ? [] : [dataset]), ...setting];
      return where.length === 0 ? sentence : `${where.join(', ')}: ${sentence}`;
    });
  }
  const chosen = all.map(({ sufficient }) => sufficient.sufficient);
  const told = all.filter(({ closedForm }) => !('refused' in closedForm) && closedForm.ratio !== null).length;
  return [
    `The largest reduction ratio within one standard error of the best lies between ${Math.min(...chosen)} and ` +
      `${Math.max(...chosen)} over ${all.length} settings${besideCustomary(all.map(({ sufficient }) => sufficient))}. ` +
      `The closed form gives a ratio in ${told === 0 ? 'none' : told} of them.`,
  ];
}

function besideCustomary(all: readonly SufficientRatio[]): string {
  const tried = all.some(({ points }) => points.some(({ ratio }) => ratio === customaryRatio));
  if (!tried) return `; the customary ${customaryRatio} was not tried`;
  const below = all.filter(({ sufficient }) => sufficient < customaryRatio).length;
  const above = all.filter(({ sufficient }) => sufficient > customaryRatio).length;
  const held = all.filter(({ interval }) => isInside(customaryRatio, interval)).length;
  return `: below the customary ${customaryRatio} in ${below}, above in ${above}; the interval holds ${customaryRatio} in ${held}`;
}

function isInside(value: number, interval: Interval | null): boolean {
  return interval !== null && interval.lower <= value && value <= interval.upper;
}

function gates({ cells }: Analysed): string[] {
  const layers = cells.flatMap((cell) => cell.gates);
  const constant = layers.filter((layer) => layer.constant).length;
  if (constant === 0) return [];
  return [
    `The gates of ${constant} of ${counted(layers.length, 'attention layer')} hardly vary between recordings (standard ` +
      'deviation below 0.01): there attention is a constant scale of channels.',
  ];
}

function missing({ trials, cells }: Analysed): string[] {
  const statuses = ['failed', 'halved', 'missing'] as const;
  const names = { failed: 'failed', halved: 'ended by halving', missing: 'without a result yet' };
  const counts = statuses.flatMap((status) => {
    const count = trials.filter((trial) => trial.status === status).length;
    return count === 0 ? [] : [`${count} ${names[status]}`];
  });
  if (counts.length === 0) return [];
  const unfinished = trials.filter(({ status }) => status !== 'finished').length;
  const empty = cells.filter(({ n }) => n === 0).length;
  const messages = groupBy(
    trials.filter(({ status }) => status === 'failed'),
    ({ message }) => message ?? '',
  );
  const most = [...messages].sort(([, a], [, b]) => b.length - a.length).at(0);
  const reason =
    most === undefined ? '' : ` The most frequent failure (${most[1].length}): ${firstLine(most[0])}`;
  return [
    `${unfinished} of ${counted(trials.length, 'trial')} are missing: ${listed(counts)}` +
      `${empty === 0 ? '' : `; ${counted(empty, 'cell')} ${empty === 1 ? 'has' : 'have'} none`}.${reason}`,
  ];
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0];
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

function hasMean(cell: CellReport): cell is CellReport & { readonly mean: number } {
  return cell.mean !== null;
}

function isBetter({ comparison: { difference } }: Compared, better: 'higher' | 'lower'): boolean {
  return better === 'higher' ? difference > 0 : difference < 0;
}
