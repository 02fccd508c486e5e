// What `report.json` holds: everything that a study says, in numbers and in words. `report.html` and `report.csv` show it.
import type {
  Anova,
  ClosedFormRatio,
  DatasetComparison,
  Interaction,
  Interval,
  MainEffect,
  PairedComparison,
  Refusal,
  SeedAdvice,
  SufficientRatio,
  Verdict,
} from '../statistics/index.js';

export interface StudyReport {
  /** Version of masq that made the report. */
  readonly masq: string;
  readonly name: string;
  readonly design: Design;
  /** Sentences, the most important first: what was found, how sure that is, what is missing. */
  readonly summary: readonly string[];
  /** A paragraph that states design and statistics as a paper would. */
  readonly methods: string;
  readonly cells: readonly CellReport[];
  readonly trials: readonly TrialReport[];
  /** Of each data set; one, with `dataset` null, where the study names none. */
  readonly datasets: readonly DatasetReport[];
  /** Methods compared over data sets; refused with fewer than two of either. */
  readonly overDatasets: OverDatasets | Refusal;
}

export interface Design {
  readonly kind: 'grid' | 'random' | 'one-at-a-time' | 'runs';
  /** Levels as text, by axis. */
  readonly axes: Readonly<Record<string, readonly string[]>>;
  readonly datasets: readonly string[];
  readonly seeds: readonly number[];
  /** The key of the config that counts 0, 1, 2, … along with the seeds; null where none does. */
  readonly repeat: string | null;
  /** Such as `test.accuracy`. */
  readonly metric: string;
  readonly better: 'higher' | 'lower';
  /** The method that others are compared with; null where none is. */
  readonly baseline: string | null;
  /** Level of significance, e.g. 0.05; intervals have the level 1 − it. */
  readonly level: number;
  /** Smallest difference that would matter; null where none was named. */
  readonly differenceOfInterest: number | null;
  /** Successive halving, which biases a study; null where it was not used. */
  readonly halving: null | Readonly<Record<string, unknown>>;
}

export interface CellReport {
  readonly id: string;
  /** What it sets, by key path, as text; `dataset` among them where the study names data sets. */
  readonly settings: Readonly<Record<string, string>>;
  readonly dataset: string | null;
  readonly method: string;
  readonly role: 'grid' | 'control' | 'baseline';
  /** Whether it stands beside the design, which a baseline may or may not. */
  readonly isControl: boolean;
  /** Finished trials. */
  readonly n: number;
  /** Trials that the study asks for. */
  readonly planned: number;
  /** Of the metric over seeds; null without a finished trial. */
  readonly mean: number | null;
  readonly sd: number | null;
  readonly interval: Interval | null;
  /** By seed, in the order of the study's seeds; null for a trial that did not finish. */
  readonly values: readonly (number | null)[];
  /** Mean paired difference to the baseline on the same data set; null for the baseline and where nothing can be compared. */
  readonly difference: number | null;
  readonly differenceInterval: Interval | null;
  readonly p: number | null;
  /** By Holm over all comparisons of the study; it decides the verdict of `advice`. */
  readonly pHolm: number | null;
  /** By joint sign flips over the seeds that the cells of a data set share; null where they share none. */
  readonly pMaxT: number | null;
  /** All of the comparison; null as `difference` is. */
  readonly comparison: PairedComparison | null;
  readonly advice: SeedAdvice | null;
  readonly cost: Cost | null;
  readonly curve: readonly CurvePoint[];
  readonly gates: readonly GateLayer[];
}

export interface Cost {
  readonly parameters: number;
  readonly macs: number;
  /** Median over trials of the measured seconds of a training step. */
  readonly secondsPerStep: number;
  /** Median over trials of training. */
  readonly trainSeconds: number;
  /** Largest resident memory of a trial's process. */
  readonly peakMemoryBytes: number | null;
}

/** Means over the trials that reached the epoch. */
export interface CurvePoint {
  readonly epoch: number;
  readonly trainLoss: number;
  readonly validationLoss: number | null;
  readonly validationAccuracy: number | null;
}

/** The gates of one attention layer on the test recordings, pooled over trials of a cell. */
export interface GateLayer {
  readonly layer: string;
  readonly classes: readonly string[];
  /**
   * Mean gate `[class][channel]`; null in gates without channels. Channels of different seeds do not correspond, so this is of one
   * trial, the one of `seed`.
   */
  readonly profile: readonly (readonly number[])[] | null;
  /** Standard deviation between the recordings of a class `[class][channel]`. */
  readonly spread: readonly (readonly number[])[] | null;
  readonly seed: number;
  /** Shares of gates within 0.05 of the lower and upper end of their range, mean over trials. */
  readonly saturated: { readonly low: number; readonly high: number };
  /** Standard deviation of a gate between recordings, root mean square over channels, mean over trials. */
  readonly betweenRecordings: number;
  /** The part of it that is between classes, from 0 to 1, mean over trials; null where recordings do not differ. */
  readonly betweenClassesShare: number | null;
  /** Whether the gates are a constant scale: `betweenRecordings` below 0.01. */
  readonly constant: boolean;
}

export interface TrialReport {
  readonly cell: string;
  readonly seed: number;
  readonly status: 'finished' | 'failed' | 'halved' | 'missing';
  /** Of a failure, or why nothing is there. */
  readonly message: string | null;
  /** Run directory, relative to the folder of the report. */
  readonly directory: string;
  readonly value: number | null;
}

export interface DatasetReport {
  readonly dataset: string | null;
  readonly mainEffects: readonly (MainEffect | (Refusal & { readonly axis: string }))[];
  readonly interactions: readonly (Interaction | (Refusal & { readonly axes: readonly [string, string] }))[];
  readonly anova: Anova | Refusal;
  /** Ids of the cells that no other beats in both, by the cost. */
  readonly pareto: Readonly<Record<'parameters' | 'macs' | 'secondsPerStep', readonly string[]>>;
  /** Quality against the reduction ratio, one for each setting of the other axes. */
  readonly ratios: readonly RatioReport[];
}

export interface RatioReport {
  /** Levels of the other axes. */
  readonly levels: Readonly<Record<string, string>>;
  readonly sufficient: SufficientRatio;
  /** From the validation losses; refused where trials have none. */
  readonly closedForm: (ClosedFormRatio & { readonly parameterPrice: number }) | Refusal;
  /** What both say beside the customary 16, in words. */
  readonly sentence: string;
}

export interface OverDatasets {
  readonly methods: readonly string[];
  readonly datasets: readonly string[];
  /** Means over seeds `[data set][method]`. */
  readonly scores: readonly (readonly number[])[];
  readonly comparison: DatasetComparison;
  readonly sentence: string;
}

/** Verdicts of comparisons, as tables name them. */
export type { Verdict };
