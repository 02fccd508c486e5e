// What trackers are told of a run.
import type { FlatParameters } from './flatten.js';

/** Trackers that a config can name. */
export const trackerNames = ['tensorboard', 'mlflow'] as const;

export type TrackerName = (typeof trackerNames)[number];

/** MLflow, with where it is. */
export interface MlflowChoice {
  readonly name: 'mlflow';
  readonly uri?: string | undefined;
  readonly experiment?: string | undefined;
}

/** A tracker as a config names it: by its name, or with options. */
export type TrackerChoice = TrackerName | MlflowChoice;

export function nameOf(choice: TrackerChoice): TrackerName {
  return typeof choice === 'string' ? choice : choice.name;
}

/** The options of mlflow among trackers; null where it is not named. */
export function mlflowOptions(choices: readonly TrackerChoice[]): Omit<MlflowChoice, 'name'> | null {
  const choice = choices.find((tracker) => nameOf(tracker) === 'mlflow');
  if (choice === undefined) return null;
  return typeof choice === 'string' ? {} : choice;
}

/** A run that begins or goes on. */
export interface TrackedRun {
  /** Run directory. */
  readonly path: string;
  /** As its config has it. */
  readonly name: string;
  readonly parameters: FlatParameters;
  /** Epochs that are finished. What trackers were told of later ones is told again. */
  readonly epoch: number;
  /** What the user should hear; training goes on. */
  readonly onWarning: (warning: string) => void;
}

/** An epoch that is over. */
export interface TrackedEpoch {
  /** From 1. */
  readonly epoch: number;
  /** Updates done at its end. */
  readonly step: number;
  readonly scalars: Readonly<Record<string, number>>;
  /** The gates of each attention layer for a few recordings, by `layer/gate`; computed when it is called. */
  readonly gates: () => Readonly<Record<string, Float32Array>>;
}

/** How a run ended for good. One that was interrupted or killed, or found the disk full, has not: it may go on. */
export interface TrackedEnd {
  readonly status: 'finished' | 'failed';
  readonly scalars: Readonly<Record<string, number>>;
}

/** Keeps what a run tells, for other programs. It never throws. */
export interface Tracker {
  readonly epoch: (epoch: TrackedEpoch) => Promise<void>;
  readonly end: (end: TrackedEnd) => Promise<void>;
  /** No more will come, and the files of the run are written. Without an end before it, the run may go on some time. */
  readonly close: () => Promise<void>;
}
