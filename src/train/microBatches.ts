// A step whose batch is computed in parts, one after another, so that it needs the memory of a part: the gradients of the parts
// are summed, and the parameters are updated once.
import tf from '#tfjs';
import type { Batch } from '../data/index.js';
import type { HostStepNumbers, Steps, Training } from './compiledSteps.js';
import type { StepNumbers } from './optimizers.js';
import {
  applyGradients,
  lossAndGradients,
  type BatchTensors,
  type StepMetrics,
  type StepOptions,
  type TrainingState,
} from './step.js';

/** Rows of each of the parts of a batch. */
export function partRows(rows: number, parts: number): number {
  return Math.ceil(rows / parts);
}

/** A part of a batch. */
export interface MicroBatch {
  readonly batch: Batch;
  /** Of the loss of the whole batch in that of the part: what its rows weigh in all. */
  readonly share: number;
}

/**
 * The rows of a batch in parts of equally many rows; empty rows fill the last one up. The losses of the parts, each times its
 * share, add up to the loss of the batch.
 *
 * @param classWeights one weight a class; by default all are 1
 */
export function microBatches(batch: Batch, parts: number, classWeights?: ArrayLike<number>): MicroBatch[] {
  const [rows, time, channels] = batch.shape;
  const size = partRows(rows, parts);
  const weightOf = (label: number): number => (label < 0 ? 0 : (classWeights?.[label] ?? 1));
  const weights = Array.from(batch.labels, (label, row) => {
    const { partners } = batch;
    const share = label < 0 ? 0 : (partners?.shares[row] ?? 0);
    return (1 - share) * weightOf(label) + share * weightOf(partners?.labels[row] ?? -1);
  });
  const sum = (list: readonly number[]): number => list.reduce((total, weight) => total + weight, 0);
  const all = sum(weights);
  return Array.from({ length: Math.ceil(rows / size) }, (_, i) => {
    const [from, to] = [i * size, Math.min(rows, (i + 1) * size)];
    const values = new Float32Array(size * time * channels);
    values.set(batch.values.subarray(from * time * channels, to * time * channels));
    const part = (entries: Int32Array, fill: number): Int32Array => {
      const own = new Int32Array(size).fill(fill);
      own.set(entries.subarray(from, to));
      return own;
    };
    const shares = new Float32Array(size);
    if (batch.partners !== undefined) shares.set(batch.partners.shares.subarray(from, to));
    return {
      batch: {
        values,
        shape: [size, time, channels],
        lengths: part(batch.lengths, 0),
        labels: part(batch.labels, -1),
        indices: part(batch.indices, -1),
        ...(batch.partners && { partners: { labels: part(batch.partners.labels, -1), shares } }),
      },
      share: all === 0 ? 0 : sum(weights.slice(from, to)) / all,
    };
  });
}

/** Sums of gradients, one for each parameter, 0 between steps. */
export function createSums({ parameters }: TrainingState): tf.Variable[] {
  return parameters.map(({ shape }) => tf.variable(tf.zeros(shape), false));
}

/** Adds the gradients of a part to the sums. The loss it tells is the part's contribution to that of the batch. */
export function addGradients(
  state: TrainingState,
  sums: readonly tf.Variable[],
  batch: BatchTensors,
  share: tf.Scalar,
  options: StepOptions,
): StepMetrics {
  return tf.tidy(() => {
    const { loss, correct, gradients } = lossAndGradients(state, batch, options);
    for (const [i, gradient] of gradients.entries()) sums[i].assign(tf.add(sums[i], tf.mul(gradient, share)));
    return { loss: tf.mul<tf.Scalar>(loss, share), correct };
  });
}

/** Updates the state by the sums, and sets these to 0. */
export function applySums(
  state: TrainingState,
  sums: readonly tf.Variable[],
  numbers: StepNumbers,
  options: StepOptions,
): void {
  tf.tidy(() => {
    applyGradients(state, sums, numbers, options);
    for (const sum of sums) sum.assign(tf.zerosLike(sum));
  });
}

/** What a step tells that was computed in parts. */
function sumMetrics(parts: readonly StepMetrics[]): StepMetrics {
  const total = (scalars: tf.Scalar[]): tf.Scalar => tf.tidy(() => tf.sum<tf.Scalar>(tf.stack(scalars)));
  const metrics = {
    loss: total(parts.map(({ loss }) => loss)),
    correct: total(parts.map(({ correct }) => correct)),
  };
  for (const { loss, correct } of parts) tf.dispose([loss, correct]);
  return metrics;
}

/** Whether steps are computed in parts. */
export function inParts({ parts = 1 }: Training): boolean {
  return parts > 1;
}

/** A step in parts, from what one part does and from the update at its end. */
export function trainInParts(
  { parts = 1, options: { classWeights } }: Training,
  add: (batch: Batch, share: number) => StepMetrics,
  update: (numbers: HostStepNumbers) => void,
): Steps['train'] {
  const weights = classWeights?.dataSync<'float32'>();
  return (batch, numbers) => {
    const metrics = microBatches(batch, parts, weights).map((part) => add(part.batch, part.share));
    update(numbers);
    return sumMetrics(metrics);
  };
}
