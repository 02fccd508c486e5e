// The training loop: epochs of steps, validation, the best epoch, early stopping. It keeps no files; what it has
// reached goes to its callbacks.
import tf from '#tfjs';
import {
  mixes,
  openBatchMaker,
  type BatchMaker,
  type BucketPlan,
  type PlannedBatch,
  type Recordings,
} from '../data/index.js';
import { isOutOfMemory } from '../engine/index.js';
import { epochBatches } from './batchPlan.js';
import { batchRunners } from './batchRunner.js';
import { CallbackError, calling } from './callbacks.js';
import { classWeightsFor } from './classWeights.js';
import {
  compileSteps,
  differentShapes,
  type SourceSets,
  type Steps,
  type Training,
} from './compiledSteps.js';
import type { Config } from './config.js';
import { setsForDevice } from './deviceSet.js';
import { classificationMetrics } from './metrics.js';
import { rateAt, trainEpoch } from './epochSteps.js';
import { betterOf, monitored, monitorOf } from './monitor.js';
import { createOptimizer } from './optimizers.js';
import {
  asOutOfMemory,
  goesOnFromHost,
  goesOnInParts,
  snapshot,
  withAdvice,
  type Snapshot,
} from './outOfMemory.js';
import { checkMetricNames, type Metric } from './ownMetrics.js';
import {
  defaultBatchSize,
  meanLogLoss,
  plannedPredictions,
  predict,
  predictBatches,
  type Predictions,
} from './predictions.js';
import { emptySums, type BestEpoch, type Progress } from './progress.js';
import type { StepOptions, TrainingState } from './step.js';
import { InterruptedError, nonFinite } from './trainingErrors.js';

/** One line of `metrics.jsonl`. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** Updates done at its end. */
  readonly step: number;
  readonly train: { readonly loss: number; readonly accuracy: number };
  /** Absent without a validation set. Metrics of one's own stand here under their names. */
  readonly validation?: Readonly<Record<string, number>> & {
    readonly loss: number;
    readonly accuracy: number;
  };
  /** Of the epoch's last step. */
  readonly learningRate: number;
  readonly seconds: number;
}

/** What to call while training goes on. Whatever a callback throws ends the training. */
export interface FitCallbacks {
  /** Once the steps are compiled, before the first of them. */
  onCompiled?: (steps: Pick<Steps, 'captureSeconds' | 'warning'>) => void;
  /** What the user should hear at once: that batches come from the host, or are computed in parts, from here on. */
  onWarning?: ((warning: string) => void) | undefined;
  /** After every few steps, with the steps of this epoch that are done. */
  onStep?: (done: { epoch: number; steps: number; stepsPerEpoch: number }) => void;
  /** After an epoch and its validation, when the model has the weights of the epoch's end. */
  onEpoch?: (record: EpochRecord, progress: Progress) => void | Promise<void>;
  /** Where the state may be saved: after each epoch (after `onEpoch`), and when training is interrupted. */
  onCheckpoint?: (state: TrainingState, progress: Progress) => Promise<void>;
}

