// Successive halving (Jamieson & Talwalkar 2016) of a study: at each rung, an epoch at which all trials pause, the cells of a
// data set are ranked by their validation and the best share goes on. Controls and the baseline always do, all seeds of a cell
// share its fate, and so what is compared stays paired. Everything is read from the files of the runs, so that a study that was
// stopped at any moment decides the same when it goes on.
import { groupBy } from '../../shared/groupBy.js';
import { betterOf, monitored } from '../../train/monitor.js';
import { monitorOfCell } from '../study/checkHalving.js';
import type { Compare, Halving, Trial, TrialRecord } from '../study/study.js';
import { hasReached, readMetrics } from './trialMetrics.js';
import { isFinished, readTrialRecord } from './trialRecords.js';

/** The epochs at which cells are ended, ascending; all before the last epoch of some trial. */
export function rungsOf({ firstEpoch, factor }: Halving, trials: readonly Trial[]): number[] {
  const last = Math.max(...trials.map(({ config }) => config.train.epochs));
  const rungs: number[] = [];
  for (let epoch = firstEpoch; epoch < last; epoch *= factor) rungs.push(epoch);
  return rungs;
}

/** A cell at a rung. */
export interface Contender {
  readonly id: string;
  /** The mean of its seeds' best values so far; null where no seed has one. */
  readonly value: number | null;
  /** It was ended at this rung already, when the study ran before. */
  readonly ended: boolean;
}

/**
 * The cells of a data set that are ended at a rung: all but the best 1/factor, rounded down and at least one. Of equal ones the
 * earlier go on.
 */
export function cellsToEnd(
  contenders: readonly Contender[],
  { factor, better }: { factor: number; better: 'higher' | 'lower' },
): string[] {
  const going = Math.max(1, Math.floor(contenders.length / factor));
  const badness = ({ value }: Contender): number =>
    value === null ? Infinity : better === 'lower' ? value : -value;
  const ranked = contenders.toSorted((a, b) =>
    a.ended === b.ended ? ascending(badness(a), badness(b)) : Number(a.ended) - Number(b.ended),
  );
  return ranked.slice(going).map(({ id }) => id);
}

/** A trial that halving ends, with what its record is to say. */
export interface HalvedTrial {
  readonly trial: Trial;
  readonly record: Extract<TrialRecord, { status: 'halved' }>;
}

/** The epoch at which each cell of the trials was ended, by the id of the cell; those that go on are not in it. */
export async function endedCells(trials: readonly Trial[]): Promise<Map<string, number>> {
  const ended = new Map<string, number>();
  for (const trial of trials) {
    const record = await readTrialRecord(trial);
    if (record?.status === 'halved') ended.set(trial.cell.id, record.epoch);
  }
  return ended;
}

/**
 * The trials that are ended at a rung which all have reached, or failed before. One that is finished already is none of them,
 * though its cell may be ended.
 */
export async function trialsToEnd(
  { halving, compare }: { halving: Halving; compare: Pick<Compare, 'baseline'> },
  trials: readonly Trial[],
  epoch: number,
): Promise<HalvedTrial[]> {
  const ended = await endedCells(trials);
  const contending = trials.filter(
    ({ cell }) =>
      cell.role === 'grid' && cell.method !== compare.baseline && (ended.get(cell.id) ?? epoch) >= epoch,
  );
  const halved: HalvedTrial[] = [];
  for (const ofDataset of groupBy(contending, ({ cell }) => cell.dataset).values()) {
    halved.push(...(await worstOf(ofDataset, { epoch, ended, factor: halving.factor })));
  }
  return halved;
}

async function worstOf(
  trials: readonly Trial[],
  { epoch, ended, factor }: { epoch: number; ended: ReadonlyMap<string, number>; factor: number },
): Promise<HalvedTrial[]> {
  const values = new Map<Trial, number>();
  for (const trial of trials) {
    const value = await bestUntil(trial, epoch);
    if (value !== null) values.set(trial, value);
  }
  const contenders = [...groupBy(trials, ({ cell }) => cell.id)].map(([id, seeds]): Contender => {
    const known = seeds.flatMap((trial) => values.get(trial) ?? []);
    const value = known.length === 0 ? null : known.reduce((a, b) => a + b) / known.length;
    return { id, value, ended: ended.get(id) === epoch };
  });
  const better = betterOf(monitorOfCell(trials[0]));
  const worst = cellsToEnd(contenders, { factor, better });
  return trials.flatMap((trial) => {
    const value = values.get(trial);
    if (!worst.includes(trial.cell.id) || value === undefined || isFinished(trial)) return [];
    return [{ trial, record: { status: 'halved', epoch, value } }];
  });
}

/** The best monitored value of the epochs until a rung; null where the trial failed before it. */
async function bestUntil(trial: Trial, rung: number): Promise<number | null> {
  if (!isFinished(trial) && !(await hasReached(trial, rung))) return null;
  const monitor = monitorOfCell(trial);
  const records = (await readMetrics(trial)).filter(({ epoch }) => epoch <= rung);
  const values = records.map((record) => monitored(record, monitor));
  return betterOf(monitor) === 'higher' ? Math.max(...values) : Math.min(...values);
}

function ascending(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
