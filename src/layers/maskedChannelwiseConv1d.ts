// A convolution that sees each channel of a recording alone, with filters that all channels share.
import tf from '#tfjs';
import { conv1d, maskSteps } from '../engine/kernels/index.js';
import { assertCounts } from './convolutionLength.js';
import { initializerConfig, toInitializer, type Initializer, type InitializerArg } from './initializers.js';
import { lengthsFromMask, maskFromLengths } from './mask.js';
import {
  channelsOf,
  MaskedLayer,
  weight,
  type Inputs,
  type Kwargs,
  type MaskedLayerArgs,
} from './maskedLayer.js';

export interface MaskedChannelwiseConv1dArgs extends MaskedLayerArgs {
  /** Number of filters, each of which is applied to each channel. */
  filters: number;
  /** Steps that the kernel covers. */
  kernelSize: number;
  /** Whether a bias is added. Default: true. */
  useBias?: boolean;
  /** Default: `glorotUniform`. */
  kernelInitializer?: InitializerArg;
  /** Default: `zeros`. */
  biasInitializer?: InitializerArg;
}

export class MaskedChannelwiseConv1d extends MaskedLayer {
  static readonly className = 'MaskedChannelwiseConv1d';
  private readonly filters: number;
  private readonly kernelSize: number;
  private readonly useBias: boolean;
  private readonly kernelInitializer: Initializer;
  private readonly biasInitializer: Initializer;
  private kernel: tf.LayerVariable | undefined;
  private bias: tf.LayerVariable | undefined;
  /** Channels of the input. */
  private channels = 0;

  constructor(args: MaskedChannelwiseConv1dArgs) {
    const { filters, kernelSize, useBias = true, kernelInitializer, biasInitializer, ...layerArgs } = args;
    super(layerArgs);
    assertCounts({ filters, kernelSize }, this.name);
    this.filters = filters;
    this.kernelSize = kernelSize;
    this.useBias = useBias;
    this.kernelInitializer = toInitializer(kernelInitializer ?? 'glorotUniform');
    this.biasInitializer = toInitializer(biasInitializer ?? 'zeros');
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    this.channels = channelsOf(inputShape, this.name);
    const shape = [this.kernelSize, 1, this.filters];
    this.kernel = this.addWeight('kernel', shape, 'float32', this.kernelInitializer);
    if (this.useBias) this.bias = this.addWeight('bias', [this.filters], 'float32', this.biasInitializer);
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [batch, time] = inputShape as tf.Shape;
    return [batch, time === null ? null : time * channelsOf(inputShape, this.name), this.filters];
  }

  override call(inputs: Inputs, kwargs: Kwargs): tf.Tensor {
    return tf.tidy(() => {
      const { x, mask } = this.read(inputs, kwargs);
      const [batch, time, channels] = x.shape;
      const steps = time * channels;
      const outputMask = mask === null ? null : this.outputMask(mask);
      const kernel = tf.reshape<tf.Rank.R3>(weight(this.kernel), [1, this.kernelSize, this.filters]);
      // A convolution of one step, of what the window sees as channels, is twice as fast as a dilated one of one channel.
      const y = conv1d(this.windows(tf.reshape(maskSteps(x, mask), [batch, steps, 1]), channels), kernel, {
        window: { left: 0, steps, stride: 1, dilation: 1 },
        masks: outputMask === null ? null : { input: outputMask, output: outputMask },
      });
      return this.bias === undefined ? y : maskSteps(tf.add<tf.Tensor3D>(y, this.bias.read()), outputMask);
    });
  }

  /** What the kernel sees at each place, `[batch, time · channels, kernelSize]`; a step is `channels` places further. */
  private windows(x: tf.Tensor3D, channels: number): tf.Tensor3D {
    const before = Math.floor((this.kernelSize - 1) / 2);
    const after = this.kernelSize - 1 - before;
    const padded = tf.pad(x, [[0, 0], [before * channels, after * channels], [0, 0]]); // prettier-ignore
    const moved = Array.from({ length: this.kernelSize }, (_, k) =>
      tf.slice(padded, [0, k * channels, 0], [-1, x.shape[1], -1]),
    );
    return tf.concat(moved, 2);
  }

  /** Multiply-accumulates for one recording of `time` steps. */
  multiplyAccumulates(inputShape: tf.Shape, time: number): number {
    return time * channelsOf(inputShape, this.name) * this.kernelSize * this.filters;
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { filters, kernelSize, useBias } = this;
    return {
      ...{ ...super.getConfig(), filters, kernelSize, useBias },
      kernelInitializer: initializerConfig(this.kernelInitializer),
      biasInitializer: initializerConfig(this.biasInitializer),
    };
  }

  /** Every channel of a valid step is a valid step. */
  protected override outputMask(mask: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => {
      const lengths: tf.Tensor1D = tf.mul(lengthsFromMask(mask), tf.scalar(this.channels, 'int32'));
      return maskFromLengths(lengths, mask.shape[1] * this.channels);
    });
  }
}
tf.serialization.registerClass(MaskedChannelwiseConv1d);

/**
 * Convolution over time of each channel alone, with filters that all channels share: `y[b, t · channels + c, f] =
 * Σₖ x[b, t + k - floor((kernelSize - 1) / 2), c] · kernel[k, 0, f] + bias[f]`. What comes out is a longer sequence, the
 * channels of a step one after another, so that a normalisation takes its statistics over all of them;
 * `maskedMergeSteps({ steps: channels })` puts them side by side.
 *
 * Input: `[batch, time, channels]`. Kernel: `[kernelSize, 1, filters]`. Output: `[batch, time · channels, filters]`; a
 * recording of n valid steps leaves `n · channels`, and padded ones are 0.
 *
 * @throws UserError when an argument is no positive integer
 */
export function maskedChannelwiseConv1d(args: MaskedChannelwiseConv1dArgs): MaskedChannelwiseConv1d {
  return new MaskedChannelwiseConv1d(args);
}
