// Trials on this machine: each in a process of its own, as many at once as there are workers.
import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { TrainOptions } from '../../train/index.js';
import { runDirectory } from '../../track/index.js';
import type { Trial } from '../study/study.js';
import { describeEpoch } from './describeEpoch.js';
import { failureOf, type Failure } from './failure.js';
import { DiskFullError, type LaunchOptions, type Launcher } from './launcher.js';
import type { TrialOutcome } from './runTrial.js';
import type { StartTrial, TrialNews } from './startTrial.js';
import { writeTrialRecord } from './trialRecords.js';

export interface LocalLauncherOptions {
  /** Trials at once. */
  readonly workers: number;
  /** What the workers compute on in turn, e.g. `['gpu:0', 'gpu:1']`; empty where each trial may choose. */
  readonly devices: readonly NonNullable<TrainOptions['device']>[];
  /** Threads of each trial. */
  readonly threads: number;
  /** Whether trials that were begun before take these devices and threads too, rather than go on with what they had. */
  readonly change: boolean;
  /** How often a trial is tried. Default: 3. */
  readonly attempts?: number;
  /** Seconds to wait after the first failure; each further one waits four times as long. Default: 1. */
  readonly backoffSeconds?: number;
  /** Aborted when the study is another machine's. Default: never. */
  readonly lost?: AbortSignal;
  readonly start: StartTrial;
}

export function localLauncher({
  workers,
  devices,
  threads,
  change,
  attempts = 3,
  backoffSeconds = 1,
  lost = new AbortController().signal,
  start,
}: LocalLauncherOptions): Launcher {
  const resourcesOf = (trial: Trial, worker: number): Pick<TrainOptions, 'device' | 'threads'> => {
    // As `masq train` tells a run that goes on from a new one.
    const begun = existsSync(runDirectory(trial.directory).config);
    return begun && !change
      ? {}
      : { device: devices.length === 0 ? undefined : devices[worker % devices.length], threads };
  };

  return {
    run: async (trials, { signal, pauseAfter, onEvent }) => {
      const queue = [...trials];
      // What keeps all trials from going on.
      const broken = new AbortController();
      const stop = AbortSignal.any([signal, lost, broken.signal]);
      const isStopped = (): boolean => stop.aborted;

      const attemptTrial = async (trial: Trial, worker: number, attempt: number): Promise<TrialOutcome> => {
        onEvent({ type: 'started', trial, attempt });
        const { directory, config } = trial;
        const task = { trial: { directory, config }, attempt, attempts, pauseAfter };
        const onNews = (news: TrialNews): void => {
          if (news.type === 'warning') onEvent({ type: 'warning', trial, message: news.message });
          else onEvent({ type: 'epoch', trial, ...describeEpoch(news.record, config) });
        };
        try {
          return await start({ ...task, ...resourcesOf(trial, worker) }, { signal: stop, onNews });
        } catch (error) {
          return { status: 'failed', ...failureOf(error) };
        }
      };

      const runTrial = async (trial: Trial, worker: number): Promise<void> => {
        for (let attempt = 1; !isStopped(); attempt++) {
          const outcome = await attemptTrial(trial, worker, attempt);
          if (outcome.status === 'finished' || outcome.status === 'paused') {
            onEvent({ type: outcome.status, trial });
            return;
          }
          // Whatever else a trial says of its end while all are stopped, it goes on another time.
          if (isStopped()) return;
          const failure = outcome.status === 'interrupted' ? interruptedAlone : outcome;
          if (!failure.retry || attempt >= attempts) {
            if (failure.diskFull) throw new DiskFullError(failure.message);
            await giveUp(trial, failure, attempt, onEvent);
            return;
          }
          onEvent({ type: 'retry', trial, attempt: attempt + 1, message: failure.message });
          await pause(1000 * backoffSeconds * 4 ** (attempt - 1), stop);
        }
      };

      const work = async (worker: number): Promise<void> => {
        for (let trial = queue.shift(); trial !== undefined; trial = queue.shift()) {
          if (isStopped()) return;
          await runTrial(trial, worker);
        }
      };
      const workUntilBroken = (worker: number): Promise<void> =>
        work(worker).catch((error: unknown) => {
          broken.abort(error);
        });
      await Promise.all(Array.from({ length: workers }, (_, worker) => workUntilBroken(worker)));
      if (signal.aborted) return;
      lost.throwIfAborted();
      broken.signal.throwIfAborted();
    },
  };
}

/** A trial that was told to end while the sweep was not. */
const interruptedAlone: Failure = {
  message: 'The process of the trial was told to end by a signal.',
  retry: true,
  diskFull: false,
};

/**
 * A trial whose process was killed could not write its record.
 *
 * @throws DiskFullError when that finds no room
 */
async function giveUp(
  trial: Trial,
  { message }: Failure,
  attempts: number,
  onEvent: LaunchOptions['onEvent'],
): Promise<void> {
  try {
    await writeTrialRecord(trial, { status: 'failed', message, attempts });
  } catch (error) {
    const { diskFull, message: why } = failureOf(error);
    throw diskFull ? new DiskFullError(why, { cause: error }) : error;
  }
  onEvent({ type: 'failed', trial, attempts, message });
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await setTimeout(milliseconds, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
