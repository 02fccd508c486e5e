// What a study will take before it is run: the size of each cell, how long its trials are, and how many seeds its
// comparisons need.
import { canonical } from '../../shared/canonical.js';
import { groupBy } from '../../shared/groupBy.js';
import type { Config } from '../../train/index.js';
import { rehearse, secondsOfRun, type Rehearsal, type RunTiming } from '../../train/rehearse.js';
import { isFinished } from '../run/trialRecords.js';
import { fewestSeeds } from '../statistics/index.js';
import { secondsAtOnce } from './secondsAtOnce.js';
import type { Study, StudyCell } from './study.js';
import { trialsOf } from './trials.js';

export interface StudyPlan {
  readonly cells: readonly PlannedCell[];
  readonly trials: number;
  /** Trials whose results are in the folder already. */
  readonly finished: number;
  /** Until all others have ended, shared among the workers. */
  readonly seconds: number;
  /** Models that were timed. */
  readonly timed: number;
  /** Pairs of cells whose reduction ratios make bottlenecks of the same width, so that they are the same network. */
  readonly alike: readonly (readonly [StudyCell, StudyCell])[];
  /** Whether early stopping or halving may end trials before their last epoch. */
  readonly mayEndEarly: boolean;
  /** Null without a baseline. */
  readonly seedsNeeded: SeedsNeeded | null;
}

export interface PlannedCell {
  readonly cell: StudyCell;
  readonly parameters: number;
  /** Multiply-accumulates for the longest recording. */
  readonly macs: number;
  /** Of one trial, with the start-up of its process. */
  readonly seconds: number;
}

/** Whether any of the comparisons with the baseline could be significant. */
export interface SeedsNeeded {
  readonly comparisons: number;
  readonly seeds: number;
  readonly level: number;
  /** Seeds with which the smallest p-value that there can be is significant after correction for all comparisons. */
  readonly fewest: number;
}