export interface FitInput extends FitCallbacks {
  readonly state: TrainingState;
  /** Normalised recordings. */
  readonly train: Recordings;
  /** Normalised recordings, or null: then the best epoch is chosen by training loss. */
  readonly validation: Recordings | null;
  /** What batches are padded to: `chooseBuckets`, or `chooseBalancedBuckets`, of the lengths of `train`, as `config` asks for. */
  readonly buckets: BucketPlan;
  /** Steps that the batches of `validation` are padded to. Default: as many as their recordings need. */
  readonly paddedLength?: number | undefined;
  readonly config: Config['train'];
  readonly seed: number;
  /** Modules that register augmentations. */
  readonly modules?: readonly string[] | undefined;
  /** Where to go on. */
  readonly progress: Progress;
  /** Metrics of one's own by name, which is not `loss` or `accuracy`. */
  readonly metrics?: Readonly<Record<string, Metric>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Trains until the last epoch, or until the monitored metric has not improved for `earlyStopping.patience` epochs.
 *
 * @throws UserError when a metric of one's own is called `loss` or `accuracy`, or an augmentation does not fit the recordings
 * @throws NonFiniteLossError naming epoch and step
 * @throws OutOfMemoryError when a batch does not fit into memory and `config.onOutOfMemory` is `stop`, or not even one recording does
 * @throws InterruptedError when the signal was aborted
 */
export async function fit(input: FitInput): Promise<Progress> {
  const { config, state, train, seed, buckets } = input;
  checkMetricNames(input.metrics ?? {});
  const options = stepOptions(config, train);
  const training = { state, options, shapes: buckets.shapes, mixed: mixes(config.augmentation) };
  const batchesOf = epochBatches(train, buckets, config, seed);
  const saved: Saved = {
    progress: input.progress,
    values: snapshot(state),
    sets:
      input.progress.accumulation === undefined
        ? setsForDevice({ train, validation: input.validation }, config.augmentation)
        : undefined,
  };
  try {
    for (;;) {
      const maker = openBatchMaker({
        ...{ recordings: train, augmentation: config.augmentation },
        ...{ seed, modules: input.modules },
      });
      try {
        return await fitFrom(input, { training, batchesOf }, saved, maker);
      } catch (error) {
        if (error instanceof CallbackError) throw error.cause;
        const failure = asOutOfMemory(error, training);
        if (failure === null) throw error;
        if (saved.sets !== undefined) {
          saved.sets = undefined;
          input.onWarning?.(goesOnFromHost(failure));
        } else {
          const { accumulation = 1 } = saved.progress;
          const parts = 2 * accumulation;
          if (config.onOutOfMemory === 'stop' || accumulation >= failure.shape.rows)
            throw withAdvice(failure, training);
          input.onWarning?.(goesOnInParts(failure, parts));
          saved.progress = { ...saved.progress, accumulation: parts };
        }
        saved.values.restore();
        saved.values = snapshot(state);
      } finally {
        await maker.close();
      }
    }
  } finally {
    saved.values.dispose();
    options.classWeights?.dispose();
  }
}

/** What a training is made of, whatever it has reached. */
interface FitPlan {
  readonly training: Training;
  readonly batchesOf: (epoch: number) => PlannedBatch[];
}

/** What training goes on from where it fails. */
interface Saved {
  progress: Progress;
  values: Snapshot;
  /** What is on the device; undefined where batches come from the host. */
  sets: SourceSets | undefined;
}

/**
 * Trains to the end from what was saved, which it replaces after every epoch.
 *
 * @throws OutOfMemoryError when a batch does not fit into memory; what was saved is from the end of the epoch before
 * @throws CallbackError around what a callback throws
 */
async function fitFrom(
  input: FitInput,
  { training, batchesOf }: FitPlan,
  saved: Saved,
  maker: BatchMaker,
): Promise<Progress> {
  const { config, state, validation, paddedLength, buckets, onEpoch, onCheckpoint } = input;
  const { accumulation } = saved.progress;
  const batchSize = Math.ceil(defaultBatchSize / (accumulation ?? 1));
  const validationBatches =
    validation === null ? [] : plannedPredictions(validation, { paddedLength, batchSize });
  const steps = compileSteps({
    model: state.model,
    training: { ...training, parts: accumulation },
    predictionShapes: differentShapes(validationBatches),
    sets: saved.sets,
  });
  if (steps.device === null) saved.sets = undefined;
  let validationFits = true;
  const predictSet = (set: Recordings): Predictions => {
    try {
      if (validationFits) return predictBatches(steps, set, validationBatches, set.classes.length);
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      validationFits = false;
    }
    steps.store();
    return predict(state.model, set, { paddedLength, batchSize: Math.ceil(batchSize / 2) });
  };
  const runners = batchRunners(steps, maker);
  const onStep: FitCallbacks['onStep'] = (done) => {
    calling(() => input.onStep?.(done));
  };
  let { progress } = saved;
  try {
    calling(() => input.onCompiled?.(steps));
    while (progress.epoch < config.epochs && !isOver(progress, config)) {
      const began = performance.now();
      const batches = batchesOf(progress.epoch + 1);
      progress = await trainEpoch({ ...input, runners, onStep }, progress, batches);
      const interrupted = progress.partial.steps < buckets.batches;
      const finished = interrupted
        ? null
        : finishEpoch(input, predictSet, progress, (performance.now() - began) / 1000);
      progress = finished?.next ?? progress;
      steps.store();
      const values = snapshot(state);
      saved.values.dispose();
      saved.values = values;
      saved.progress = progress;
      const reached = progress;
      await calling(async () => {
        if (finished !== null) await onEpoch?.(finished.record, reached);
        await onCheckpoint?.(state, reached);
      });
      if (maker.failure !== null) throw maker.failure;
      if (input.signal?.aborted === true) throw new InterruptedError('Training was interrupted.');
    }
  } finally {
    steps.dispose();
  }
  return progress;
}

/** Validation and the best epoch, after the last step of an epoch. */
function finishEpoch(
  input: FitInput,
  predictSet: (recordings: Recordings) => Predictions,
  progress: Progress,
  seconds: number,
): { record: EpochRecord; next: Progress } {
  const { config, buckets } = input;
  const { partial, step } = progress;
  const epoch = progress.epoch + 1;
  const validation = validate(input, predictSet, epoch, step);
  const record: EpochRecord = {
    epoch,
    step,
    train: { loss: partial.loss / partial.recordings, accuracy: partial.correct / partial.recordings },
    ...(validation === undefined ? {} : { validation }),
    learningRate: rateAt(config, step - 1, buckets.batches),
    seconds,
  };
  const monitor = monitorOf(config, input.validation !== null);
  const value = monitored(record, monitor);
  const best = isBetter(value, progress.best, monitor) ? { epoch, step, value } : progress.best;
  return { record, next: { ...progress, epoch, partial: emptySums, best } };
}

function validate(
  { validation, metrics = {}, config }: FitInput,
  predictSet: (recordings: Recordings) => Predictions,
  epoch: number,
  step: number,
): EpochRecord['validation'] {
  if (validation === null) return undefined;
  const predictions = predictSet(validation);
  const { labels, classes } = validation;
  const loss = meanLogLoss(predictions, labels);
  if (!Number.isFinite(loss)) throw nonFinite(`The validation loss became ${loss}`, { epoch, step }, config);
  const { accuracy } = classificationMetrics(predictions.probabilities, labels, classes);
  const own = Object.entries(metrics).map(([name, metric]) => [
    name,
    metric(predictions.probabilities, labels, classes),
  ]);
  return { loss, accuracy: accuracy ?? NaN, ...(Object.fromEntries(own) as Record<string, number>) };
}

/** What a config asks of each step; the caller disposes of the class weights. */
export function stepOptions(config: Config['train'], train: Recordings): StepOptions {
  const weights = classWeightsFor(config.classWeights, train);
  return {
    optimizer: createOptimizer(config.optimizer),
    gradientClipping: config.gradientClipping === 'none' ? null : config.gradientClipping,
    precision: config.precision,
    labelSmoothing: config.labelSmoothing,
    classWeights: weights === null ? undefined : tf.tensor1d(weights, 'float32'),
  };
}

function isBetter(value: number, best: BestEpoch | null, monitor: string): boolean {
  if (best === null) return true;
  return betterOf(monitor) === 'higher' ? value > best.value : value < best.value;
}

function isOver({ epoch, best }: Progress, { earlyStopping }: Config['train']): boolean {
  return earlyStopping !== 'none' && best !== null && epoch - best.epoch >= earlyStopping.patience;
}
