// Gates that do not depend on the recording, from as many weights as squeeze and excitation has: the control of a study
// that asks whether attention helps because it looks at its input.
import tf from '#tfjs';
import { excite, gates, scaleChannels, type Activation, type Gate } from '../../engine/kernels/index.js';
import { channelsOf, weight, type MaskedInput } from '../maskedLayer.js';
import { AttentionLayer, type Attended, type AttentionLayerArgs } from './attentionLayer.js';
import {
  activationOption,
  addBottleneck,
  biasOption,
  bottleneckOptions,
  hiddenUnits,
  readBottleneck,
  type BottleneckWeights,
} from './bottleneck.js';
import { gateOption } from './squeezeExcite.js';

export const parameterMatchedOptions = bottleneckOptions({
  gate: gateOption,
  activation: activationOption,
  bias: biasOption(false),
});

export interface ParameterMatchedGate1dArgs extends AttentionLayerArgs {
  /** Reduction ratio r: the bottleneck has `max(1, floor(channels / r))` units. Default: 16. Not with `hidden`. */
  ratio?: number;
  /** Units of the bottleneck, instead of a ratio. */
  hidden?: number;
  /** Default: `sigmoid`. */
  gate?: Gate;
  /** What is applied to the hidden units. Default: `relu`. */
  activation?: Activation;
  /** Whether both layers of the bottleneck have a bias. Default: false. */
  bias?: boolean;
}

export class ParameterMatchedGate1d extends AttentionLayer<typeof parameterMatchedOptions> {
  static readonly className = 'ParameterMatchedGate1d';
  private bottleneck: BottleneckWeights | undefined;
  private constant: tf.LayerVariable | undefined;

  constructor(args: ParameterMatchedGate1dArgs = {}) {
    super(args, parameterMatchedOptions);
  }

  /** Units of the bottleneck for that many channels. */
  hiddenUnits(channels: number): number {
    return hiddenUnits(this.options, channels);
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const channels = channelsOf(inputShape, this.name);
    // Of zeros, no gradient would reach the bottleneck.
    this.constant = this.makeWeight('constant', [channels], tf.initializers.ones());
    this.bottleneck = addBottleneck(
      this.makeWeight,
      { inputs: channels, hidden: this.hiddenUnits(channels), outputs: channels, bias: this.options.bias },
      { reduction: this.kernel('reduction'), expansion: this.kernel('expansion') },
    );
    super.build(inputShape);
  }

  protected override attend({ x, mask }: MaskedInput): Attended {
    const { gate, activation } = this.options;
    const [batch, , channels] = x.shape;
    const constant = tf.expandDims<tf.Tensor2D>(weight(this.constant), 0);
    const one = gates[gate](excite(constant, readBottleneck(this.bottleneck), activation));
    const channel = tf.mul<tf.Tensor2D>(tf.ones([batch, channels]), one);
    return { y: scaleChannels(x, channel, mask), gates: () => ({ channel: tf.clone(channel) }) };
  }

  multiplyAccumulates(inputShape: tf.Shape, time: number): number {
    const channels = channelsOf(inputShape, this.name);
    return 2 * channels * this.hiddenUnits(channels) + channels * time;
  }
}
tf.serialization.registerClass(ParameterMatchedGate1d);

/**
 * The gate of squeeze and excitation with a learned constant in place of the squeeze: `y = x · g(f(c·W₁ + b₁)·W₂ + b₂)`,
 * the same for every recording. It has the weights of squeeze and excitation and `channels` more, the constant c.
 *
 * Input and output: `[batch, time, channels]`.
 */
export function parameterMatchedGate1d(args: ParameterMatchedGate1dArgs = {}): ParameterMatchedGate1d {
  return new ParameterMatchedGate1d(args);
}
