// A gate for each step from that step alone, as a contrast to gates that see the whole recording: a 1×1 convolution, or
// the bottleneck of squeeze and excitation without its squeeze (Hu et al. 2018, arXiv:1709.01507, "NoSqueeze").
import tf from '#tfjs';
import { z } from 'zod';
import {
  conv1d,
  gates,
  maskSteps,
  scaleValues,
  activate,
  type Activation,
  type Gate,
} from '../../engine/kernels/index.js';
import { channelsOf, weight, type MaskedInput } from '../maskedLayer.js';
import { AttentionLayer, type Attended, type AttentionLayerArgs } from './attentionLayer.js';
import { activationOption, hiddenUnits, isSaidOnce, saidTwice } from './bottleneck.js';
import { gateOption } from './squeezeExcite.js';

export const localGateOptions = z
  .strictObject({
    ratio: z
      .number()
      .positive()
      .optional()
      .describe(
        'Two convolutions with max(1, floor(channels / ratio)) channels between. Default: one, channels to channels.',
      ),
    hidden: z.int().min(1).optional().describe('Channels between two convolutions, instead of a ratio.'),
    gate: gateOption,
    activation: activationOption,
    bias: z.boolean().default(false).describe('Whether the convolutions have a bias.'),
  })
  .refine(isSaidOnce, saidTwice);

export interface LocalGate1dArgs extends AttentionLayerArgs {
  /** Two convolutions with `max(1, floor(channels / ratio))` channels between them. Default: one, channels to channels. */
  ratio?: number;
  /** Channels between two convolutions, instead of a ratio. */
  hidden?: number;
  /** Default: `sigmoid`. */
  gate?: Gate;
  /** What is applied between two convolutions. Default: `relu`. */
  activation?: Activation;
  /** Whether the convolutions have a bias. Default: false. */
  bias?: boolean;
}

/** A 1×1 convolution's weights. */
interface Pointwise {
  readonly kernel: tf.LayerVariable;
  readonly bias: tf.LayerVariable | null;
}

export class LocalGate1d extends AttentionLayer<typeof localGateOptions> {
  static readonly className = 'LocalGate1d';
  private convolutions: Pointwise[] = [];

  constructor(args: LocalGate1dArgs = {}) {
    super(args, localGateOptions);
  }

  /** Channels between two convolutions, null where there is one. */
  hiddenUnits(channels: number): number | null {
    const { ratio, hidden } = this.options;
    return ratio === undefined && hidden === undefined ? null : hiddenUnits(this.options, channels);
  }

  /** Channels from convolution to convolution. */
  private widths(channels: number): number[] {
    const hidden = this.hiddenUnits(channels);
    return [channels, ...(hidden === null ? [] : [hidden]), channels];
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const widths = this.widths(channelsOf(inputShape, this.name));
    this.convolutions = widths.slice(1).map((width, i) => ({
      kernel: this.makeWeight(`kernel${i + 1}`, [1, widths[i], width], this.kernel(`kernel${i + 1}`)),
      bias: this.options.bias ? this.makeWeight(`bias${i + 1}`, [width], tf.initializers.zeros()) : null,
    }));
    super.build(inputShape);
  }

  protected override attend({ x, mask }: MaskedInput): Attended {
    const { gate, activation } = this.options;
    const window = { left: 0, steps: x.shape[1], stride: 1, dilation: 1 };
    const masks = mask === null ? null : { input: mask, output: mask };
    const logits = this.convolutions.reduce((values, { kernel, bias }, i) => {
      const input = i === 0 ? values : activate(values, activation);
      const y = conv1d(input, weight(kernel) as tf.Tensor3D, { window, masks });
      return bias === null ? y : maskSteps(tf.add<tf.Tensor3D>(y, bias.read()), mask);
    }, x);
    const values = maskSteps(gates[gate](logits) as tf.Tensor3D, mask);
    return { y: scaleValues(x, values, mask), gates: () => ({ values: tf.clone(values) }) };
  }

  multiplyAccumulates(inputShape: tf.Shape, time: number): number {
    const channels = channelsOf(inputShape, this.name);
    const widths = this.widths(channels);
    const products = widths.slice(1).reduce((sum, width, i) => sum + widths[i] * width, 0);
    return (products + channels) * time;
  }
}
tf.serialization.registerClass(LocalGate1d);

/**
 * Local gates: `y[b, t] = x[b, t] · g(x[b, t]·W)`, or `g(f(x[b, t]·W₁)·W₂)` with a `ratio` or `hidden`, which has the
 * parameters of squeeze and excitation.
 *
 * Input and output: `[batch, time, channels]`. W `[1, channels, channels]`.
 */
export function localGate1d(args: LocalGate1dArgs = {}): LocalGate1d {
  return new LocalGate1d(args);
}
