// How long a study will still take, by the pace of its trials.
import type { Trial } from '../sweep/run/index.js';

/** Seconds that a trial took for so many epochs; those that early stopping left out count as done. */
export interface Pace {
  readonly trial: Trial;
  readonly seconds: number;
  readonly epochs: number;
}

export interface SweepTime {
  /** Trials that have ended. */
  readonly ended: readonly Pace[];
  /** Trials that run, with the epochs that are over and those there will be. */
  readonly running: readonly (Pace & { readonly planned: number })[];
  readonly waiting: readonly Trial[];
}

/**
 * The time until all have ended, if as many go on running at once: a trial takes as long as others of its cell did for an
 * epoch, else of its data set, else all. Null before the first epoch is over.
 */
export function secondsLeft({ ended, running, waiting }: SweepTime): number | null {
  // What has ended knows best, since it stopped when it did.
  const paces = [paceBook(ended), paceBook(running)];
  const paceOf = (trial: Trial): number | null => {
    for (const key of keysOf(trial)) {
      for (const book of paces) {
        const sums = book.get(key);
        if (sums !== undefined && sums.epochs > 0) return sums.seconds / sums.epochs;
      }
    }
    return null;
  };
  let sum = 0;
  let longest = 0;
  for (const { trial, seconds, planned } of [
    ...running,
    ...waiting.map((trial) => ({ trial, seconds: 0, planned: trial.config.train.epochs })),
  ]) {
    const pace = paceOf(trial);
    if (pace === null) return null;
    const left = Math.max(0, pace * planned - seconds);
    sum += left;
    longest = Math.max(longest, left);
  }
  return Math.max(longest, sum / Math.max(1, running.length));
}

/** Sums over the trials of a cell, of a data set, and all. */
function paceBook(paces: readonly Pace[]): Map<string, { seconds: number; epochs: number }> {
  const book = new Map<string, { seconds: number; epochs: number }>();
  for (const { trial, seconds, epochs } of paces) {
    for (const key of keysOf(trial)) {
      const sums = book.get(key) ?? { seconds: 0, epochs: 0 };
      book.set(key, { seconds: sums.seconds + seconds, epochs: sums.epochs + epochs });
    }
  }
  return book;
}

function keysOf({ cell }: Trial): string[] {
  return [`cell ${cell.id}`, `data set ${cell.dataset ?? ''}`, 'all'];
}
