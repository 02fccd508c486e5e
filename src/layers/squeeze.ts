// Squeezes by name: how the valid steps of a recording become one number a channel, or two. Global pooling and the
// attention layers share them. All give 0 for a recording without a valid step.
import tf from '#tfjs';
import {
  attendOverTime,
  averageOverTime,
  generalizedMeanOverTime,
  lastOverTime,
  maxOverTime,
  standardDeviationOverTime,
} from '../engine/kernels/index.js';

/** A weight that a squeeze learns. */
export interface LearnedWeight {
  readonly name: string;
  shape(channels: number): number[];
  /** What it begins as, in all its entries. */
  readonly initial: number;
}

export interface Squeeze {
  readonly description: string;
  /** Numbers that come out for each channel. */
  readonly width: 1 | 2;
  readonly learned: LearnedWeight | null;
  /** Multiply-accumulates for each value that goes in. A sum has none. */
  readonly products: number;
  /**
   * @param x `[batch, time, channels]`
   * @param mask bool `[batch, time]`, or null when every step is valid
   * @param learned the value of the learned weight, if there is one
   * @returns `[batch, channels · width]`
   */
  apply(x: tf.Tensor3D, mask: tf.Tensor2D | null, learned: tf.Tensor | null): tf.Tensor2D;
}

export const squeezeNames = [
  ...(['average', 'max', 'average+max-sum', 'average+max-concat'] as const),
  ...(['std', 'gem', 'last', 'attentive'] as const),
];

export type SqueezeName = (typeof squeezeNames)[number];

/** The squeezes by name. */
export const squeezes: Readonly<Record<SqueezeName, Squeeze>> = {
  average: plain('Σ m·x / n', averageOverTime),
  max: plain('maximum over valid steps', maxOverTime),
  std: plain('√(Σ m·(x - mean)² / n)', standardDeviationOverTime),
  last: plain('the last valid step', lastOverTime),
  gem: {
    description: '(Σ m·max(x, 1e-6)^p / n)^(1/p), p learned, 3 at first',
    width: 1,
    products: 0,
    learned: { name: 'gem_exponent', shape: () => [1], initial: 3 },
    apply: (x, mask, p) => generalizedMeanOverTime(x, mask, tf.maximum<tf.Tensor1D>(needed(p), 0.01)),
  },
  attentive: {
    description: 'Σ a·x, a the softmax over valid steps of x·v; v learned, 0 at first',
    width: 1,
    products: 2,
    learned: { name: 'attentive_scores', shape: (channels) => [channels, 1], initial: 0 },
    apply: (x, mask, scores) => attendOverTime(x, mask, needed(scores) as tf.Tensor2D).value,
  },
  'average+max-sum': plain('average + maximum', (x, mask) =>
    tf.add(averageOverTime(x, mask), maxOverTime(x, mask)),
  ),
  'average+max-concat': {
    ...plain('average and maximum side by side', (x, mask) =>
      tf.concat([averageOverTime(x, mask), maxOverTime(x, mask)], 1),
    ),
    width: 2,
  },
};

/** A squeeze that learns nothing. */
function plain(description: string, apply: Squeeze['apply']): Squeeze {
  return { description, width: 1, learned: null, products: 0, apply };
}

function needed(learned: tf.Tensor | null): tf.Tensor {
  if (learned === null) throw new Error('The squeeze is used before its layer is built.');
  return learned;
}
