// The steps of a run as entries of a program, one for each shape of batches.
import tf from '#tfjs';
import type { BatchShape } from '../data/index.js';
import type { Entry, TensorSpec } from '../engine/index.js';
import type { Training } from './compiledSteps.js';
import { pickBatch } from './deviceSet.js';
import { addGradients, applySums, inParts, partRows } from './microBatches.js';
import type { StepNumbers } from './optimizers.js';
import { predictStep, trainStep, type BatchTensors } from './step.js';

/** Values of a set on the device, `[1 + steps, channels]`. */
type DeviceValues = tf.Variable<tf.Rank.R2>;

/** Steps of one call at most: beyond, the time that a call takes by itself is nothing to that of its steps. */
export const mostSteps = 32;

/** The entries of training for all shapes. */
export function trainEntries(
  training: Training,
  channels: number,
  sums: readonly tf.Variable[],
  set?: DeviceValues,
): Record<string, Entry> {
  const { state, options, shapes, parts = 1 } = training;
  if (!inParts(training)) {
    return Object.fromEntries(
      shapes.map((shape) => [nameOf('train', shape), trainEntry(shape, channels, training, set)]),
    );
  }
  const ofParts = shapes.map(({ rows, time }): [string, Entry] => {
    const shape = { rows: partRows(rows, parts), time };
    const inputs = { ...labelledSpecs(shape, channels, training), share: scalar };
    const run: Entry['run'] = ({ share, ...batch }) => ({
      ...addGradients(state, sums, batch as unknown as BatchTensors, share as tf.Scalar, options),
    });
    return [nameOf('train', shape), { inputs, run }];
  });
  const update: Entry = {
    inputs: { learningRate: scalar, step: scalar },
    run: ({ learningRate, step }) => {
      applySums(state, sums, { learningRate, step } as StepNumbers, options);
      return { step: tf.clone(step) };
    },
  };
  return { ...Object.fromEntries(ofParts), update };
}

const scalar: TensorSpec = { shape: [], dtype: 'float32' };

/** Where rows of a batch are, and their labels; see `pickBatch`. */
interface Rows {
  readonly first: tf.Tensor2D;
  readonly lengths: tf.Tensor2D;
}
interface LabelledRows extends Rows {
  readonly labels: tf.Tensor1D;
}

/** @param set where the batch is picked; without one the batch itself is the input */
function trainEntry(shape: BatchShape, channels: number, training: Training, set?: DeviceValues): Entry {
  const { state, options } = training;
  const numbers = { learningRate: scalar, step: scalar };
  const run = (batch: BatchTensors, { learningRate, step }: tf.NamedTensorMap): tf.NamedTensorMap => ({
    ...trainStep(state, batch, { learningRate, step } as StepNumbers, options),
  });
  if (set !== undefined) {
    return {
      inputs: { ...rowSpecs(shape), labels: labelSpec(shape), ...numbers },
      run: ({ first, lengths, labels, ...inputs }) => {
        const rows = { first, lengths, labels } as unknown as LabelledRows;
        return run(pickBatch(set, rows, shape.time), inputs);
      },
      repeat: mostSteps,
    };
  }
  return {
    inputs: { ...labelledSpecs(shape, channels, training), ...numbers },
    run: (inputs) => run(inputs as unknown as BatchTensors, inputs),
  };
}

/** The inputs that are a batch with its labels. */
function labelledSpecs(
  shape: BatchShape,
  channels: number,
  { mixed = false }: Training,
): Record<string, TensorSpec> {
  const labels = labelSpec(shape);
  const partners: Record<string, TensorSpec> = mixed
    ? { partnerLabels: labels, partnerShares: { shape: [shape.rows], dtype: 'float32' } }
    : {};
  return { ...batchSpecs(shape, channels), labels, ...partners };
}

/** @param set as of `trainEntry` */
export function predictEntry(
  shape: BatchShape,
  channels: number,
  model: tf.LayersModel,
  set?: DeviceValues | null,
): Entry {
  if (set) {
    return {
      inputs: rowSpecs(shape),
      run: (rows) => ({
        logProbabilities: predictStep(model, pickBatch(set, rows as unknown as Rows, shape.time)),
      }),
    };
  }
  return {
    inputs: batchSpecs(shape, channels),
    run: (inputs) => ({ logProbabilities: predictStep(model, inputs as unknown as BatchTensors) }),
  };
}

function rowSpecs({ rows }: BatchShape): Record<'first' | 'lengths', TensorSpec> {
  const column: TensorSpec = { shape: [rows, 1], dtype: 'int32' };
  return { first: column, lengths: column };
}

function labelSpec({ rows }: BatchShape): TensorSpec {
  return { shape: [rows], dtype: 'int32' };
}

function batchSpecs({ rows, time }: BatchShape, channels: number): Record<'values' | 'lengths', TensorSpec> {
  return {
    values: { shape: [rows, time, channels], dtype: 'float32' },
    lengths: { shape: [rows, 1], dtype: 'int32' },
  };
}

export function nameOf(purpose: 'train' | 'predict', { rows, time }: BatchShape): string {
  return `${purpose} ${rows}×${time}`;
}
