// Trains one trial in this process, from its last checkpoint where it was begun before, and keeps its record.
import { setTimeout } from 'node:timers/promises';
import { codeOf } from '../../shared/errors.js';
import {
  importModules,
  InterruptedError,
  train,
  type EpochRecord,
  type RunStart,
  type TrainOptions,
} from '../../train/index.js';
import type { Trial } from '../study/study.js';
import { failureOf, type Failure } from './failure.js';
import { removeTrialRecord, writeTrialRecord } from './trialRecords.js';

/** What is needed of a trial to run it, so that it can be told to another process. */
export type RunnableTrial = Pick<Trial, 'directory' | 'config'>;

export interface RunTrialOptions extends Pick<TrainOptions, 'device' | 'threads' | 'signal'> {
  /** Which try this is, from 1. */
  readonly attempt: number;
  /** Tries there are; a failure of the last is recorded, and so is one that trying again cannot help. */
  readonly attempts: number;
  /** The trial pauses, with a checkpoint, at the end of this epoch unless it is its last. Default: null, it runs to its end. */
  readonly pauseAfter?: number | null;
  readonly onStart?: (start: RunStart) => void;
  readonly onEpoch?: (record: EpochRecord) => void;
  readonly onWarning?: (warning: string) => void;
}

export type TrialOutcome =
  | { readonly status: 'finished' }
  /** After `pauseAfter`, with a checkpoint. */
  | { readonly status: 'paused' }
  /** The signal was aborted; a checkpoint is written. */
  | { readonly status: 'interrupted' }
  | ({ readonly status: 'failed' } & Failure);

/**
 * Trains a trial to its end, an interruption or a pause. It resolves whatever happens: an error of training is an outcome.
 * The record of a trial that failed before goes once it finishes; a full disk is not recorded, as it is no fault of the trial.
 */
export async function runTrial(trial: RunnableTrial, options: RunTrialOptions): Promise<TrialOutcome> {
  const { attempt, attempts, pauseAfter = null, onEpoch, ...training } = options;
  const pause = new AbortController();
  const { signal = new AbortController().signal } = training;
  try {
    await importModules(trial.config);
    await whenUnlocked(signal, () =>
      train(trial.config, {
        ...training,
        runDirectory: trial.directory,
        resume: true,
        signal: AbortSignal.any([signal, pause.signal]),
        onStart: (start) => {
          for (const warning of start.warnings) training.onWarning?.(warning);
          training.onStart?.(start);
        },
        onEpoch: (record) => {
          onEpoch?.(record);
          const { epoch } = record;
          if (pauseAfter !== null && epoch >= pauseAfter && epoch < trial.config.train.epochs) pause.abort();
        },
      }),
    );
    await removeTrialRecord(trial);
    return { status: 'finished' };
  } catch (error) {
    if (error instanceof InterruptedError) {
      return { status: signal.aborted ? 'interrupted' : 'paused' };
    }
    const failure = failureOf(error);
    if (!failure.diskFull && (!failure.retry || attempt >= attempts)) {
      const record = { status: 'failed', message: failure.message, attempts: attempt } as const;
      try {
        await writeTrialRecord(trial, record);
      } catch (unwritten) {
        return { status: 'failed', ...failureOf(unwritten) };
      }
    }
    return { status: 'failed', ...failure };
  }
}

/** How long a trial waits for a process that trains in its folder, and how often it looks, in seconds. */
const longestWait = 120;
const waitBetweenTries = 0.1;

/**
 * Waits for another process to leave the run directory: one whose sweep was killed ends by itself, but writes a checkpoint first.
 */
async function whenUnlocked<Result>(signal: AbortSignal, run: () => Promise<Result>): Promise<Result> {
  for (let waited = 0; ; waited += waitBetweenTries) {
    try {
      return await run();
    } catch (error) {
      const locked = error instanceof Error && codeOf(error.cause) === 'EADDRINUSE';
      if (!locked || waited >= longestWait) throw error;
    }
    if (signal.aborted)
      throw new InterruptedError('Interrupted while another process had the run directory.');
    await setTimeout(1000 * waitBetweenTries);
  }
}
