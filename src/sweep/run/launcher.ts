// What runs the trials of a study: processes of this machine, or the jobs of a cluster.
import type { Trial } from '../study/study.js';

export interface Launcher {
  /**
   * Runs trials, each in its run directory and from its last checkpoint where it was begun before, until all have ended or the
   * signal is aborted; then those that run write a checkpoint, and the promise resolves. A trial that fails does not stop the
   * others. What has become of a trial that did not finish is in its record before `onEvent` hears of it.
   *
   * @throws DiskFullError when there is no room for trials to go on
   */
  readonly run: (trials: readonly Trial[], options: LaunchOptions) => Promise<void>;
}

export interface LaunchOptions {
  readonly signal: AbortSignal;
  /** Trials with more epochs end at the end of this one with a checkpoint, to go on later; null: they run to their end. */
  readonly pauseAfter: number | null;
  readonly onEvent: (event: TrialEvent) => void;
}

export type TrialEvent =
  | { readonly type: 'started'; readonly trial: Trial; readonly attempt: number }
  /** An epoch is over; `epochs` are those of the config. */
  | {
      readonly type: 'epoch';
      readonly trial: Trial;
      readonly epoch: number;
      readonly epochs: number;
      /** What an epoch said last, e.g. its validation loss. */
      readonly text: string;
    }
  /** It will be tried again. */
  | { readonly type: 'retry'; readonly trial: Trial; readonly attempt: number; readonly message: string }
  | { readonly type: 'finished'; readonly trial: Trial }
  /** It has reached `pauseAfter`. */
  | { readonly type: 'paused'; readonly trial: Trial }
  | { readonly type: 'failed'; readonly trial: Trial; readonly attempts: number; readonly message: string }
  /** Successive halving ended it. */
  | { readonly type: 'halved'; readonly trial: Trial; readonly epoch: number; readonly value: number }
  /** What the user should hear; the trial goes on. */
  | { readonly type: 'warning'; readonly trial: Trial; readonly message: string };

/** There is no room on the disk: finished results are kept, and no other trial would get further. */
export class DiskFullError extends Error {
  override readonly name = 'DiskFullError';
}
