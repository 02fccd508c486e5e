// The steps of a run, compiled: training and prediction for every shape of its batches as one TensorFlow graph that
// holds the state. Where that cannot be had, the same steps run eagerly.
import tf from '#tfjs';
import type { Batch, BatchShape, PlannedBatch, Recordings } from '../data/index.js';
import { CaptureError, compile, isOutOfMemory, type Entry, type Program } from '../engine/index.js';
import { placeValues, rowNumbers } from './deviceSet.js';
import { eagerSteps } from './eagerSteps.js';
import { createSums, inParts, trainInParts } from './microBatches.js';
import { mostSteps, nameOf, predictEntry, trainEntries } from './stepEntries.js';
import { toTensors, type StepMetrics, type StepOptions, type TrainingState } from './step.js';

/** What to compile of training. */
export interface Training {
  readonly state: TrainingState;
  readonly options: StepOptions;
  readonly shapes: readonly BatchShape[];
  /** Whether batches have partners. Default: false. */
  readonly mixed?: boolean;
  /** In how many parts, one after another, the gradients of a batch are computed. Default: 1. */
  readonly parts?: number | undefined;
}

/** What to compile. */
export interface StepsSource {
  readonly model: tf.LayersModel;
  /** Absent where nothing is trained. */
  readonly training?: Training;
  /** Shapes of the batches to predict. */
  readonly predictionShapes: readonly BatchShape[];
  /** What batches are picked out of, on the device. Default: none, batches come from the host. */
  readonly sets?: SourceSets | undefined;
}

/** Normalised recordings to keep on the device. */
export interface SourceSets {
  readonly train: Recordings;
  /** The set to predict. */
  readonly validation: Recordings | null;
}

/** The numbers of a training step, on the host. */
export interface HostStepNumbers {
  readonly learningRate: number;
  /** The number of this update, from 1. */
  readonly step: number;
}

/** Steps whose batches are picked out of the sets on the device. */
export interface DeviceSteps {
  /** Steps of one call at most. */
  readonly mostSteps: number;
  /**
   * An update for each of these batches, which have one shape; the metrics are those of each, `[mostSteps]`, and 0 beyond
   * them. The caller disposes of them.
   */
  train(
    batches: readonly PlannedBatch[],
    numbers: readonly HostStepNumbers[],
  ): { readonly loss: tf.Tensor; readonly correct: tf.Tensor };
  /** Log-probabilities `[rows, classes]` of a batch of the validation set; the caller disposes of them. */
  predict(batch: PlannedBatch): tf.Tensor;
}

/** Steps that are ready to run. Batches must have one of the shapes that were compiled. */
export interface Steps {
  /** Seconds that compiling took; 0 where steps run eagerly. */
  readonly captureSeconds: number;
  /** Why steps run eagerly although TensorFlow computes, in whole sentences; else null. */
  readonly warning: string | null;
  /** Where the sets are on the device: steps without batches from the host, which are not compiled then. Else null. */
  readonly device: DeviceSteps | null;
  /** One update; the caller disposes of the metrics. */
  train(batch: Batch, numbers: HostStepNumbers): StepMetrics;
  /** Log-probabilities `[rows, classes]`; the caller disposes of them. */
  predict(batch: Batch): tf.Tensor;
  /** Gives the variables of model and optimizer the values that training has reached. */
  store(): void;
  /** Frees the graph. */
  dispose(): void;
}

export function compileSteps(source: StepsSource): Steps {
  if (tf.getBackend() !== 'tensorflow') return eagerSteps(source, null);
  try {
    return capturedSteps(source);
  } catch (error) {
    // Eagerly steps take more memory, not less.
    if (!(error instanceof CaptureError) || isOutOfMemory(error)) throw error;
    return eagerSteps(source, `Steps run one operation at a time, which is slower. ${error.message}`);
  }
}

/** Where each shape is met more often than this, recording it takes less time than it saves. */
const batchesWorthCapturing = 4;

/** Steps that predict these batches: compiled where that pays, else one operation at a time. */
export function predictionSteps(model: tf.LayersModel, batches: readonly BatchShape[]): Steps {
  const predictionShapes = differentShapes(batches);
  const source = { model, predictionShapes };
  if (batches.length <= batchesWorthCapturing * predictionShapes.length) return eagerSteps(source, null);
  return compileSteps(source);
}

/** The different shapes among batches. */
export function differentShapes(batches: readonly BatchShape[]): BatchShape[] {
  return [...new Map(batches.map(({ rows, time }) => [`${rows} ${time}`, { rows, time }])).values()];
}

