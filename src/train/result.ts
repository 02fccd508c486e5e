// The result of a run, as `result.json` holds it.
import { attentionName, type ModelCost } from '../models/index.js';
import type { Config } from './config.js';
import type { TruncatedSets } from './dataNotes.js';
import type { BucketPlan, Recordings, Repetition } from '../data/index.js';
import type { SetWindows } from './finishSets.js';
import type { Metric } from './ownMetrics.js';
import { monitorOf } from './monitor.js';
import { classificationMetrics, type TestMetrics } from './metrics.js';
import type { Predictions } from './predictions.js';
import type { Progress } from './progress.js';
import { predictRecordings, type Aggregate } from './recordingPredictions.js';

/** What recordings, or windows of them, say of a model; metrics of one's own stand under `metrics`. */
type Metrics = TestMetrics & { readonly metrics?: Readonly<Record<string, number>> };

/** What a set says of a model. Where it holds windows, the metrics are those of windows, and `recordings` counts what they are from. */
export type SetMetrics = Metrics & {
  /** The number of windows; absent where recordings are not cut. */
  readonly windows?: number;
  /** Metrics of whole recordings, by all windows of each; null where the class changes within one. Absent as `windows` is. */
  readonly perRecording?: (Metrics & { readonly aggregate: Aggregate }) | null;
};

/** `result.json`: written last, so its presence means that the run is finished. */
export interface RunResult {
  readonly status: 'finished';
  readonly name: string;
  readonly runId: string;
  readonly seed: number;
  readonly model: {
    readonly name: string;
    /** Trainable ones. */
    readonly parameters: number;
    /** Multiply-accumulates for a recording of `macsLength` steps. */
    readonly macs: number;
    /** Steps of the longest recording of the run's data. */
    readonly macsLength: number;
    /** The attention's name and options, and the width of each bottleneck; `none` without one. */
    readonly attention: 'none' | Readonly<Record<string, unknown>>;
  };
  /** The batches of training. */
  readonly batches: {
    /** The steps that they are padded to, ascending. */
    readonly lengthBuckets: readonly number[];
    /** Different shapes `[rows, steps]` among them. */
    readonly shapes: number;
    /** Padded steps as a share of all steps of an epoch. */
    readonly paddingShare: number;
    /** In how many parts the gradients of a batch were computed at the end, for lack of memory; absent: in one. */
    readonly accumulation?: number;
  };
  /** The epoch whose weights were tested. */
  readonly best: { readonly epoch: number; readonly monitor: string; readonly value: number };
  /** The recordings that were trained on, those for validation apart. */
  readonly train: { readonly recordings: number };
  /** `none`: all training recordings were trained on, and the training loss chose the epoch. */
  readonly validation: 'none' | { readonly recordings: number };
  /** Test recordings that are in the training data too, and how many of them have another class there; null without test data. */
  readonly leak: { readonly recordings: number; readonly otherClass: number } | null;
  /** How many recordings `data.maxLength` cut; not there without it. */
  readonly truncated?: TruncatedSets;
  /** How each set was cut into windows; absent where none is. */
  readonly windows?: SetWindows;
  /** Null where the config names no test data. */
  readonly test: SetMetrics | null;
  readonly timing: {
    readonly trainSeconds: number;
    /** The part of it in which steps waited for their batches to be read, augmented and padded. */
    readonly waitSeconds: number;
    readonly stepsPerSecond: number;
    /** Time to record the steps as graphs, in the process that finished the run; 0 where steps ran eagerly. */
    readonly captureSeconds: number;
  };
  readonly memory: {
    /** The most that the process which finished the run had in memory, all that it did before included. */
    readonly peakResidentBytes: number;
  };
}

export function makeResult(input: {
  config: Config;
  runId: string;
  cost: ModelCost;
  buckets: BucketPlan;
  progress: Progress;
  captureSeconds: number;
  sizes: { train: number; validation: number | null };
  truncated: TruncatedSets | null;
  leak: Repetition | null;
  windows: SetWindows | null;
  test: SetMetrics | null;
}): RunResult {
  const { config, runId, cost, buckets, progress, captureSeconds, sizes, truncated, windows, leak, test } =
    input;
  if (progress.best === null) throw new Error('a finished run has a best epoch');
  const { parameters, macs, macsLength, hidden } = cost;
  const { attention } = config.model;
  return {
    status: 'finished',
    name: config.name,
    runId,
    seed: config.seed,
    model: {
      name: config.model.name,
      parameters,
      macs,
      macsLength,
      attention:
        attentionName(attention) === 'none' || typeof attention === 'string'
          ? 'none'
          : { ...attention, hidden },
    },
    batches: {
      lengthBuckets: buckets.boundaries,
      shapes: buckets.shapes.length,
      paddingShare: buckets.paddingShare,
      ...(progress.accumulation !== undefined && { accumulation: progress.accumulation }),
    },
    best: {
      epoch: progress.best.epoch,
      monitor: monitorOf(config.train, sizes.validation !== null),
      value: progress.best.value,
    },
    train: { recordings: sizes.train },
    validation: sizes.validation === null ? 'none' : { recordings: sizes.validation },
    leak: test && { recordings: leak?.recordings ?? 0, otherClass: leak?.otherClass ?? 0 },
    ...(truncated && { truncated }),
    ...(windows && { windows }),
    test,
    timing: {
      trainSeconds: progress.trainSeconds,
      waitSeconds: progress.waitSeconds,
      stepsPerSecond: progress.step / progress.trainSeconds,
      captureSeconds,
    },
    // Node tells kilobytes.
    memory: { peakResidentBytes: 1024 * process.resourceUsage().maxRSS },
  };
}

/** All metrics of a labelled set, with those of one's own. Of windows, those of whole recordings too. */
export function setMetrics(
  predictions: Predictions,
  { labels, classes, origin }: Recordings,
  own: Readonly<Record<string, Metric>> = {},
  aggregate: Aggregate = 'mean',
): SetMetrics {
  const ofSet = metricsOf(predictions.probabilities, labels, classes, own);
  if (origin === undefined) return ofSet;
  const whole = predictRecordings(origin, predictions, classes.length, aggregate);
  const truth = whole.recordings.map((i) => origin.labels[i]);
  return {
    ...ofSet,
    recordings: whole.recordings.length,
    windows: labels.length,
    perRecording: origin.changing
      ? null
      : { aggregate, ...metricsOf(whole.probabilities, truth, classes, own) },
  };
}

function metricsOf(
  probabilities: Float32Array,
  labels: Int32Array,
  classes: readonly string[],
  own: Readonly<Record<string, Metric>>,
): Metrics {
  const entries = Object.entries(own).map(
    ([name, metric]) => [name, metric(probabilities, labels, classes)] as const,
  );
  const metrics = entries.length === 0 ? {} : { metrics: Object.fromEntries(entries) };
  return { ...classificationMetrics(probabilities, labels, classes), ...metrics };
}
