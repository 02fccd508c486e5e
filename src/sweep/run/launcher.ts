// What runs the trials of a study: processes of this machine, or the jobs of a cluster.
import type { Trial } from '../study/study.js';

export interface Launcher {
  /**
   * Runs trials, each in its run directory and from its last checkpoint where it was begun before, until all have ended or the
   * signal is aborted. A trial that fails does not stop the others. What has become of a trial that did not finish is in its
   * record before `onEvent` hears of it.
   */
  readonly run: (trials: readonly Trial[], options: LaunchOptions) => Promise<void>;
}

export interface LaunchOptions {
  readonly signal: AbortSignal;
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
  | { readonly type: 'failed'; readonly trial: Trial; readonly attempts: number; readonly message: string }
  /** Successive halving ended it. */
  | { readonly type: 'halved'; readonly trial: Trial; readonly epoch: number; readonly value: number };
