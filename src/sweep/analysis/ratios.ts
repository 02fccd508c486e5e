// Quality against the reduction ratio, for each setting of the other axes: where the last gain stops paying, by the runs
// themselves and by the closed form, beside the customary 16.
import { groupBy } from '../../shared/groupBy.js';
import { customaryRatio } from '../../shared/customaryRatio.js';
import {
  fitClosedFormRatio,
  sufficientRatio,
  type Refusal,
  type SufficientRatio,
} from '../statistics/index.js';
import { mean, sum } from '../statistics/moments.js';
import { short } from '../statistics/words.js';
import { analysisSeed } from './comparisons.js';
import { finishedTrials, type CellResults, type StudyResults } from './results.js';
import type { RatioReport } from './studyReport.js';
import { lowerFirst, number, within } from './words.js';

const ratioAxis = 'model.attention.ratio';

/** With fewer seeds, resamples repeat so few values that an interval of the ratio would be far too narrow. */
const fewestSeeds = 5;

/** A cell with one of the ratios; its trials by seed. */
interface RatioCell {
  readonly ratio: number;
  readonly levels: Readonly<Record<string, string>>;
  readonly runs: ReadonlyMap<number, Run>;
  readonly validationFraction: number | null;
}

type Run = ReturnType<typeof finishedTrials>[number]['run'];

/** @param cells those of one data set */
export function ratioReports(
  cells: readonly CellResults[],
  { compare, seeds }: Pick<StudyResults, 'compare' | 'seeds'>,
): RatioReport[] {
  const withRatio = cells.filter(({ role }) => role === 'grid').flatMap(ratioCell);
  const groups = groupBy(withRatio, ({ levels }) => JSON.stringify(Object.entries(levels)));
  return [...groups.values()].flatMap((unsorted): RatioReport[] => {
    const group = unsorted.toSorted((a, b) => a.ratio - b.ratio);
    const shared = seeds.filter((seed) => group.every(({ runs }) => runs.has(seed)));
    if (group.length < 2 || shared.length === 0) return [];
    const ratios = group.map(({ ratio }) => ratio);
    const runs = group.map((cell) => shared.flatMap((seed) => cell.runs.get(seed) ?? []));
    const options = { seed: analysisSeed, level: 1 - compare.level };
    const values = runs.map((row) => row.map(({ value }) => value));
    const found = sufficientRatio(ratios, values, { ...options, better: compare.better });
    const isTied = values.flat().every((value) => value === values[0][0]);
    const sufficient = isTied || shared.length < fewestSeeds ? { ...found, interval: null } : found;
    const closedForm = closedFormOf(ratios, runs, group[0].validationFraction, options);
    const sentence = [isTied ? tiedSentence(sufficient, compare.metric) : sufficientSentence(sufficient, compare.metric, shared.length), closedFormSentence(closedForm)]; // prettier-ignore
    return [{ levels: group[0].levels, sufficient, closedForm, sentence: sentence.join(' ') }];
  });
}

/** Nothing for a cell without a ratio, or of which no trial has finished. */
function ratioCell(cell: CellResults): RatioCell[] {
  const { [ratioAxis]: level, ...levels } = cell.levels;
  const ratio = Number(level);
  const runs = new Map(finishedTrials(cell).map(({ seed, run }) => [seed, run]));
  if (!(ratio > 0) || runs.size === 0) return [];
  return [{ ratio, levels, runs, validationFraction: cell.validationFraction }];
}

/**
 * κ is fitted to the validation losses of the tested epochs. The price of a parameter is Akaike's: `AIC / 2N`, the mean loss
 * plus a penalty, charges 1/N a parameter for N training recordings (Akaike 1974). The `2C²` of the formula is what the
 * parameters of the cells show, the slope of their number against 1/r.
 */
