// Batches: recordings put side by side, padded at the end to the longest among them and no further.
import { deriveSeed, permutation } from '../shared/random.js';
import { lengthOf, type Recordings } from './recordings.js';

/** One batch on the host. */
export interface Batch {
  /** Values `[batch, time, channels]`, row by row, 0 beyond a row's length. */
  readonly values: Float32Array;
  /** `[batch, time, channels]`. */
  readonly shape: readonly [number, number, number];
  /** Valid steps of each row, `[batch]`. */
  readonly lengths: Int32Array;
  /** Class index of each row, `[batch]`; -1 where unknown. */
  readonly labels: Int32Array;
  /** Which recordings the rows are. */
  readonly indices: Int32Array;
}

/** The recordings at `indices` as one batch. */
export function makeBatch(recordings: Recordings, indices: ArrayLike<number>): Batch {
  const { channels, values, offsets, labels } = recordings;
  const rows = Int32Array.from(indices);
  const lengths = rows.map((index) => lengthOf(recordings, index));
  const time = lengths.reduce((longest, length) => Math.max(longest, length), 0);
  const padded = new Float32Array(rows.length * time * channels);
  for (const [row, index] of rows.entries()) {
    const block = values.subarray(offsets[index] * channels, offsets[index + 1] * channels);
    padded.set(block, row * time * channels);
  }
  return {
    values: padded,
    shape: [rows.length, time, channels],
    lengths,
    labels: rows.map((index) => labels[index]),
    indices: rows,
  };
}

/**
 * The batches of one epoch of training: the numbers 0 … n-1 in an order drawn for that seed and epoch, cut into
 * pieces of `batchSize`. The last piece may be smaller; none is dropped.
 */
export function epochOrder(n: number, batchSize: number, seed: number, epoch: number): Int32Array[] {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`The batch size is ${batchSize}, expected a whole number from 1.`);
  }
  const order = permutation(n, deriveSeed(seed, 'shuffle', epoch));
  const pieces = Math.ceil(n / batchSize);
  return Array.from({ length: pieces }, (_, i) => order.subarray(i * batchSize, (i + 1) * batchSize));
}
