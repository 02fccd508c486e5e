// A set of recordings on the device: its values are moved there once, and a batch is picked out of them by the numbers of its
// recordings alone.
import tf from '#tfjs';
import { allValues, count, isInMemory, lengthOf, type Recordings } from '../data/index.js';
import type { Config } from './config.js';
import type { SourceSets } from './compiledSteps.js';
import type { BatchTensors } from './step.js';

/** Normalised recordings in two variables, each beginning with an empty recording, which stands for an empty row. */
export interface DeviceSet {
  /** float32 `[1 + steps, channels]`; the first step is 0. */
  readonly values: tf.Variable<tf.Rank.R2>;
  /** int32 `[1 + recordings, 3]`: first step, number of steps, class index (−1: unknown). */
  readonly rows: tf.Variable<tf.Rank.R2>;
}

/** Moves a set to the device; the caller disposes of it. */
export function placeSet(recordings: Recordings): DeviceSet {
  const { channels, offsets, labels } = recordings;
  const values = allValues(recordings);
  const steps = new Float32Array(channels + values.length);
  steps.set(values, channels);
  const rows = new Int32Array(3 * (1 + count(recordings)));
  rows[2] = -1;
  for (let i = 0; i < count(recordings); i++) {
    rows.set([1 + offsets[i], lengthOf(recordings, i), labels[i]], 3 * (1 + i));
  }
  const variable = (tensor: tf.Tensor2D): tf.Variable<tf.Rank.R2> => {
    const placed = tf.variable<tf.Rank.R2>(tensor, false);
    tensor.dispose();
    return placed;
  };
  return {
    values: variable(tf.tensor2d(steps, [steps.length / channels, channels])),
    rows: variable(tf.tensor2d(rows, [rows.length / 3, 3], 'int32')),
  };
}

/** Sets are kept on the device up to so many bytes together. */
const mostBytes = 256 * 2 ** 20;

/**
 * The sets of a run to keep on the device; undefined where they are too large, are not in memory, or change on their way into batches.
 */
export function setsForDevice(
  sets: SourceSets,
  augmentation: Config['train']['augmentation'],
): SourceSets | undefined {
  const both = [sets.train, ...(sets.validation === null ? [] : [sets.validation])];
  if (augmentation !== 'none' || !both.every(({ values }) => isInMemory(values))) return undefined;
  const bytes = both.reduce((sum, set) => sum + bytesOnDevice(set), 0);
  return bytes <= mostBytes ? sets : undefined;
}

function bytesOnDevice({ channels, offsets, labels }: Recordings): number {
  return 4 * ((1 + offsets[labels.length]) * channels + 3 * (1 + labels.length));
}

/**
 * The batch that `makeBatch` makes of these recordings, to the bit; a graph can hold it. To be called in `tf.tidy`.
 *
 * @param indices which recordings, int32 `[batch]`; −1: an empty row
 * @param time steps that the batch is padded to, no fewer than any of them has
 */
export function pickBatch({ values, rows }: DeviceSet, indices: tf.Tensor1D, time: number): BatchTensors {
  const [first, lengths, labels] = tf.split<tf.Tensor2D>(tf.gather(rows, tf.add(indices, one())), 3, 1);
  const steps = tf.tensor2d(
    Int32Array.from({ length: time }, (_, t) => t),
    [1, time],
    'int32',
  );
  // Beyond a recording's end, the first step of all, which is 0.
  const places = tf.where(tf.less(steps, lengths), tf.add(first, steps), tf.zerosLike(steps));
  return {
    values: tf.gather<tf.Tensor3D>(values as unknown as tf.Tensor3D, places),
    lengths,
    labels: tf.squeeze<tf.Tensor1D>(labels, [1]),
  };
}

function one(): tf.Scalar {
  return tf.scalar(1, 'int32');
}