function closedFormOf(
  ratios: readonly number[],
  runs: readonly (readonly Run[])[],
  validationFraction: number | null,
  options: { seed: number; level: number },
): RatioReport['closedForm'] {
  const losses = runs.map((row) => row.flatMap(({ validationLoss }) => validationLoss ?? []));
  const trained = trainRecordings(runs[0][0], validationFraction);
  if (trained === null) {
    return { refused: 'Trials have no validation data, to whose loss the closed form is fitted.' };
  }
  if (losses.some((row, i) => row.length < runs[i].length)) {
    return {
      refused: 'The validation loss of a tested epoch is missing, to which the closed form is fitted.',
    };
  }
  const slope = parameterSlope(ratios, runs);
  if (slope <= 0) return { refused: 'The number of parameters does not fall with the ratio.' };
  const parameterPrice = 1 / trained;
  const channels = [Math.sqrt(slope / 2)];
  const fit = fitClosedFormRatio(ratios, losses, { ...options, channels, parameterPrice });
  const customaryPrice = (fit.curvature * customaryRatio ** 3) / slope;
  const price = `Akaike's price of 1/N for N ≈ ${Math.round(1 / parameterPrice)} training recordings`;
  const [smallest, largest] = [ratios[0], ratios[ratios.length - 1]];
  const outside =
    fit.ratio === null || (fit.ratio >= smallest && fit.ratio <= largest)
      ? ''
      : ` That is outside the ratios tried (${smallest} to ${largest}), where nothing shows that the quadratic holds.`;
  const sentence =
    fit.ratio === null
      ? fit.sentence
      : `${fit.sentence}${outside} The price is a choice (${price}); ${customaryRatio} would be best at ${short(customaryPrice)}.`;
  return { ...fit, sentence, parameterPrice };
}

/** The recordings that a run was trained on; null where none were set aside from them to validate. */
function trainRecordings(run: Run, validationFraction: number | null): number | null {
  const { trainRecordings: told, validationRecordings: validated } = run;
  if (validated === null) return null;
  if (told !== null) return told;
  return validationFraction === null ? null : (validated * (1 - validationFraction)) / validationFraction;
}

/** By least squares over the ratios. */
function parameterSlope(ratios: readonly number[], runs: readonly (readonly Run[])[]): number {
  const x = ratios.map((ratio) => 1 / ratio);
  const y = runs.map(([{ parameters }]) => parameters);
  const [centerX, centerY] = [mean(x), mean(y)];
  return (
    sum(x.map((value, i) => (value - centerX) * (y[i] - centerY))) /
    sum(x.map((value) => (value - centerX) ** 2))
  );
}

function sufficientSentence(
  { points, best, sufficient, interval }: SufficientRatio,
  metric: string,
  seeds: number,
): string {
  const bestMean = points.find(({ ratio }) => ratio === best)?.mean ?? NaN;
  const opening = `${metric} is best at ratio ${best} (mean ${number(bestMean)})`;
  if (interval === null) {
    const few = seeds === 1 ? 'one seed does' : `${seeds} seeds do`;
    return `${opening}; ${few} not tell how far that is from noise.`;
  }
  const isLargest = sufficient === points[points.length - 1].ratio;
  const found =
    sufficient === best
      ? `${opening}, ${isLargest ? 'the largest that was tried' : 'and no larger ratio is within one standard error of it'}`
      : `${opening}, and ${sufficient} is ${isLargest ? 'the largest that was tried, and' : 'the largest ratio'} within one standard error of that`;
  const uncertainty = `${within(interval, String)}, ${seeds} seeds`;
  return `${found} (${uncertainty}). ${besideCustomary({ points, sufficient, interval })}`;
}

function tiedSentence({ points }: SufficientRatio, metric: string): string {
  return `${metric} is ${number(points[0].mean)} in every run, so that no ratio is told from another.`;
}

function besideCustomary({
  points,
  sufficient,
  interval,
}: Pick<SufficientRatio, 'points' | 'sufficient' | 'interval'>): string {
  const tried = points.some(({ ratio }) => ratio === customaryRatio);
  const smallest = points[0].ratio;
  const largest = points[points.length - 1].ratio;
  if (!tried && (customaryRatio < smallest || customaryRatio > largest)) {
    return `The customary ${customaryRatio} is outside the ratios that were tried.`;
  }
  if (sufficient === customaryRatio) {
    return sufficient === largest
      ? `That is the customary ${customaryRatio}; whether larger ones do as well was not tried.`
      : `That is the customary ${customaryRatio}.`;
  }
  const side = sufficient > customaryRatio ? 'larger' : 'smaller';
  const inside = interval !== null && interval.lower <= customaryRatio && customaryRatio <= interval.upper;
  return `That is ${side} than the customary ${customaryRatio}, ${inside ? 'which the interval holds' : 'which the interval does not hold'}.`; // prettier-ignore
}

function closedFormSentence(closedForm: RatioReport['closedForm'] | Refusal): string {
  return `Closed form: ${lowerFirst('refused' in closedForm ? closedForm.refused : closedForm.sentence)}`;
}