export interface PlanOptions {
  /** The study's folder, where there may be trials that are finished. */
  readonly directory: string;
  /** Trials that run at once. */
  readonly workers: number;
  /** Seconds that the process of a trial takes until it can train. */
  readonly startup: number;
  /** Hears of families of models that are timed, of all there are. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Training steps of a model that is timed are run for so long. */
const secondsOfSteps = 0.5;

/** Where multiply-accumulates are further apart, the smallest and the largest of a family are timed, else one between. */
const wideRange = 1.5;

/**
 * Counts what the cells of a study cost and times a few steps of some of them on their data. The engine has to be loaded, with
 * the threads that a worker has.
 *
 * @throws UserError when data cannot be read, or a model cannot take them
 */
export async function planStudy(study: Study, options: PlanOptions): Promise<StudyPlan> {
  const { directory, workers, startup, onProgress, signal } = options;
  const ofData = [...groupBy(study.cells, ({ config }) => canonical(config.data)).values()];
  const families = ofData.map((cells) => [...groupBy(cells, ({ config }) => familyOf(config)).values()]);
  const total = families.flat().length;
  const planned = new Map<string, PlannedCell>();
  const alike: [StudyCell, StudyCell][] = [];
  let [done, timed] = [0, 0];
  for (const family of families) {
    const rehearsal = await rehearse(family[0][0].config);
    for (const cells of family) {
      onProgress?.(done++, total);
      const sized = sizesOf(cells, rehearsal);
      alike.push(...sameWidths(sized));
      const known = await timeSome(sized, rehearsal, signal);
      timed += known.length;
      for (const { cell, parameters, macs } of sized) {
        const seconds = startup + secondsOfRun(timingAt(macs, known), cell.config.train.epochs);
        planned.set(cell.id, { cell, parameters, macs, seconds });
      }
    }
  }
  onProgress?.(total, total);
  const trials = trialsOf(study, directory);
  const left = trials.filter((trial) => !isFinished(trial));
  const seconds = left.map(({ cell }) => planned.get(cell.id)?.seconds ?? 0);
  return {
    cells: study.cells.flatMap(({ id }) => planned.get(id) ?? []),
    trials: trials.length,
    finished: trials.length - left.length,
    seconds: secondsAtOnce(seconds, workers),
    timed,
    alike,
    mayEndEarly:
      study.halving !== null || study.cells.some(({ config }) => config.train.earlyStopping !== 'none'),
    seedsNeeded: seedsNeeded(study),
  };
}

/** How many seeds it takes that a comparison with the baseline can be significant; null without a baseline. */
export function seedsNeeded({ cells, seeds, compare: { baseline, level } }: Study): SeedsNeeded | null {
  const comparisons = cells.filter(({ method }) => method !== baseline).length;
  if (baseline === null || comparisons === 0) return null;
  return { comparisons, seeds: seeds.length, level, fewest: fewestSeeds(level / comparisons) };
}

/** Runs whose steps consist of the same operations, so that their time goes by how much these compute. */
function familyOf({ model, train }: Config): string {
  const { batchSize, lengthBuckets, augmentation, optimizer, precision, gradientClipping } = train;
  const operations = JSON.parse(
    JSON.stringify(model, (_, value: unknown) => (typeof value === 'number' ? 0 : value)),
  ) as unknown;
  return canonical([
    operations,
    batchSize,
    lengthBuckets,
    optimizer.name,
    precision,
    gradientClipping === 'none',
    augmentation !== 'none' && augmentation.some(({ name }) => name === 'mixup'),
  ]);
}

interface SizedCell {
  readonly cell: StudyCell;
  readonly parameters: number;
  readonly macs: number;
  /** Widths of the bottlenecks of attention. */
  readonly hidden: readonly number[];
}

/** The sizes of cells, from the smallest number of multiply-accumulates on. Each model is built once. */
function sizesOf(cells: readonly StudyCell[], rehearsal: Rehearsal): SizedCell[] {
  return [...groupBy(cells, ({ config }) => canonical(config.model)).values()]
    .flatMap((same) => {
      const { parameters, macs, hidden } = rehearsal.cost(same[0].config);
      return same.map((cell) => ({ cell, parameters, macs, hidden }));
    })
    .sort((a, b) => a.macs - b.macs);
}

/** Each cell with the one before it that differs from it in a ratio which changes nothing. */
function sameWidths(sized: readonly SizedCell[]): [StudyCell, StudyCell][] {
  const withoutRatio = ({ model, ...config }: Config): unknown => {
    const { attention } = model;
    return [
      config,
      { ...model, attention: typeof attention === 'string' ? attention : { ...attention, ratio: 0 } },
    ];
  };
  const networks = groupBy(sized, ({ cell, hidden }) => canonical([withoutRatio(cell.config), hidden]));
  return [...networks.values()].flatMap((same) =>
    same.slice(1).map(({ cell }, i): [StudyCell, StudyCell] => [same[i].cell, cell]),
  );
}

interface KnownTiming {
  readonly macs: number;
  readonly timing: RunTiming;
}

/** Times the smallest and the largest of a family, or one between where they are near each other. */
async function timeSome(
  sized: readonly SizedCell[],
  rehearsal: Rehearsal,
  signal: AbortSignal | undefined,
): Promise<KnownTiming[]> {
  const [smallest, largest] = [sized[0], sized[sized.length - 1]];
  const isWide = largest.macs > wideRange * smallest.macs;
  const chosen = isWide ? [smallest, largest] : [sized[Math.floor(sized.length / 2)]];
  const known: KnownTiming[] = [];
  for (const { cell, macs } of chosen) {
    signal?.throwIfAborted();
    known.push({ macs, timing: await rehearsal.time(cell.config, secondsOfSteps) });
  }
  return known;
}

/** The timing of a model: on the line between two that were timed, or that of the one, its steps by their multiply-accumulates. */
function timingAt(macs: number, [first, second = first]: readonly KnownTiming[]): RunTiming {
  if (second === first) return { ...first.timing, step: first.timing.step * (macs / first.macs) };
  const share = (macs - first.macs) / (second.macs - first.macs);
  const between = (key: keyof RunTiming): number =>
    first.timing[key] + share * (second.timing[key] - first.timing[key]);
  return {
    step: between('step'),
    stepsPerEpoch: between('stepsPerEpoch'),
    epochEnd: between('epochEnd'),
    around: between('around'),
  };
}