function capturedSteps({ model, training, predictionShapes, sets }: StepsSource): Steps {
  const state = [
    ...model.weights.map((weight) => weight.read()),
    ...(training?.state.slots.flat() ?? []),
  ].filter((value): value is tf.Variable => value instanceof tf.Variable);
  const channels = model.inputs[0].shape.at(-1) ?? 0;
  const { train, validation } = placeSets(sets);
  const data = [train, validation].flatMap((values) => values ?? []);
  const sums = training !== undefined && inParts(training) ? createSums(training.state) : [];
  const entries: Record<string, Entry> =
    training === undefined ? {} : trainEntries(training, channels, sums, train);
  for (const shape of predictionShapes)
    entries[nameOf('predict', shape)] = predictEntry(shape, channels, model, validation);
  const program = disposingOf([...data, ...sums], () =>
    compile({ state: [...state, ...sums], data, entries }),
  );
  const runTraining = (
    name: string,
    batch: Batch,
    numbers: Readonly<Record<string, number>>,
  ): StepMetrics => {
    const scalars = Object.fromEntries(
      Object.entries(numbers).map(([key, value]) => [key, tf.scalar(value)]),
    );
    const tensors = { ...toTensors(batch), ...scalars };
    return disposingOf(tensors, () => program.run(name, tensors)) as unknown as StepMetrics;
  };
  const applySummed = (numbers: HostStepNumbers): void => {
    const tensors = { learningRate: tf.scalar(numbers.learningRate), step: tf.scalar(numbers.step) };
    tf.dispose(disposingOf(tensors, () => program.run('update', tensors)));
  };
  return {
    captureSeconds: program.captureSeconds,
    warning: null,
    device: sets === undefined ? null : deviceSteps(program, sets),
    train:
      training !== undefined && inParts(training)
        ? trainInParts(
            training,
            (batch, share) => runTraining(nameOf('train', shapeOf(batch)), batch, { share }),
            applySummed,
          )
        : (batch, numbers) => runTraining(nameOf('train', shapeOf(batch)), batch, { ...numbers }),
    predict: (batch) => {
      const tensors = toTensors(batch);
      const { values, lengths } = tensors;
      const run = () => program.run(nameOf('predict', shapeOf(batch)), { values, lengths });
      return disposingOf({ ...tensors }, run).logProbabilities;
    },
    store: () => {
      storeState(program, state);
    },
    dispose: () => {
      program.dispose();
    },
  };
}

/** Moves the values of both sets to the device, or of neither. */
function placeSets(sets: SourceSets | undefined): {
  train?: tf.Variable<tf.Rank.R2>;
  validation?: tf.Variable<tf.Rank.R2> | null;
} {
  if (sets === undefined) return {};
  const train = placeValues(sets.train);
  try {
    return { train, validation: sets.validation && placeValues(sets.validation) };
  } catch (error) {
    train.dispose();
    throw error;
  }
}

function deviceSteps(program: Program, sets: SourceSets): DeviceSteps {
  return {
    mostSteps,
    train: (batches, numbers) => {
      const { rows } = batches[0];
      const indices = new Int32Array(mostSteps * rows).fill(-1);
      const column = (key: keyof HostStepNumbers): tf.Tensor1D =>
        tf.tensor1d(Float32Array.from({ length: mostSteps }, (_, i) => numbers.at(i)?.[key] ?? 0));
      for (const [i, batch] of batches.entries()) indices.set(batch.indices, i * rows);
      const { first, lengths, labels } = rowNumbers(sets.train, indices);
      const tensors = {
        first: tf.tensor3d(first, [mostSteps, rows, 1], 'int32'),
        lengths: tf.tensor3d(lengths, [mostSteps, rows, 1], 'int32'),
        labels: tf.tensor2d(labels, [mostSteps, rows], 'int32'),
        learningRate: column('learningRate'),
        step: column('step'),
      };
      const run = () => program.run(nameOf('train', batches[0]), tensors, batches.length);
      const { loss, correct } = disposingOf(tensors, run);
      return { loss, correct };
    },
    predict: (batch) => {
      if (sets.validation === null) throw new Error('there is no set to predict');
      const indices = new Int32Array(batch.rows).fill(-1);
      indices.set(batch.indices);
      const { first, lengths } = rowNumbers(sets.validation, indices);
      const column = (numbers: Int32Array) => tf.tensor2d(numbers, [batch.rows, 1], 'int32');
      const tensors = { first: column(first), lengths: column(lengths) };
      return disposingOf(tensors, () => program.run(nameOf('predict', batch), tensors)).logProbabilities;
    },
  };
}

/** Disposes of tensors once something was done with them, whether it succeeded or not. */
function disposingOf<Result>(tensors: tf.TensorContainer, act: () => Result): Result {
  try {
    return act();
  } finally {
    tf.dispose(tensors);
  }
}

function shapeOf({ shape: [rows, time] }: Batch): BatchShape {
  return { rows, time };
}

function storeState(program: Program, variables: readonly tf.Variable[]): void {
  const values = program.readState();
  for (const variable of variables) variable.assign(values[variable.name]);
  tf.dispose(values);
}
