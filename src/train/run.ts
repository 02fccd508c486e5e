// A run from config to result: data, model, training with checkpoints, test, files. A run that was killed at any
// moment goes on from its last checkpoint and ends as if nothing had happened.
import {
  count,
  createAugmenter,
  describePair,
  paddedLength,
  PackWriteError,
  type BucketPlan,
  type PackingProgress,
  type Recordings,
} from '../data/index.js';
import { bfloat16Support, loadEngine, type DeviceName, type Engine } from '../engine/index.js';
import { attentionName, buildModel, modelCost } from '../models/index.js';
import { counted } from '../shared/counted.js';
import { isDiskFull, UserError } from '../shared/errors.js';
import { writeFileAtomic } from '../shared/node/files.js';
import { deriveSeed } from '../shared/random.js';
import {
  appendMetrics,
  checkTrackers,
  keepMetricsUntil,
  readJson,
  writeJson,
  type RunDirectory,
} from '../track/index.js';
import type { ModelMetadata } from './artifacts.js';
import { planBatches } from './batchPlan.js';
import {
  NonFiniteWeightsError,
  readCheckpoint,
  recoverCheckpoint,
  restoreSlots,
  writeCheckpoint,
} from './checkpoint.js';
import { classWeightsFor } from './classWeights.js';
import { formatConfig, type Config } from './config.js';
import { bitIdentityWarning, describeEnvironment } from './environment.js';
import { fit, type EpochRecord, type FitCallbacks } from './fit.js';
import { summarizeGates } from './gateSummary.js';
import { locateData } from './locateData.js';
import { openRun, type OpenRun } from './openRun.js';
import { createOptimizer } from './optimizers.js';
import { checkMetricNames, registeredMetrics, type Metric } from './ownMetrics.js';
import { predict } from './predictions.js';
import { formatPredictions } from './predictionsFile.js';
import { packingNotes } from './dataNotes.js';
import { completedByPacked } from './dataFiles.js';
import type { SetWindows } from './finishSets.js';
import { preparationOf, prepareData, type PreparedData } from './prepare.js';
import { noProgress, type Progress } from './progress.js';
import { makeResult, setMetrics, type RunResult, type SetMetrics } from './result.js';
import { createTrainingState, disposeSlots, type TrainingState } from './step.js';
import { startTracking, type Tracking } from './tracking.js';
import { NonFiniteLossError, nonFinite } from './trainingErrors.js';
import { aggregateOf } from './windowReports.js';
import { whenSlow } from './whenSlow.js';

