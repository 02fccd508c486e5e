// Batches: recordings put side by side, padded at the end: to the longest among them, or to a shape that others share.
// For training they may be augmented on the way.
import type { Sample } from './augment/augmentation.js';
import type { Augmenter } from './augment/augmenter.js';
import type { BatchShape } from './buckets.js';
import { type BatchedRecordings, lengthOf, valuesOf } from './recordings.js';

/** One batch on the host. */
export interface Batch {
  /** Values `[batch, time, channels]`, row by row, 0 beyond a row's length. */
  readonly values: Float32Array;
  /** `[batch, time, channels]`. */
  readonly shape: readonly [number, number, number];
  /** Valid steps of each row, `[batch]`; 0 for an empty row. */
  readonly lengths: Int32Array;
  /** Class index of each row, `[batch]`; -1 where unknown and for an empty row. */
  readonly labels: Int32Array;
  /** Which recordings the rows are; -1 for an empty row. */
  readonly indices: Int32Array;
  /** What was mixed into each row; absent unless recordings are mixed. */
  readonly partners?: Partners;
}

/** The recordings that others are mixed with, a row each. */
export interface Partners {
  /** Class index, `[batch]`; -1 where nothing was mixed into the row. */
  readonly labels: Int32Array;
  /** Share of the target, `[batch]`; the rest is that of the row's own label. */
  readonly shares: Float32Array;
}

/** How recordings are changed on their way into a batch. */
export interface BatchAugmentation {
  /** Null changes nothing. */
  readonly augmenter: Augmenter | null;
  /** From 1. */
  readonly epoch: number;
}

/**
 * The recordings at `indices` as one batch.
 *
 * @param shape by default as many rows as indices, and the steps of the longest among them. Further rows are empty: no
 * valid step, no label, no recording
 * @param augmentation an augmentation sees a recording's own steps and may leave fewer of them; it never sees padding
 * @throws RangeError when a recording is longer, or there are more of them
 */
export function makeBatch(
  recordings: BatchedRecordings,
  indices: ArrayLike<number>,
  shape: Partial<BatchShape> = {},
  { augmenter, epoch }: BatchAugmentation = { augmenter: null, epoch: 1 },
): Batch {
  const { channels } = recordings;
  const filled = Int32Array.from(indices);
  const steps = filled.map((index) => lengthOf(recordings, index));
  const { rows = filled.length, time = steps.reduce((most, length) => Math.max(most, length), 0) } = shape;
  if (filled.length > rows) {
    throw new RangeError(`${filled.length} recordings do not fit into a batch of ${rows} rows.`);
  }
  const padded = new Float32Array(rows * time * channels);
  const partners =
    augmenter?.mixes === true
      ? { labels: new Int32Array(rows).fill(-1), shares: new Float32Array(rows) }
      : undefined;
  for (const [row, index] of filled.entries()) {
    if (steps[row] > time) {
      throw new RangeError(
        `Recording ${index} has ${steps[row]} steps and does not fit into a batch of ${time} steps.`,
      );
    }
    const block = valuesOf(recordings, index);
    const start = row * time * channels;
    padded.set(block, start);
    if (augmenter === null || block.length === 0) continue;
    const own = padded.subarray(start, start + block.length);
    const sample: Sample = { values: own, partner: null };
    augmenter.augment(sample, index, epoch);
    steps[row] = sample.values.length / channels;
    own.fill(0, sample.values.length);
    if (partners === undefined || sample.partner === null) continue;
    partners.labels[row] = sample.partner.label;
    partners.shares[row] = sample.partner.share;
  }
  return {
    values: padded,
    shape: [rows, time, channels],
    lengths: resized(steps, rows, 0),
    labels: resized(
      filled.map((index) => recordings.labels[index]),
      rows,
      -1,
    ),
    indices: resized(filled, rows, -1),
    ...(partners === undefined ? {} : { partners }),
  };
}

/** The entries with so many behind them that there are `size`. */
function resized(entries: Int32Array, size: number, fill: number): Int32Array {
  const all = new Int32Array(size).fill(fill);
  all.set(entries);
  return all;
}
