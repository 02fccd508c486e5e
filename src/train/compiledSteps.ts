// The steps of a run, compiled: training and prediction for every shape of its batches as one TensorFlow graph that
// holds the state. Where that cannot be had, the same steps run eagerly.
import tf from '#tfjs';
import type { Batch, BatchShape } from '../data/index.js';
import { CaptureError, compile, type Entry, type Program, type TensorSpec } from '../engine/index.js';
import {
  predictStep,
  toTensors,
  trainStep,
  type BatchTensors,
  type StepMetrics,
  type StepOptions,
  type TrainingState,
} from './step.js';

/** What to compile. */
export interface StepsSource {
  readonly model: tf.LayersModel;
  /** Absent where nothing is trained. */
  readonly training?: {
    readonly state: TrainingState;
    readonly options: StepOptions;
    readonly shapes: readonly BatchShape[];
    /** Whether batches have partners. Default: false. */
    readonly mixed?: boolean;
  };
  /** Shapes of the batches to predict. */
  readonly predictionShapes: readonly BatchShape[];
}

/** The numbers of a training step, on the host. */
export interface HostStepNumbers {
  readonly learningRate: number;
  /** The number of this update, from 1. */
  readonly step: number;
}

/** Steps that are ready to run. Batches must have one of the shapes that were compiled. */
export interface Steps {
  /** Seconds that compiling took; 0 where steps run eagerly. */
  readonly captureSeconds: number;
  /** Why steps run eagerly although TensorFlow computes, in whole sentences; else null. */
  readonly warning: string | null;
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
    if (!(error instanceof CaptureError)) throw error;
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

function capturedSteps({ model, training, predictionShapes }: StepsSource): Steps {
  const state = [
    ...model.weights.map((weight) => weight.read()),
    ...(training?.state.slots.flat() ?? []),
  ].filter((value): value is tf.Variable => value instanceof tf.Variable);
  const channels = model.inputs[0].shape.at(-1) ?? 0;
  const entries: Record<string, Entry> = {};
  if (training !== undefined) {
    for (const shape of training.shapes)
      entries[nameOf('train', shape)] = trainEntry(shape, channels, training);
  }
  for (const shape of predictionShapes)
    entries[nameOf('predict', shape)] = predictEntry(shape, channels, model);
  const program = compile({ state, entries });
  return {
    captureSeconds: program.captureSeconds,
    warning: null,
    train: (batch, numbers) => {
      const learningRate = tf.scalar(numbers.learningRate);
      const step = tf.scalar(numbers.step);
      const tensors = { ...toTensors(batch), learningRate, step };
      const metrics = program.run(nameOf('train', shapeOf(batch)), tensors);
      tf.dispose(tensors);
      return metrics as unknown as StepMetrics;
    },
    predict: (batch) => {
      const { values, lengths, labels } = toTensors(batch);
      const { logProbabilities } = program.run(nameOf('predict', shapeOf(batch)), { values, lengths });
      tf.dispose([values, lengths, labels]);
      return logProbabilities;
    },
    store: () => {
      storeState(program, state);
    },
    dispose: () => {
      program.dispose();
    },
  };
}

function eagerSteps({ model, training }: StepsSource, warning: string | null): Steps {
  return {
    captureSeconds: 0,
    warning,
    train: (batch, numbers) => {
      if (training === undefined) throw new Error('these steps only predict');
      const tensors = toTensors(batch);
      const learningRate = tf.scalar(numbers.learningRate);
      const step = tf.scalar(numbers.step);
      const metrics = trainStep(training.state, tensors, { learningRate, step }, training.options);
      tf.dispose({ ...tensors, learningRate, step });
      return metrics;
    },
    predict: (batch) => tf.tidy(() => predictStep(model, toTensors(batch))),
    store: () => undefined,
    dispose: () => undefined,
  };
}

function trainEntry(
  shape: BatchShape,
  channels: number,
  { state, options, mixed = false }: NonNullable<StepsSource['training']>,
): Entry {
  const scalar: TensorSpec = { shape: [], dtype: 'float32' };
  const labels: TensorSpec = { shape: [shape.rows], dtype: 'int32' };
  const partners: Record<string, TensorSpec> = mixed
    ? { partnerLabels: labels, partnerShares: { shape: [shape.rows], dtype: 'float32' } }
    : {};
  return {
    inputs: { ...batchSpecs(shape, channels), labels, ...partners, learningRate: scalar, step: scalar },
    run: (inputs) => {
      const learningRate = inputs.learningRate as tf.Scalar;
      const step = inputs.step as tf.Scalar;
      return { ...trainStep(state, inputs as unknown as BatchTensors, { learningRate, step }, options) };
    },
  };
}

function predictEntry(shape: BatchShape, channels: number, model: tf.LayersModel): Entry {
  return {
    inputs: batchSpecs(shape, channels),
    run: (inputs) => ({ logProbabilities: predictStep(model, inputs as unknown as BatchTensors) }),
  };
}

function batchSpecs({ rows, time }: BatchShape, channels: number): Record<'values' | 'lengths', TensorSpec> {
  return {
    values: { shape: [rows, time, channels], dtype: 'float32' },
    lengths: { shape: [rows, 1], dtype: 'int32' },
  };
}

function nameOf(purpose: 'train' | 'predict', { rows, time }: BatchShape): string {
  return `${purpose} ${rows}×${time}`;
}

function shapeOf({ shape: [rows, time] }: Batch): BatchShape {
  return { rows, time };
}

function storeState(program: Program, variables: readonly tf.Variable[]): void {
  const values = program.readState();
  for (const variable of variables) variable.assign(values[variable.name]);
  tf.dispose(values);
}