/** What a run is about to do. */
export interface RunStart {
  readonly directory: string;
  readonly config: Config;
  readonly engine: Engine;
  readonly trainRecordings: number;
  readonly validationRecordings: number | null;
  readonly testRecordings: number | null;
  /** How each set was cut into windows, which then count as recordings above; null where none is. */
  readonly windows: SetWindows | null;
  /** What training batches are padded to. */
  readonly buckets: BucketPlan;
  readonly parameters: number;
  /** Epochs that are finished already; 0 for a new run. */
  readonly epochsDone: number;
  /**
   * What the user should hear first: why TensorFlow is not used, why a resumed run will not end to the bit, test data in training, what else
   * is odd about the data.
   */
  readonly warnings: readonly string[];
  /** What else to know of the data: which sets are not in memory. */
  readonly notes: readonly string[];
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
  /** Metrics of one's own besides those that are registered, by name, computed on validation after each epoch and on test at the end. */
  readonly metrics?: Readonly<Record<string, Metric>>;
  /** Hears of data that are packed, as they are larger than `data.memoryLimit`. */
  readonly onPacking?: (progress: PackingProgress) => void;
  /** Hears that the data files are being hashed, where that takes more than two seconds. */
  readonly onHashing?: (() => void) | undefined;
  readonly onStart?: (start: RunStart) => void;
  /** What the user should hear once training has begun: why steps are slower than they could be. */
  readonly onWarning?: (warning: string) => void;
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
 * @throws UserError when config, data or run directory are wrong, or another process has the run directory
 * @throws NonFiniteLossError when the loss became NaN or infinite; the last good checkpoint is kept
 * @throws InterruptedError after a checkpoint, when the signal was aborted
 */
export async function train(config: Config | null, options: TrainOptions = {}): Promise<FinishedRun> {
  const opened = await openRun(config && (await completedByPacked(config)), options);
  const { run } = opened;
  const metrics = { ...registeredMetrics(), ...options.metrics };
  try {
    const result = opened.finished
      ? ((await readJson(run.result)) as RunResult)
      : await trainAndTest(opened, { ...options, metrics });
    return { directory: run.path, result };
  } catch (error) {
    // A packed file may lie on another disk, which its own message names.
    if (!isDiskFull(error) || error instanceof PackWriteError) throw error;
    throw new Error(
      `The disk of ${run.path} is full. What the run wrote last is whole: make room, and go on with ` +
        `masq train --run-dir ${run.path} --resume`,
      { cause: error },
    );
  } finally {
    await opened.close();
  }
}

async function trainAndTest(
  { run, config, environment }: OpenRun,
  options: TrainOptions,
): Promise<RunResult> {
  const engine = await loadEngine({
    device: options.device ?? environment?.device,
    threads: options.threads ?? environment?.threads,
    deterministic: config.train.deterministic,
    xla: config.train.xla,
  });
  const { onPacking, onHashing, signal } = options;
  const located =
    environment === null ? config : await whenSlow(locateData(config, environment.data), onHashing);
  const data = await prepareData(located, { onPacking, signal });
  // Mistakes in the config and the data come to light before anything is written.
  checkPrecision(config.train.precision, engine);
  classWeightsFor(config.train.classWeights, data.train);
  createAugmenter(config.train.augmentation, data.train, config.seed);
  checkMetricNames(options.metrics ?? {});
  await checkTrackers(config.track, run.path, config.name);
  if (environment === null) {
    const packed = data.packed.map(({ path }) => path);
    const described = await whenSlow(describeEnvironment(engine, config, packed), onHashing);
    await writeJson(run.environment, described);
    await writeFileAtomic(run.config, formatConfig(config));
  }
  const { state, progress } = await startState(run, config, data);
  let tracking: Tracking | undefined;
  try {
    await keepMetricsUntil(run, progress.epoch);
    const cost = modelCost(state.model, data.longest);
    const buckets = planBatches(data.train, config);
    options.onStart?.({
      directory: run.path,
      config,
      engine,
      trainRecordings: count(data.train),
      validationRecordings: data.validation && count(data.validation),
      testRecordings: data.test && count(data.test),
      windows: data.windows,
      buckets,
      parameters: cost.parameters,
      epochsDone: progress.epoch,
      warnings: [
        engine.warning,
        environment && bitIdentityWarning(environment, engine),
        leakWarning(data),
        ...data.notes,
      ].filter((warning) => warning !== null),
      notes: packingNotes(data.packed),
    });
    tracking = await startTracking({
      ...{ path: run.path, config, data, model: state.model, epoch: progress.epoch },
      onWarning: options.onWarning,
    });
    const finished = await trainEpochs(run, config, { ...data, buckets }, state, progress, tracking, options);
    const test = data.test && (await testBest(run, config, data.test, options));
    await tracking.finished(test);
    const result = makeResult({
      config,
      runId: run.id,
      cost,
      buckets,
      progress: finished.progress,
      captureSeconds: finished.captureSeconds,
      sizes: {
        train: data.windows?.train.recordings ?? count(data.train),
        validation: data.windows?.validation?.recordings ?? (data.validation && count(data.validation)),
      },
      truncated: data.truncated,
      leak: data.leak,
      windows: data.windows,
      test,
    });
    await writeJson(run.result, result);
    return result;
  } catch (error) {
    // Any other end may be gone on from.
    if (error instanceof NonFiniteLossError) await tracking?.failed();
    throw error;
  } finally {
    await tracking?.close();
    disposeSlots(state);
    state.model.dispose();
  }
}

function leakWarning({ leak, test, windows }: PreparedData): string | null {
  if (leak === null || test === null) return null;
  const { recordings, otherClass, first } = leak;
  const classes = otherClass === 0 ? '' : `, ${otherClass} of them with another class`;
  const all = windows?.test?.recordings ?? count(test);
  return (
    `${recordings} of ${counted(all, 'test recording')} ${recordings === 1 ? 'is' : 'are'} in the training data too` +
    `${classes}: what the test says of other data is less sure. First: ${describePair(first)}.`
  );
}

/** @throws UserError when the machine cannot compute in that precision */
function checkPrecision(precision: Config['train']['precision'], { backend, device }: Engine): void {
  if (precision === 'float32') return;
  const { supported, reason } =
    backend === 'tensorflow'
      ? bfloat16Support(device)
      : { supported: false, reason: 'The JavaScript backend computes in float32 only.' };
  if (supported) return;
  throw new UserError(
    `train.precision is ${precision}, which this machine lacks. ${reason} Set it to float32.`,
  );
}

/** The model and the optimizer's memory as the last checkpoint has them, or fresh. */
async function startState(
  run: RunDirectory,
  config: Config,
  { trainedOn, train }: PreparedData,
): Promise<{ state: TrainingState; progress: Progress }> {
  const optimizer = createOptimizer(config.train.optimizer);
  const checkpoint = await recoverCheckpoint(run.checkpoints);
  if (checkpoint === null) {
    const model = buildModel(config.model, {
      channels: train.channels,
      classes: trainedOn.classes.length,
      seed: deriveSeed(config.seed, 'weights'),
    });
    return { state: createTrainingState(model, optimizer), progress: noProgress };
  }
  const state = createTrainingState(checkpoint.model, optimizer);
  await restoreSlots(state, checkpoint);
  return { state, progress: checkpoint.progress };
}

async function trainEpochs(
  run: RunDirectory,
  config: Config,
  { train, validation, trainedOn, normalization, buckets }: PreparedData & { buckets: BucketPlan },
  state: TrainingState,
  progress: Progress,
  tracking: Tracking,
  { signal, metrics = {}, onStep, onEpoch, onWarning }: TrainOptions,
): Promise<{ progress: Progress; captureSeconds: number }> {
  const { maxLength, padding } = config.data;
  const metadata: ModelMetadata = {
    ...trainedOn,
    normalization,
    ...preparationOf(config),
    ...(maxLength === 'none' ? {} : { maxLength }),
    ...(padding === 'none' ? {} : { padding }),
    output: 'logits',
  };
  let captureSeconds = 0;
  const reached = await fit({
    state,
    train,
    validation,
    buckets,
    paddedLength: paddedLength(padding),
    config: config.train,
    seed: config.seed,
    modules: config.modules,
    progress,
    metrics,
    signal,
    onCompiled: (steps) => {
      captureSeconds = steps.captureSeconds;
      if (steps.warning !== null) onWarning?.(steps.warning);
    },
    onWarning,
    onStep: (done) => onStep?.(done),
    onEpoch: async (record) => {
      await appendMetrics(run, record);
      await tracking.epoch(record);
      await onEpoch?.(record);
    },
    onCheckpoint: async (trained, now) => {
      try {
        await writeCheckpoint(run.checkpoints, trained, metadata, now);
      } catch (error) {
        if (!(error instanceof NonFiniteWeightsError)) throw error;
        const epoch = now.partial.steps > 0 ? now.epoch + 1 : now.epoch;
        throw nonFinite('A weight became NaN or infinite', { epoch, step: now.step }, config.train);
      }
    },
  });
  return { progress: reached, captureSeconds };
}

/** Metrics of the best checkpoint on the test set; writes its predictions, and its gates where the model has attention. */
async function testBest(
  run: RunDirectory,
  config: Config,
  test: Recordings,
  { metrics, onWarning }: TrainOptions,
): Promise<SetMetrics> {
  const { model } = await readCheckpoint(run.checkpoints, 'best');
  try {
    const predictions = predict(model, test, { onWarning, paddedLength: paddedLength(config.data.padding) });
    await writeFileAtomic(run.predictions, formatPredictions(test, predictions, test.classes));
    const gates = attentionName(config.model.attention) === 'none' ? null : summarizeGates(model, test);
    if (gates !== null) await writeFileAtomic(run.gates, `${JSON.stringify(gates)}\n`);
    return setMetrics(predictions, test, metrics, aggregateOf(config));
  } finally {
    model.dispose();
  }
}
