// How far a study has come, from what its launcher tells.
import type { Trial, TrialEvent } from '../sweep/run/index.js';
import { formatSeconds } from './output.js';
import { secondsLeft, type Pace } from './sweepTime.js';

/** A trial that runs, or has ended lately. */
export interface TrialRow {
  readonly trial: Trial;
  /** Such as `epoch 3 of 50, validation: loss 0.1234, accuracy 0.950`. */
  readonly state: string;
}

export interface SweepProgress {
  readonly hear: (event: TrialEvent) => void;
  /** Such as `12 of 40 trials finished, 1 failed, 2 running, 3 min 20 s left`. */
  readonly summary: () => string;
  /** In the order in which they began. */
  readonly running: () => TrialRow[];
  /** The last few that ended, the latest last. */
  readonly ended: () => TrialRow[];
}

export interface SweepProgressOptions {
  /** Of the whole study. */
  readonly trials: readonly Trial[];
  /** What had become of trials before. */
  readonly before: { readonly finished: readonly Trial[]; readonly halved: readonly Trial[] };
  /** Whether trials may be ended before their last epoch: then nobody knows the time left. */
  readonly halving: boolean;
  /** In milliseconds. */
  readonly now?: () => number;
}

interface EpochEnd {
  readonly epoch: number;
  readonly at: number;
}

interface Running {
  readonly startedAt: number;
  readonly attempt: number;
  /** The first epoch that was trained since then, and the last, with when they were over; null before the first is. */
  epochs: { readonly first: EpochEnd; readonly last: EpochEnd } | null;
  text: string;
}

const endedRows = 3;

export function followSweep(options: SweepProgressOptions): SweepProgress {
  const { trials, before, halving, now = () => performance.now() } = options;
  const over = {
    finished: new Set(before.finished),
    halved: new Set(before.halved),
    failed: new Set<Trial>(),
  };
  const running = new Map<Trial, Running>();
  const paces: Pace[] = [];
  const rows: TrialRow[] = [];

  const secondsOf = ({ startedAt }: Running): number => (now() - startedAt) / 1000;
  const end = (trial: Trial, kind: keyof typeof over, state: string): void => {
    over[kind].add(trial);
    running.delete(trial);
    rows.push({ trial, state });
    rows.splice(0, rows.length - endedRows);
  };

  const hear = (event: TrialEvent): void => {
    const { trial } = event;
    const known = running.get(trial);
    switch (event.type) {
      case 'started':
        running.set(trial, { startedAt: now(), attempt: event.attempt, epochs: null, text: 'starting' });
        break;
      case 'epoch': {
        if (known === undefined) break;
        const last = { epoch: event.epoch, at: now() };
        known.epochs = { first: known.epochs?.first ?? last, last };
        known.text = `epoch ${event.epoch} of ${event.epochs}, ${event.text}`;
        break;
      }
      case 'finished': {
        const seconds = known === undefined ? 0 : secondsOf(known);
        if (known !== undefined) paces.push(paceOfWhole(trial, known, now()));
        end(trial, 'finished', `finished in ${formatSeconds(seconds)}`);
        break;
      }
      case 'failed':
        end(trial, 'failed', `failed: ${event.message}`);
        break;
      case 'halved':
        end(trial, 'halved', `ended by halving after epoch ${event.epoch}`);
        break;
      case 'paused':
      case 'retry':
        running.delete(trial);
        break;
      case 'warning':
    }
  };

  const left = (): number | null => {
    const waiting = trials.filter(
      (trial) => !running.has(trial) && !Object.values(over).some((some) => some.has(trial)),
    );
    const runningTrials = [...running].map(([trial, state]) => ({
      trial,
      seconds: secondsOf(state),
      planned: planned(trial, state),
      pace: state.epochs === null ? null : paceBetween(trial, state, state.epochs),
    }));
    return secondsLeft({ ended: paces, running: runningTrials, waiting });
  };

  return {
    hear,
    summary: () => {
      const seconds = halving || running.size === 0 ? null : left();
      const counts: [number, string][] = [
        [over.halved.size, 'ended by halving'],
        [over.failed.size, 'failed'],
        [running.size, 'running'],
      ];
      return [
        `${over.finished.size} of ${trials.length} trials finished`,
        ...counts.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`])),
        ...(seconds === null ? [] : [`${formatSeconds(seconds)} left`]),
      ].join(', ');
    },
    running: () =>
      [...running].map(([trial, { text, attempt }]) => ({
        trial,
        state: attempt === 1 ? text : `${text} (attempt ${attempt})`,
      })),
    ended: () => [...rows],
  };
}

/** What a trial took that ended now; its epochs may have gone by unseen. */
function paceOfWhole(trial: Trial, state: Running, now: number): Pace {
  const last = { epoch: trial.config.train.epochs, at: now };
  const unseen = last.epoch === 1 ? last : { epoch: 1, at: state.startedAt };
  return paceBetween(trial, state, { first: state.epochs?.first ?? unseen, last });
}

function paceBetween(
  trial: Trial,
  { startedAt }: Running,
  { first, last }: NonNullable<Running['epochs']>,
): Pace {
  return {
    trial,
    first: (first.at - startedAt) / 1000,
    further: (last.at - first.at) / 1000,
    epochs: last.epoch - first.epoch,
  };
}

/** Epochs of a trial that were still to come when it started. */
function planned({ config }: Trial, { epochs }: Running): number {
  return config.train.epochs - (epochs === null ? 0 : epochs.first.epoch - 1);
}
