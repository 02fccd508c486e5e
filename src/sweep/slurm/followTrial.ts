// One trial as the submitting side sees it: from SLURM's queue and the files that its task writes, to events.
import { DiskFullError, type LaunchOptions } from '../run/launcher.js';
import { describeEpoch } from '../run/describeEpoch.js';
import { isFinished, readTrialRecord, writeTrialRecord } from '../run/trialRecords.js';
import type { Trial } from '../study/study.js';
import { logOf, type TrialArray } from './arrays.js';
import type { RunCommand } from './command.js';
import { isActive, isWaiting, readTaskEnd, type Queue, type QueuedTask } from './queue.js';
import { describeEnd, lastWords } from './taskEnd.js';
import { lastCheckpoint, lastEpoch } from './trialProgress.js';

/** A trial that is to be trained, and what has been seen of it. */
export interface FollowedTrial {
  readonly trial: Trial;
  /** The task that is to train it; null where it must be submitted. */
  task: { readonly array: TrialArray; readonly index: number } | null;
  /** How often it has been begun, the next time included. */
  attempt: number;
  running: boolean;
  /** The last epoch that has been told of. */
  epoch: number;
  /** The last checkpoint when its task was submitted. */
  checkpoint: string | null;
  /** Tasks in a row that ended without a checkpoint. */
  fruitless: number;
  /** When it was first seen that its task has ended, in milliseconds; null while it has not. */
  endedAt: number | null;
}

export interface FollowOptions {
  readonly run: RunCommand;
  readonly onEvent: LaunchOptions['onEvent'];
  /** Milliseconds, on a clock that only goes forward. */
  readonly now: () => number;
}

/** So many tasks in a row may end without having come any further. */
const mostFruitless = 3;
/** What a task wrote last may be seen on another machine only after a while. */
const settleMilliseconds = 5000;

export function followedTrial(trial: Trial): FollowedTrial {
  const unseen = { attempt: 1, running: false, epoch: 0, checkpoint: null, fruitless: 0, endedAt: null };
  return { trial, task: null, ...unseen };
}

export async function assign(
  followed: FollowedTrial,
  task: NonNullable<FollowedTrial['task']>,
): Promise<void> {
  followed.checkpoint = await lastCheckpoint(followed.trial);
  followed.endedAt = null;
  followed.task = task;
}

/**
 * Tells what is new of a trial.
 *
 * @param queue null where SLURM does not answer
 * @returns whether the trial is over
 * @throws DiskFullError
 */
export async function follow(
  followed: FollowedTrial,
  queue: Queue | null,
  options: FollowOptions,
): Promise<boolean> {
  const { trial } = followed;
  if (followed.task === null) return false;
  const queued = queue?.get(followed.task.array.name)?.get(followed.task.index) ?? null;
  if (queued !== null && isWaiting(queued)) {
    waits(followed, queued, options);
    return false;
  }
  if (queued !== null && isActive(queued)) starts(followed, options);
  await tellEpoch(followed, options);
  if (isFinished(trial)) {
    starts(followed, options);
    options.onEvent({ type: 'finished', trial });
    return true;
  }
  const record = await readTrialRecord(trial);
  if (record?.status === 'failed') {
    starts(followed, options);
    options.onEvent({ type: 'failed', trial, attempts: followed.attempt, message: record.message });
    return true;
  }
  if (queue === null) return false;
  if (queued !== null && isActive(queued)) {
    followed.endedAt = null;
    return false;
  }
  followed.endedAt ??= options.now();
  if (options.now() - followed.endedAt < settleMilliseconds) return false;
  return endedWithoutResult(followed, queued, options);
}

/** Records and tells that a trial has failed for good. */
export async function giveUp(
  { trial, attempt }: FollowedTrial,
  message: string,
  { onEvent }: Pick<FollowOptions, 'onEvent'>,
): Promise<void> {
  await writeTrialRecord(trial, { status: 'failed', message, attempts: attempt });
  onEvent({ type: 'failed', trial, attempts: attempt, message });
}

function starts(followed: FollowedTrial, { onEvent }: FollowOptions): void {
  if (followed.running) return;
  followed.running = true;
  onEvent({ type: 'started', trial: followed.trial, attempt: followed.attempt });
}

function waits(followed: FollowedTrial, { state, reason }: QueuedTask, { onEvent }: FollowOptions): void {
  followed.endedAt = null;
  if (!followed.running) return;
  followed.running = false;
  followed.attempt += 1;
  const why = ['', 'None', 'BeginTime', 'Resources', 'Priority', 'JobArrayTaskLimit'].includes(reason)
    ? ''
    : ` (${reason})`;
  const message = `SLURM has requeued it${why}; it is ${state}.`;
  onEvent({ type: 'retry', trial: followed.trial, attempt: followed.attempt, message });
}

async function tellEpoch(followed: FollowedTrial, { onEvent }: FollowOptions): Promise<void> {
  const { trial } = followed;
  const record = await lastEpoch(trial);
  if (record === null || record.epoch === followed.epoch) return;
  followed.epoch = record.epoch;
  if (followed.running) onEvent({ type: 'epoch', trial, ...describeEpoch(record, trial.config) });
}

async function endedWithoutResult(
  followed: FollowedTrial,
  queued: QueuedTask | null,
  options: FollowOptions,
): Promise<boolean> {
  const { trial, task } = followed;
  if (task === null) return false;
  const [end, words] = await Promise.all([
    queued === null ? null : readTaskEnd(queued.job, options.run),
    lastWords(logOf(task.array, task.index)),
  ]);
  const { message, retry, diskFull } = describeEnd(queued, end, words);
  if (diskFull) throw new DiskFullError(message);
  const further = (await lastCheckpoint(trial)) !== followed.checkpoint;
  followed.fruitless = further ? 0 : followed.fruitless + 1;
  if (!retry || followed.fruitless >= mostFruitless) {
    await giveUp(followed, message, options);
    return true;
  }
  followed.task = null;
  followed.running = false;
  followed.attempt += 1;
  options.onEvent({ type: 'retry', trial, attempt: followed.attempt, message });
  return false;
}
