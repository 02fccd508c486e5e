// A run from config to result: data, model, training with checkpoints, test, files. A run that was killed at any
// moment goes on from its last checkpoint and ends as if nothing had happened.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import { count, type Recordings } from '../data/index.js';
import { loadEngine, type DeviceName, type Engine } from '../engine/index.js';
import { buildModel, modelCost } from '../models/index.js';
import { UserError } from '../shared/errors.js';
import { writeFileAtomic } from '../shared/node/files.js';
import { deriveSeed } from '../shared/random.js';
import {
  appendMetrics,
  createRunDirectory,
  keepMetricsUntil,
  newRunId,
  openRunDirectory,
  readJson,
  writeJson,
  type RunDirectory,
} from '../track/index.js';
import type { ModelMetadata } from './artifacts.js';
import {
  hasCheckpoint,
  NonFiniteWeightsError,
  readCheckpoint,
  repairCheckpoints,
  restoreSlots,
  writeCheckpoint,
} from './checkpoint.js';
import { formatConfig, loadConfig, type Config } from './config.js';
import { describeEnvironment, type Environment } from './environment.js';
import { fit, NonFiniteLossError, type EpochRecord, type FitCallbacks, type Metric } from './fit.js';
import { createOptimizer } from './optimizers.js';
import { predict, type Predictions } from './predictions.js';
import { formatPredictions } from './predictionsFile.js';
import { dataFiles, prepareData, type PreparedData } from './prepare.js';
import { noProgress, type Progress } from './progress.js';
import { makeResult, setMetrics, type RunResult, type SetMetrics } from './result.js';
import { createTrainingState, disposeSlots, type TrainingState } from './step.js';

/** What a run is about to do. */
export interface RunStart {
  readonly directory: string;
  readonly config: Config;
  readonly engine: Engine;
  readonly trainRecordings: number;
  readonly validationRecordings: number | null;
  readonly testRecordings: number | null;
  readonly parameters: number;
  /** Epochs that are finished already; 0 for a new run. */
  readonly epochsDone: number;
}

export interface TrainOptions {
  /** Default: `runs/<name>/<run id>`. */
  readonly runDirectory?: string | undefined;
  /** Goes on with the run in `runDirectory`. Default: false. */
  readonly resume?: boolean | undefined;
  readonly device?: DeviceName | undefined;
  /** Threads of TensorFlow. Default: as many as processors; for `resume`, as many as before. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Metrics of one's own, by name, computed on validation after each epoch and on test at the end. */
  readonly metrics?: Readonly<Record<string, Metric>>;
  readonly onStart?: (start: RunStart) => void;
  readonly onStep?: FitCallbacks['onStep'];
  readonly onEpoch?: (record: EpochRecord) => void | Promise<void>;
}

/** A finished run. */
export interface FinishedRun {
  readonly directory: string;
  readonly result: RunResult;
}

/**
 * Trains, tests and writes the run directory.
 *
 * @param config a resolved config; null with `resume`: the run's own
 * @throws UserError when config, data or run directory are wrong
 * @throws NonFiniteLossError when the loss became NaN or infinite; the last good checkpoint is kept
 * @throws InterruptedError after a checkpoint, when the signal was aborted
 */
export async function train(config: Config | null, options: TrainOptions = {}): Promise<FinishedRun> {
  const { run, config: runConfig, environment } = await openRun(config, options);
  if (existsSync(run.result))
    return { directory: run.path, result: (await readJson(run.result)) as RunResult };
  const engine = await loadEngine({
    device: options.device,
    threads: options.threads ?? environment?.threads,
  });
  const data = await prepareData(runConfig);
  if (environment === null) {
    await writeJson(run.environment, await describeEnvironment(engine, dataFiles(runConfig)));
    await writeFileAtomic(run.config, formatConfig(runConfig));
  }
  const { state, progress } = await startState(run, runConfig, data);
  try {
    await keepMetricsUntil(run, progress.epoch);
    const cost = modelCost(state.model, data.longest);
    options.onStart?.({
      directory: run.path,
      config: runConfig,
      engine,
      trainRecordings: count(data.train),
      validationRecordings: data.validation && count(data.validation),
      testRecordings: data.test && count(data.test),
      parameters: cost.parameters,
      epochsDone: progress.epoch,
    });
    const finished = await trainEpochs(run, runConfig, data, state, progress, options);
    const test = data.test && (await testBest(run, data.test, options.metrics));
    const result = makeResult({
      config: runConfig,
      runId: run.id,
      cost,
      progress: finished,
      validationRecordings: data.validation && count(data.validation),
      test,
    });
    await writeJson(run.result, result);
    return { directory: run.path, result };
  } finally {
    disposeSlots(state);
    state.model.dispose();
  }
}

