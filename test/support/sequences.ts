// Batches of sequences with masks for tests of kernels, and how to compare what comes out.
import tf from '#tfjs';
import { maskFromLengths } from '../../src/layers/mask.js';
import { referenceTolerance } from './devices.js';

export interface BatchOptions {
  readonly channels: number;
  readonly lengths: readonly number[];
  /** Padded length. */
  readonly time: number;
  /** What stands in the padding. Default: NaN. */
  readonly fill?: number;
  readonly mean?: number;
  readonly spread?: number;
  readonly seed?: number;
}

/** Normally distributed values, which depend on nothing but seed, lengths and channels, with padding at the end. */
export function paddedBatch(options: BatchOptions): { x: tf.Tensor3D; mask: tf.Tensor2D } {
  const { channels, lengths, time, fill = NaN, mean = 0, spread = 1, seed = 1 } = options;
  const rows = lengths.map((length, row) => {
    const valid = tf.randomNormal<tf.Rank.R2>([length, channels], mean, spread, 'float32', seed + row);
    return tf.concat([valid, tf.fill([time - length, channels], fill)], 0);
  });
  return {
    x: tf.stack(rows) as tf.Tensor3D,
    mask: maskFromLengths(tf.tensor1d([...lengths], 'int32'), time),
  };
}

/** `‖a - b‖` as a share of `1e-5 · ‖b‖ + 1e-6`: below 1 where both are the same but for rounding. */
export function roundingDeviation(a: tf.Tensor, b: tf.Tensor): number {
  if (a.shape.join() !== b.shape.join()) return Infinity;
  if (a.size === 0) return 0;
  return tf
    .div(tf.norm(tf.sub(a, b)), tf.add(tf.mul(referenceTolerance(1e-5), tf.norm(b)), 1e-6))
    .dataSync()[0];
}

/** The values of `x` `[batch, time, channels]` at padded steps. */
export function paddedValues(x: tf.Tensor, lengths: readonly number[]): number[] {
  const rows = (x as tf.Tensor3D).arraySync();
  return rows.flatMap((steps, row) => steps.slice(lengths[row]).flat());
}

/** The values of `x` `[batch, time, channels]` at valid steps. */
export function validValues(x: tf.Tensor, lengths: readonly number[]): number[] {
  const rows = (x as tf.Tensor3D).arraySync();
  return rows.flatMap((steps, row) => steps.slice(0, lengths[row]).flat());
}
