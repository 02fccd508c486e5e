// The summary of a study: what was found, how sure that is, what is missing, in sentences.
import { counted } from '../../shared/counted.js';
import { groupBy } from '../../shared/groupBy.js';
import { listed } from '../../shared/listed.js';
import { customaryRatio } from '../../shared/customaryRatio.js';
import type { Interval, SufficientRatio } from '../statistics/index.js';
import { seedCount } from '../statistics/words.js';
import { comparisonSentences } from './comparisonSentences.js';
import type { CellReport, RatioReport, StudyReport } from './studyReport.js';
import { lowerFirst, number, onDataset, within } from './words.js';

type Analysed = Omit<StudyReport, 'summary' | 'methods' | 'masq'>;

/** The most important first. */
export function summarySentences(report: Analysed): string[] {
  const finished = report.trials.filter(({ status }) => status === 'finished').length;
  if (finished === 0) return ['No trial has finished, so nothing can be said yet.', ...missing(report)];
  return [
    ...halving(report),
    ...comparisonSentences(report),
    ...narrowIntervals(report),
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

/** Bootstraps of so few numbers know little of the spread. */
function narrowIntervals({ cells }: Analysed): string[] {
  const most = Math.max(...cells.map(({ n }) => n));
  if (most < 2 || most > 4) return [];
  return [
    `Intervals over ${seedCount(most)} are far too narrow (of nominal 95 %, three seeds cover 71 %): one without 0 shows nothing.`,
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
    const spread = first.interval === null || best.length > 1 ? '' : `, ${within(first.interval, number)}`;
    const seeds = best.every(({ n }) => n === first.n) ? `, ${seedCount(first.n)}` : '';
    const names = best.length > 3 ? counted(best.length, 'cell') : listed(best.map(({ method }) => method));
    const extreme = design.better === 'higher' ? 'highest' : 'lowest';
    const which = `${names} ${best.length === 1 ? 'has' : 'share'} the ${extreme}`;
    return [
      `Of ${here.length} cells${onDataset(dataset)}, ${which} mean ${design.metric} (${number(first.mean)}${spread}${seeds}); ` +
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
  const told = all.map(({ sufficient }) => sufficient).filter(({ interval }) => interval !== null);
  const closed = closedForms(all.map(({ closedForm }) => closedForm));
  if (told.length === 0) {
    return [
      `In none of ${all.length} settings one reduction ratio is told from another, by too few seeds or runs that are all alike. ${closed}`,
    ];
  }
  const chosen = told.map(({ sufficient }) => sufficient);
  const [smallest, largest] = [Math.min(...chosen), Math.max(...chosen)];
  const lies =
    smallest === largest ? `is ${smallest} in all` : `lies between ${smallest} and ${largest} over`;
  return [
    `The largest reduction ratio within one standard error of the best ${lies} ${counted(told.length, 'setting')}` +
      `${besideCustomary(told)}${untold(all.length - told.length)}. ${closed}`,
  ];
}

/** In how many settings the closed form gives a ratio, and why not in the others. */
function closedForms(all: readonly RatioReport['closedForm'][]): string {
  const outcomes = [...groupBy(all, outcomeOf)].map(
    ([outcome, { length }]) => `${outcome} (${counted(length, 'setting')})`,
  );
  return `The closed form: ${outcomes.join('; ')}.`;
}

function outcomeOf(closedForm: RatioReport['closedForm']): string {
  if ('refused' in closedForm) return lowerFirst(closedForm.refused.replace(/\.$/, ''));
  if (closedForm.ratio !== null) return 'it gives a ratio';
  return closedForm.curvature > 0
    ? 'the data cannot tell the curvature of the loss from none'
    : 'the validation loss does not rise with the ratio';
}

/** Settings without an interval: of too few seeds, or in which all runs have the same value. */
function untold(settings: number): string {
  return settings === 0
    ? ''
    : `; ${counted(settings, 'more setting')} ${settings === 1 ? 'tells' : 'tell'} no ratio from another`;
}

function besideCustomary(all: readonly SufficientRatio[]): string {
  const tried = all.some(({ points }) => points.some(({ ratio }) => ratio === customaryRatio));
  if (!tried) return `; the customary ${customaryRatio} was not tried`;
  const below = all.filter(({ sufficient }) => sufficient < customaryRatio).length;
  const above = all.filter(({ sufficient }) => sufficient > customaryRatio).length;
  const held = all.filter(({ interval }) => isInside(customaryRatio, interval)).length;
  const atEnd = all.filter(({ points, sufficient }) => sufficient === points[points.length - 1].ratio).length;
  const untried = atEnd === 0 ? '' : `; in ${atEnd} it is the largest that was tried`;
  return `: below the customary ${customaryRatio} in ${below}, above in ${above}${untried}; the interval holds ${customaryRatio} in ${held}`;
}

function isInside(value: number, interval: Interval | null): boolean {
  return interval !== null && interval.lower <= value && value <= interval.upper;
}

function gates({ cells }: Analysed): string[] {
  const gates = cells.flatMap(({ method, gates: own }) => own.map((gate) => ({ method, gate })));
  const constant = gates.filter(({ gate }) => gate.constant);
  if (constant.length === 0) return [];
  const byMethod = [...groupBy(constant, ({ method }) => method)].map(
    ([method, own]) => `${method} (${own.length})`,
  );
  const where = byMethod.length > 3 ? counted(byMethod.length, 'method') : listed(byMethod);
  return [
    `${constant.length} of ${counted(gates.length, 'gate')} hardly ${constant.length === 1 ? 'varies' : 'vary'} between recordings ` +
      `(standard deviation below 0.01), a constant scale of channels: of ${where}.`,
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
    `${unfinished} of ${counted(trials.length, 'trial')} ${unfinished === 1 ? 'is' : 'are'} missing: ${listed(counts)}` +
      `${empty === 0 ? '' : `; ${counted(empty, 'cell')} ${empty === 1 ? 'has' : 'have'} none`}.${reason}`,
  ];
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0];
}

function hasMean(cell: CellReport): cell is CellReport & { readonly mean: number } {
  return cell.mean !== null;
}