/** A new run directory, or the one to go on with and what it was begun with. */
async function openRun(
  config: Config | null,
  { runDirectory, resume = false }: TrainOptions,
): Promise<{ run: RunDirectory; config: Config; environment: Environment | null }> {
  if (resume && runDirectory === undefined) {
    throw new UserError('--resume needs --run-dir DIR: the run to go on with.');
  }
  // A run that was killed before it wrote its config has nothing to go on with, and begins anew.
  if (
    resume &&
    runDirectory !== undefined &&
    (config === null || existsSync(join(runDirectory, 'config.yaml')))
  ) {
    const run = openRunDirectory(runDirectory);
    const own = await loadConfig(run.config, []);
    if (config !== null && formatConfig(config) !== formatConfig(own)) {
      throw new UserError(
        'this run was begun with another config. Leave the config out to go on with the run, or begin a new one.',
        { file: run.config },
      );
    }
    return { run, config: own, environment: (await readJson(run.environment)) as Environment };
  }
  if (config === null) throw new UserError('a config is needed to begin a run.');
  const path = runDirectory ?? join('runs', config.name, newRunId(new Date()));
  return { run: await createRunDirectory(path, resume), config, environment: null };
}

/** The model and the optimizer's memory as the last checkpoint has them, or fresh. */
async function startState(
  run: RunDirectory,
  config: Config,
  { trainedOn }: PreparedData,
): Promise<{ state: TrainingState; progress: Progress }> {
  const optimizer = createOptimizer(config.train.optimizer);
  if (!hasCheckpoint(run.checkpoints, 'last')) {
    const model = buildModel(config.model, {
      channels: trainedOn.channels,
      classes: trainedOn.classes.length,
      seed: deriveSeed(config.seed, 'weights'),
    });
    return { state: createTrainingState(model, optimizer), progress: noProgress };
  }
  const checkpoint = await readCheckpoint(run.checkpoints, 'last');
  await repairCheckpoints(run.checkpoints, checkpoint.progress);
  const state = createTrainingState(checkpoint.model, optimizer);
  await restoreSlots(state, checkpoint);
  return { state, progress: checkpoint.progress };
}

async function trainEpochs(
  run: RunDirectory,
  config: Config,
  { train, validation, trainedOn, normalization }: PreparedData,
  state: TrainingState,
  progress: Progress,
  { signal, metrics = {}, onStep, onEpoch }: TrainOptions,
): Promise<Progress> {
  const metadata: ModelMetadata = { ...trainedOn, normalization, output: 'logits' };
  try {
    return await fit({
      state,
      train,
      validation,
      config: config.train,
      seed: config.seed,
      progress,
      metrics,
      signal,
      onStep: (done) => onStep?.(done),
      onEpoch: async (record) => {
        await appendMetrics(run, record);
        await onEpoch?.(record);
      },
      onCheckpoint: (reached, now) => writeCheckpoint(run.checkpoints, reached, metadata, now),
    });
  } catch (error) {
    if (error instanceof NonFiniteWeightsError) {
      throw new NonFiniteLossError(
        'The weights are no longer finite. Try a lower train.optimizer.learningRate, or set train.gradientClipping to 1. ' +
          'The last good checkpoint is kept.',
        { cause: error },
      );
    }
    throw error;
  }
}

/** Metrics of the best checkpoint on the test set; writes its predictions. */
async function testBest(
  run: RunDirectory,
  test: Recordings,
  metrics: TrainOptions['metrics'],
): Promise<SetMetrics> {
  const { model } = await readCheckpoint(run.checkpoints, 'best');
  const predictions = predictAndDispose(model, test);
  await writeFileAtomic(run.predictions, formatPredictions(test, predictions, test.classes));
  return setMetrics(predictions, test, metrics);
}

function predictAndDispose(model: tf.LayersModel, recordings: Recordings): Predictions {
  try {
    return predict(model, recordings);
  } finally {
    model.dispose();
  }
}
