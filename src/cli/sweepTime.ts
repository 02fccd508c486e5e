// How long a study will still take, by the pace of its trials.
import type { Trial } from '../sweep/run/index.js';
import { secondsAtOnce } from '../sweep/study/secondsAtOnce.js';

/** What a trial took. The first epoch stands by itself, as it includes the start of a process and of TensorFlow. */
export interface Pace {
  readonly trial: Trial;
  /** Seconds until the first epoch that it trained was over. */
  readonly first: number;
  /** Seconds from then on. */
  readonly further: number;
  /** Epochs in these; those that early stopping left out count as done. */
  readonly epochs: number;
}

/** A trial that runs; its pace is null before the first epoch is over. */
export interface RunningTrial {
  readonly trial: Trial;
  readonly seconds: number;
  /** Epochs that there are to train. */
  readonly planned: number;
  readonly pace: Pace | null;
}

export interface SweepTime {
  /** Of trials that have ended. */
  readonly ended: readonly Pace[];
  readonly running: readonly RunningTrial[];
  readonly waiting: readonly Trial[];
}

/**
 * The time until all have ended, if as many go on running at once: a trial takes as long as others of its cell did for an
 * epoch, else of its data set, else all. Null before a trial is far enough to tell the pace of epochs from the time to start.
 */
export function secondsLeft({ ended, running, waiting }: SweepTime): number | null {
  // What has ended knows best, since it stopped when it did.
  const books = [paceBook(ended), paceBook(running.flatMap(({ pace }) => pace ?? []))];
  const secondsOf = (trial: Trial, epochs: number): number | null => {
    for (const key of keysOf(trial)) {
      for (const book of books) {
        const sums = book.get(key);
        if (sums === undefined || (sums.epochs === 0 && epochs > 1)) continue;
        return sums.first / sums.trials + (epochs - 1) * (sums.further / Math.max(1, sums.epochs));
      }
    }
    return null;
  };
  const left: number[] = [];
  for (const { trial, seconds, planned } of [
    ...running,
    ...waiting.map((trial) => ({ trial, seconds: 0, planned: trial.config.train.epochs })),
  ]) {
    const whole = secondsOf(trial, planned);
    if (whole === null) return null;
    left.push(Math.max(0, whole - seconds));
  }
  return secondsAtOnce(left, Math.max(1, running.length));
}

interface PaceSums {
  readonly trials: number;
  readonly first: number;
  readonly further: number;
  readonly epochs: number;
}

/** Sums over the trials of a cell, of a data set, and all. */
function paceBook(paces: readonly Pace[]): Map<string, PaceSums> {
  const book = new Map<string, PaceSums>();
  for (const { trial, first, further, epochs } of paces) {
    for (const key of keysOf(trial)) {
      const sums = book.get(key) ?? { trials: 0, first: 0, further: 0, epochs: 0 };
      book.set(key, {
        trials: sums.trials + 1,
        first: sums.first + first,
        further: sums.further + further,
        epochs: sums.epochs + epochs,
      });
    }
  }
  return book;
}

function keysOf({ cell }: Trial): string[] {
  return [`cell ${cell.id}`, `data set ${cell.dataset ?? ''}`, 'all'];
}
