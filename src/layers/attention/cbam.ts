// The convolutional block attention module (Woo et al. 2018, arXiv:1807.06521): gates of channels from their average and
// maximum, then gates of steps from the result.
import tf from '#tfjs';
import {
  averageOverTime,
  excite,
  maskSteps,
  maxOverTime,
  scaleChannels,
  scaleValues,
} from '../../engine/kernels/index.js';
import { channelsOf, type MaskedInput } from '../maskedLayer.js';
import { AttentionLayer, built, type Attended, type AttentionLayerArgs } from './attentionLayer.js';
import type { GateRange } from './gates.js';
import {
  addBottleneck,
  biasOption,
  bottleneckOptions,
  hiddenUnits,
  readBottleneck,
  type BottleneckWeights,
} from './bottleneck.js';
import {
  addTemporalGate,
  temporalGate,
  temporalGateOptions,
  type TemporalGateWeights,
} from './temporalGate.js';

export const cbamOptions = bottleneckOptions({ bias: biasOption(true), ...temporalGateOptions });

export interface Cbam1dArgs extends AttentionLayerArgs {
  /** Reduction ratio r: the bottleneck has `max(1, floor(channels / r))` units. Default: 16. Not with `hidden`. */
  ratio?: number;
  /** Units of the bottleneck, instead of a ratio. */
  hidden?: number;
  /** Whether both layers of the bottleneck have a bias. Default: true, as published. */
  bias?: boolean;
  /** Steps that the gate of a step sees. Default: 7. */
  kernelSize?: number;
  /** Whether batch norm follows the convolution over time (the published code), or a bias (the paper). Default: true. */
  normalize?: boolean;
}

export class Cbam1d extends AttentionLayer<typeof cbamOptions> {
  static readonly className = 'Cbam1d';
  private bottleneck: BottleneckWeights | undefined;
  private temporal: TemporalGateWeights | undefined;

  constructor(args: Cbam1dArgs = {}) {
    super(args, cbamOptions);
  }

  /** Units of the bottleneck for that many channels. */
  hiddenUnits(channels: number): number {
    return hiddenUnits(this.options, channels);
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const channels = channelsOf(inputShape, this.name);
    this.bottleneck = addBottleneck(
      this.makeWeight,
      { inputs: channels, hidden: this.hiddenUnits(channels), outputs: channels, bias: this.options.bias },
      { reduction: this.kernel('reduction'), expansion: this.kernel('expansion') },
    );
    this.temporal = addTemporalGate(this.makeWeight, this.options, this.kernel('temporal'));
    super.build(inputShape);
  }

  protected override attend({ x, mask }: MaskedInput, training: boolean): Attended {
    const steps = maskSteps(x, mask);
    const bottleneck = readBottleneck(this.bottleneck);
    const logits = [averageOverTime(steps, mask), maxOverTime(steps, mask)].map((z) => excite(z, bottleneck));
    const channel: tf.Tensor2D = tf.sigmoid(tf.add<tf.Tensor2D>(logits[0], logits[1]));
    const scaled = scaleChannels(steps, channel, mask);
    const gate = temporalGate(built(this.temporal), scaled, mask, training);
    return {
      y: scaleValues(scaled, gate, mask),
      gates: () => ({ channel: tf.clone(channel), temporal: tf.squeeze(gate, [2]) }),
    };
  }

  override gateRange(): GateRange {
    return [0, 1];
  }

  multiplyAccumulates(inputShape: tf.Shape, time: number): number {
    const channels = channelsOf(inputShape, this.name);
    const ofChannels = 4 * channels * this.hiddenUnits(channels) + channels * time;
    return ofChannels + (2 * this.options.kernelSize + channels) * time;
  }
}
tf.serialization.registerClass(Cbam1d);

/**
 * Masked CBAM: `x₁ = x · sigmoid(F(average) + F(max))`, `F(z) = relu(z·W₁ + b₁)·W₂ + b₂`, then
 * `y = x₁ · sigmoid(conv([mean_c x₁, max_c x₁]))`.
 *
 * Input and output: `[batch, time, channels]`. W₁ `[channels, hidden]`, W₂ `[hidden, channels]`, kernel over time
 * `[kernelSize, 2, 1]`.
 */
export function cbam1d(args: Cbam1dArgs = {}): Cbam1d {
  return new Cbam1d(args);
}
