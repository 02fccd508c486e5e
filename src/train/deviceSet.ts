// A set of recordings on the device: its values are moved there once, and a batch is picked out of them by where its rows begin
// and end, which the host looks up.
import tf from '#tfjs';
import { isInMemory, lengthOf, placementOf, type Recordings } from '../data/index.js';
import { freeCardBytes, usesCard } from '../engine/index.js';
import type { Config } from './config.js';
import type { SourceSets } from './compiledSteps.js';
import type { BatchTensors } from './step.js';

/**
 * Moves the values of normalised recordings to the device, after a step of zeros, which stands for all that is beyond the end of a
 * row; steps that several windows have are there once. The caller disposes of the variable, float32 `[1 + steps, channels]`.
 */
export function placeValues({ channels, values: of, offsets }: Recordings): tf.Variable<tf.Rank.R2> {
  const values = placementOf(of, offsets).data();
  const steps = new Float32Array(channels + values.length);
  steps.set(values, channels);
  const tensor = tf.tensor2d(steps, [steps.length / channels, channels]);
  const placed = tf.variable<tf.Rank.R2>(tensor, false);
  tensor.dispose();
  return placed;
}

/** What picks rows out of the values of a set, one number each a row. */
export interface RowNumbers {
  /** Its first step among the values as they are placed. */
  readonly first: Int32Array;
  readonly lengths: Int32Array;
  /** Class indices; −1: unknown, or an empty row. */
  readonly labels: Int32Array;
}

/**
 * Looked up on the host: on graphics cards TensorFlow keeps int32 in the memory of the host, and to look them up on the card would wait
 * for it at each step.
 *
 * @param indices which recordings; −1: an empty row
 */
export function rowNumbers(recordings: Recordings, indices: Int32Array): RowNumbers {
  const placement = placementOf(recordings.values, recordings.offsets);
  const first = new Int32Array(indices.length);
  const lengths = new Int32Array(indices.length);
  const labels = new Int32Array(indices.length).fill(-1);
  for (let row = 0; row < indices.length; row++) {
    const i = indices[row];
    if (i < 0) continue;
    first[row] = 1 + placement.first(i);
    lengths[row] = lengthOf(recordings, i);
    labels[row] = recordings.labels[i];
  }
  return { first, lengths, labels };
}

/** Bytes that the sets may take together on the processor, where keeping them with TensorFlow is a second copy of them. */
const onProcessor = 256 * 2 ** 20;

/** On a card at most so many, which are fewer than 2³¹ numbers, and of which the host has copies while they are moved. */
const mostOnCard = 2 ** 32;

/**
 * Bytes that sets may take on the device together: of a card a quarter of what is free, as activations need the most.
 *
 * @param free bytes that are free on the card; null on the processor, and where nothing tells
 */
export function bytesForSets(free: number | null = usesCard() ? freeCardBytes() : null): number {
  return free === null ? onProcessor : Math.min(free / 4, mostOnCard);
}

/**
 * The sets of a run to keep on the device; undefined where they are too large, are not in memory, or change on their way into batches.
 *
 * @param mostBytes default: `bytesForSets`, which asks nvidia-smi where a card computes
 */
export function setsForDevice(
  sets: SourceSets,
  augmentation: Config['train']['augmentation'],
  mostBytes?: number,
): SourceSets | undefined {
  const both = [sets.train, ...(sets.validation === null ? [] : [sets.validation])];
  if (augmentation !== 'none' || !both.every(({ values }) => isInMemory(values))) return undefined;
  const bytes = both.reduce((sum, set) => sum + bytesOnDevice(set), 0);
  return bytes <= (mostBytes ?? bytesForSets()) ? sets : undefined;
}

function bytesOnDevice({ channels, values, offsets }: Recordings): number {
  return 4 * (1 + placementOf(values, offsets).steps) * channels;
}

/**
 * The batch that `makeBatch` makes of these rows, to the bit; a graph can hold it. To be called in `tf.tidy`.
 *
 * @param values as `placeValues` places them
 * @param rows as `rowNumbers` has them, int32: `first` and `lengths` `[batch, 1]`, `labels` `[batch]`
 * @param time steps that the batch is padded to, no fewer than any row has
 */
export function pickBatch<Rows extends { readonly first: tf.Tensor2D; readonly lengths: tf.Tensor2D }>(
  values: tf.Variable<tf.Rank.R2>,
  { first, ...rows }: Rows,
  time: number,
): Omit<Rows, 'first'> & Pick<BatchTensors, 'values'> {
  const steps = tf.tensor2d(
    Int32Array.from({ length: time }, (_, t) => t),
    [1, time],
    'int32',
  );
  // Beyond a recording's end, the first step of all, which is 0.
  const places = tf.where(tf.less(steps, rows.lengths), tf.add(first, steps), tf.zerosLike(steps));
  return { ...rows, values: tf.gather<tf.Tensor3D>(values as unknown as tf.Tensor3D, places) };
}
