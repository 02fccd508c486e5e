// What a sweep and the process of a trial tell each other.
import type { EpochRecord } from '../../train/index.js';
import type { RunnableTrial, RunTrialOptions, TrialOutcome } from './runTrial.js';

/** What a trial's process is to do: sent once, when it has started. */
export interface TrialTask extends Pick<
  RunTrialOptions,
  'attempt' | 'attempts' | 'device' | 'threads' | 'pauseAfter'
> {
  readonly trial: RunnableTrial;
}

export type ToTrial =
  | { readonly type: 'run'; readonly task: TrialTask }
  /** It is to end, after a checkpoint. */
  | { readonly type: 'stop' };

export type FromTrial =
  | { readonly type: 'epoch'; readonly record: EpochRecord }
  | { readonly type: 'warning'; readonly message: string }
  /** The last message. */
  | { readonly type: 'outcome'; readonly outcome: TrialOutcome };
