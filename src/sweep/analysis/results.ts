// What is known of a study before it is analysed: its cells with what their trials left.
import type { GateSummary } from '../../train/gateSummary.js';
import type { Cell, Compare, Halving } from '../study/study.js';
import type { Design } from './studyReport.js';

export interface StudyResults extends Pick<Design, 'kind' | 'axes' | 'datasets' | 'seeds' | 'repeat'> {
  readonly name: string;
  readonly compare: Compare;
  readonly halving: Halving | null;
  readonly cells: readonly CellResults[];
}

export interface CellResults extends Omit<Cell, 'settings'> {
  /** What the cell sets, by key path, as text. */
  readonly settings: Readonly<Record<string, string>>;
  /** The share of the training recordings that its trials validate on; null where it is not a share. */
  readonly validationFraction: number | null;
  /** In the order of the seeds. */
  readonly trials: readonly TrialResult[];
}

export interface TrialResult {
  readonly seed: number;
  /** Run directory. */
  readonly directory: string;
  readonly outcome:
    | { readonly status: 'finished'; readonly run: RunNumbers }
    | { readonly status: 'failed' | 'halved' | 'missing'; readonly message: string };
}

/** The numbers of a finished run. */
export interface RunNumbers {
  readonly seed: number;
  /** Of the metric that cells are compared by. */
  readonly value: number;
  readonly parameters: number;
  readonly macs: number;
  readonly secondsPerStep: number;
  readonly trainSeconds: number;
  /** Null in runs that do not tell. */
  readonly peakMemoryBytes: number | null;
  /** Null in runs that do not tell. */
  readonly trainRecordings: number | null;
  readonly validationRecordings: number | null;
  /** Of the epoch whose weights were tested. */
  readonly validationLoss: number | null;
  readonly epochs: readonly Epoch[];
  readonly gates: GateSummary | null;
}

/** An epoch of a run, as `metrics.jsonl` has it. */
export interface Epoch {
  readonly epoch: number;
  readonly trainLoss: number;
  readonly validationLoss: number | null;
  readonly validationAccuracy: number | null;
}

/** A trial that finished. */
export interface FinishedTrial {
  readonly seed: number;
  readonly run: RunNumbers;
}

export function finishedTrials({ trials }: Pick<CellResults, 'trials'>): FinishedTrial[] {
  return trials.flatMap(({ seed, outcome }) =>
    outcome.status === 'finished' ? [{ seed, run: outcome.run }] : [],
  );
}

/** The metric by seed, as the statistics take it. */
export function valuesOf(cell: Pick<CellResults, 'trials'>): Map<string, number> {
  return new Map(finishedTrials(cell).map(({ seed, run }) => [String(seed), run.value]));
}

/** The data sets of a study; one, null, where it names none. */
export function datasetsOf({ datasets }: Pick<StudyResults, 'datasets'>): (string | null)[] {
  return datasets.length === 0 ? [null] : [...datasets];
}
