// Evaluation and prediction with the model of a finished or running run.
import { UserError } from '../shared/errors.js';
import {
  alignRecordings,
  count,
  paddedLength,
  truncateRecordings,
  type Recordings,
  type WindowCounts,
} from '../data/index.js';
import { openRunDirectory, readJson, type RunDirectory } from '../track/index.js';
import type { ModelMetadata } from './artifacts.js';
import { readCheckpoint, type CheckpointName } from './checkpoint.js';
import { loadConfig, type Config } from './config.js';
import type { Environment } from './environment.js';
import { registeredMetrics, type Metric } from './ownMetrics.js';
import { locateData } from './locateData.js';
import { predict, type PredictOptions } from './predictions.js';
import { formatPredictions } from './predictionsFile.js';
import { packingNotes } from './dataNotes.js';
import { finishRecordings } from './finishSets.js';
import { type Hear, loadSet, prepareData } from './prepare.js';
import { predictRecordings } from './recordingPredictions.js';
import { setMetrics, type SetMetrics } from './result.js';
import { aggregateOf, describeLeftOut } from './windowReports.js';
import { whenSlow } from './whenSlow.js';

/** A part of a run's own data. */
export type SplitName = 'train' | 'validation' | 'test';

export interface ModelOptions extends Omit<PredictOptions, 'paddedLength'>, Hear {
  /** Hears that the data files of the run are being hashed, where that takes more than two seconds. */
  readonly onHashing?: (() => void) | undefined;
  /** Hears what else to know of the data: which are not in memory. */
  readonly onNote?: ((note: string) => void) | undefined;
  /** Default: `best`. */
  readonly checkpoint?: CheckpointName | undefined;
}

export interface EvaluateOptions extends ModelOptions {
  /** Files to evaluate on, instead of a part of the run's own data. */
  readonly data?: readonly string[] | undefined;
  /** Default: `test`. */
  readonly split?: SplitName | undefined;
  readonly metrics?: Readonly<Record<string, Metric>>;
}

/**
 * Metrics of a run's model on a labelled set. The engine must be loaded.
 *
 * @param path run directory
 * @throws UserError when the run, its checkpoint or the data are wrong or do not fit together
 */
export async function evaluateRun(path: string, options: EvaluateOptions = {}): Promise<SetMetrics> {
  const run = openRunDirectory(path);
  const { data, split, checkpoint = 'best' } = options;
  if (data !== undefined && data.length > 0 && split !== undefined) {
    throw new UserError(
      "--data names other files than the run's own, so --split says nothing. Leave one out.",
    );
  }
  const config = await loadConfig(run.config);
  const { model, metadata } = await readCheckpoint(run.checkpoints, checkpoint);
  try {
    const { recordings, windows } =
      data === undefined || data.length === 0
        ? await ownSplit(run, config, split ?? 'test', options)
        : await loadFor(config, metadata, data, 'required', options);
    const leftOut = windows && describeLeftOut(windows);
    if (leftOut !== null) options.onWarning?.(leftOut);
    const predictions = predict(model, recordings, { ...options, ...paddedAs(metadata) });
    const metrics = { ...registeredMetrics(), ...options.metrics };
    return setMetrics(predictions, recordings, metrics, aggregateOf(config));
  } finally {
    model.dispose();
  }
}

/** What `masq predict` gives a row: each window of a recording, or the whole, for which its windows speak together. */
export type PredictionsPer = 'window' | 'recording';

export interface PredictRunOptions extends ModelOptions {
  /** Default: `window` where the run cuts recordings into windows. */
  readonly per?: PredictionsPer | undefined;
}

/**
 * Class probabilities of recordings, as CSV: see {@link formatPredictions}. The engine must be loaded.
 *
 * @param path run directory
 * @param files recordings with the channels that the run was trained on; labels are not needed
 * @throws UserError when the run, its checkpoint or the files are wrong or do not fit together
 */
export async function predictRun(
  path: string,
  files: readonly string[],
  { checkpoint = 'best', per, ...options }: PredictRunOptions = {},
): Promise<string> {
  const run = openRunDirectory(path);
  const config = await loadConfig(run.config);
  const aggregate = aggregateOf(config);
  if (per === 'window' && aggregate === undefined) {
    throw new UserError(
      'this run does not cut recordings into windows ("data.windows: none"): its predictions are per recording.',
      { file: run.config },
    );
  }
  const { model, metadata } = await readCheckpoint(run.checkpoints, checkpoint);
  try {
    const { recordings, windows } = await loadFor(config, metadata, files, 'optional', options);
    const leftOut = windows && describeLeftOut(windows);
    if (leftOut !== null) options.onWarning?.(leftOut);
    const predictions = predict(model, recordings, { ...options, ...paddedAs(metadata) });
    const { classes } = metadata;
    const { origin } = recordings;
    if (per !== 'recording' || origin === undefined)
      return formatPredictions(recordings, predictions, classes);
    const whole = predictRecordings(origin, predictions, classes.length, aggregate);
    const ids = Array.from(whole.recordings, (i) => origin.ids[i]);
    return formatPredictions({ ids, labels: whole.recordings.map((i) => origin.labels[i]) }, whole, classes);
  } finally {
    model.dispose();
  }
}

/** A set as a model is to see it, and how it was cut into windows. */
interface FinishedSet {
  readonly recordings: Recordings;
  readonly windows: WindowCounts | null;
}

/** Other files, prepared, cut, normalised and padded as the run's own data. Groups only matter to its split. */
async function loadFor(
  { data }: Config,
  metadata: ModelMetadata,
  files: readonly string[],
  labels: 'required' | 'optional',
  { onWarning, onNote, onPacking, signal }: Pick<ModelOptions, 'onWarning' | 'onNote' | keyof Hear>,
): Promise<FinishedSet> {
  const hear = { onPacking, signal };
  const { recordings: loaded, packed } = await loadSet(files, data, { labels, groups: 'ignore', ...hear });
  for (const note of packingNotes(packed === null ? [] : [packed])) onNote?.(note);
  const { maxLength = 'none' } = metadata;
  const { recordings, truncated } = truncateRecordings(loaded, maxLength);
  if (truncated > 0) {
    onWarning?.(
      `${truncated} of ${count(loaded)} recordings are cut to their first ${maxLength} steps, as in training (data.maxLength).`,
    );
  }
  const purpose = labels === 'required' ? 'evaluation' : 'prediction';
  const unlabelled = labels === 'required' ? 'drop' : 'keep';
  return finishRecordings(
    alignRecordings(recordings, metadata, purpose),
    metadata.normalization,
    data,
    unlabelled,
  );
}

/** Batches are padded as in training. */
function paddedAs({ padding = 'none' }: ModelMetadata): Pick<PredictOptions, 'paddedLength'> {
  return { paddedLength: paddedLength(padding) };
}

/** A part of the data that the run was made with, split and normalised as then. */
async function ownSplit(
  run: RunDirectory,
  config: Config,
  split: SplitName,
  { onPacking, onHashing, signal }: ModelOptions,
): Promise<FinishedSet> {
  const environment = (await readJson(run.environment)) as Environment;
  const located = await whenSlow(locateData(config, environment.data), onHashing);
  const data = await prepareData(located, { onPacking, signal });
  const recordings = data[split];
  if (recordings !== null) return { recordings, windows: data.windows?.[split] ?? null };
  throw new UserError(
    split === 'test'
      ? 'this run has no test data. Name files with --data.'
      : 'this run has no validation part ("data.validation: none").',
    { file: run.config },
  );
}
