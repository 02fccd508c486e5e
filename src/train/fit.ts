// The training loop: epochs of steps, validation, the best epoch, early stopping. It keeps no files; what it has
// reached goes to its callbacks.
import tf from '#tfjs';
import { mixes, openBatchMaker, type BatchMaker, type BucketPlan, type Recordings } from '../data/index.js';
import { epochBatches } from './batchPlan.js';
import { classWeightsFor } from './classWeights.js';
import { compileSteps, differentShapes, type Steps } from './compiledSteps.js';
import type { Config } from './config.js';
import { classificationMetrics } from './metrics.js';
import { rateAt, trainEpoch } from './epochSteps.js';
import { betterOf, monitored, monitorOf } from './monitor.js';
import { createOptimizer } from './optimizers.js';
import { checkMetricNames, type Metric } from './ownMetrics.js';
import { meanLogLoss, plannedPredictions, predictBatches, type Predictions } from './predictions.js';
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
 * @throws InterruptedError when the signal was aborted
 */
export async function fit(input: FitInput): Promise<Progress> {
  const { config, train, seed, modules } = input;
  checkMetricNames(input.metrics ?? {});
  const { augmentation } = config;
  const maker = openBatchMaker({ recordings: train, augmentation, seed, modules });
  try {
    return await fitBatches(input, maker);
  } finally {
    await maker.close();
  }
}

async function fitBatches(input: FitInput, maker: BatchMaker): Promise<Progress> {
  const { config, state, train, seed, buckets, onEpoch, onCheckpoint } = input;
  const options = stepOptions(config, train);
  const batchesOf = epochBatches(train, buckets, config, seed);
  const { validation, paddedLength } = input;
  const validationBatches = validation === null ? [] : plannedPredictions(validation, { paddedLength });
  const steps = compileSteps({
    model: state.model,
    training: { state, options, shapes: buckets.shapes, mixed: mixes(config.augmentation) },
    predictionShapes: differentShapes(validationBatches),
  });
  let progress = input.progress;
  try {
    input.onCompiled?.(steps);
    while (progress.epoch < config.epochs && !isOver(progress, config)) {
      const began = performance.now();
      const batches = batchesOf(progress.epoch + 1);
      progress = await trainEpoch({ ...input, maker }, steps, progress, batches);
      const interrupted = progress.partial.steps < buckets.batches;
      const finished = interrupted
        ? null
        : finishEpoch(
            input,
            (set) => predictBatches(steps, set, validationBatches, set.classes.length),
            progress,
            (performance.now() - began) / 1000,
          );
      progress = finished?.next ?? progress;
      steps.store();
      if (finished !== null) await onEpoch?.(finished.record, progress);
      await onCheckpoint?.(state, progress);
      if (maker.failure !== null) throw maker.failure;
      if (input.signal?.aborted === true) throw new InterruptedError('Training was interrupted.');
    }
  } finally {
    steps.dispose();
    options.classWeights?.dispose();
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
