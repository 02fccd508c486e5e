// Efficient channel attention (Wang et al. 2020, arXiv:1910.03151): the gate of a channel comes from the averages of its
// neighbours among the channels, by a small convolution over them.
import tf from '#tfjs';
import { z } from 'zod';
import { averageOverTime, conv1d, gates, scaleChannels, type Gate } from '../../engine/kernels/index.js';
import { channelsOf, weight, type MaskedInput } from '../maskedLayer.js';
import { AttentionLayer, type Attended, type AttentionLayerArgs } from './attentionLayer.js';
import { gateOption } from './squeezeExcite.js';

export const ecaOptions = z.strictObject({
  kernelSize: z
    .int()
    .min(1)
    .refine((size) => size % 2 === 1, {
      error: ({ input }) => `expected an odd number, found ${String(input)}`,
    })
    .optional()
    .describe(
      'Channels that a gate sees, odd. Default: floor((log2(channels) + 1) / 2), one more where even, at least 3.',
    ),
  gate: gateOption,
});

export interface Eca1dArgs extends AttentionLayerArgs {
  /** Channels that a gate sees, odd. Default: `⌊(log₂ channels + 1) / 2⌋`, the next odd number where that is even, at least 3. */
  kernelSize?: number;
  /** Default: `sigmoid`. */
  gate?: Gate;
}

export class Eca1d extends AttentionLayer<typeof ecaOptions> {
  static readonly className = 'Eca1d';
  private channelKernel: tf.LayerVariable | undefined;

  constructor(args: Eca1dArgs = {}) {
    super(args, ecaOptions);
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const size = this.kernelSize(channelsOf(inputShape, this.name));
    this.channelKernel = this.makeWeight('kernel', [size, 1, 1], this.kernel('kernel'));
    super.build(inputShape);
  }

  /** The published default grows with the logarithm of the channels. */
  private kernelSize(channels: number): number {
    if (this.options.kernelSize !== undefined) return this.options.kernelSize;
    const size = Math.floor((Math.log2(channels) + 1) / 2);
    return Math.max(3, size % 2 === 1 ? size : size + 1);
  }

  protected override attend({ x, mask }: MaskedInput): Attended {
    const kernel = weight(this.channelKernel) as tf.Tensor3D;
    const averages = tf.expandDims<tf.Tensor3D>(averageOverTime(x, mask), 2);
    const window = { left: (kernel.shape[0] - 1) / 2, steps: averages.shape[1], stride: 1, dilation: 1 };
    const logits = tf.squeeze<tf.Tensor2D>(conv1d(averages, kernel, { window, masks: null }), [2]);
    const channel = gates[this.options.gate](logits) as tf.Tensor2D;
    return { y: scaleChannels(x, channel, mask), gates: () => ({ channel: tf.clone(channel) }) };
  }

  multiplyAccumulates(inputShape: tf.Shape, time: number): number {
    const channels = channelsOf(inputShape, this.name);
    return channels * this.kernelSize(channels) + channels * time;
  }
}
tf.serialization.registerClass(Eca1d);

/**
 * Masked efficient channel attention: `y = x · g(Σⱼ w[j] · z[c + j - (k-1)/2])`, z the average of each channel over valid
 * steps, 0 beyond the first and last channel; no bias.
 *
 * Input and output: `[batch, time, channels]`. Kernel: `[kernelSize, 1, 1]`.
 */
export function eca1d(args: Eca1dArgs = {}): Eca1d {
  return new Eca1d(args);
}
