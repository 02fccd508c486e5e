// Squeeze and excitation (Hu et al. 2018, arXiv:1709.01507): each channel is scaled by a gate that a small
// bottleneck computes from what all channels hold, squeezed over the valid steps.
import tf from '#tfjs';
import { z } from 'zod';
import {
  excite,
  gates,
  scaleChannels,
  squeezeExcite,
  type Activation,
  type Gate,
} from '../../engine/kernels/index.js';
import { channelsOf, type MaskedInput } from '../maskedLayer.js';
import { squeezeNames, squeezes, type SqueezeName } from '../squeeze.js';
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

/** How the valid steps become the bottleneck's input: a squeeze, or two whose logits are added. */
export type ExcitationSqueeze = SqueezeName | 'average+max-logits';

export const gateOption = z
  .enum(Object.keys(gates) as Gate[])
  .default('sigmoid')
  .describe('What turns the excitation into a gate; one-plus-tanh can amplify.');

/** Where b₂ stands for a gate of 1, or as near to it as a gate is still trained well: hard-sigmoid has slope 0 from 3 on. */
const openGate: Readonly<Record<Gate, number>> = { sigmoid: 4, 'hard-sigmoid': 2.5, 'one-plus-tanh': 0 };

export const squeezeExciteOptions = bottleneckOptions({
  squeeze: z
    .enum([...squeezeNames, 'average+max-logits'] as ExcitationSqueeze[])
    .default('average')
    .describe('How the valid steps of a channel become one number.'),
  gate: gateOption,
  activation: activationOption,
  bias: biasOption(false),
  startAsIdentity: z
    .boolean()
    .default(false)
    .describe(
      'Whether W₂ is 0 and the gate 1 at first (sigmoid: 0.98, hard-sigmoid: 0.92); these two need bias for it.',
    ),
}).refine(({ startAsIdentity, bias, gate }) => !startAsIdentity || bias || gate === 'one-plus-tanh', {
  message:
    'expected the gate one-plus-tanh or bias: true beside it, as other gates are 1/2 where their input is 0',
  path: ['startAsIdentity'],
});

export interface SqueezeExcite1dArgs extends AttentionLayerArgs {
  /** Reduction ratio r: the bottleneck has `max(1, floor(channels / r))` units. Default: 16. Not with `hidden`. */
  ratio?: number;
  /** Units of the bottleneck, instead of a ratio. */
  hidden?: number;
  /** How a channel's valid steps become one number. Default: `average`. */
  squeeze?: ExcitationSqueeze;
  /** What turns the excitation into a gate: `sigmoid`, `hard-sigmoid` or `one-plus-tanh`. Default: `sigmoid`. */
  gate?: Gate;
  /** What is applied to the hidden units. Default: `relu`. */
  activation?: Activation;
  /** Whether both layers of the bottleneck have a bias. Default: false. */
  bias?: boolean;
  /** Whether the block begins as the identity: W₂ 0, the gate 1 (`sigmoid`: 0.98, `hard-sigmoid`: 0.92, by a bias). Default: false. */
  startAsIdentity?: boolean;
}

export class SqueezeExcite1d extends AttentionLayer<typeof squeezeExciteOptions> {
  static readonly className = 'SqueezeExcite1d';
  private bottleneck: BottleneckWeights | undefined;
  private learned: tf.LayerVariable | undefined;

  constructor(args: SqueezeExcite1dArgs = {}) {
    super(args, squeezeExciteOptions);
  }

  /** Units of the bottleneck for that many channels: `hidden`, or `max(1, floor(channels / ratio))`. */
  hiddenUnits(channels: number): number {
    return hiddenUnits(this.options, channels);
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const channels = channelsOf(inputShape, this.name);
    const { bias, gate, startAsIdentity } = this.options;
    const { learned, width } = squeezes[this.part];
    if (learned !== null) {
      const initial = tf.initializers.constant({ value: learned.initial });
      this.learned = this.makeWeight(learned.name, learned.shape(channels), initial);
    }
    this.bottleneck = addBottleneck(
      this.makeWeight,
      { inputs: channels * width, hidden: this.hiddenUnits(channels), outputs: channels, bias },
      startAsIdentity
        ? {
            reduction: this.kernel('reduction'),
            expansion: tf.initializers.zeros(),
            expansionBias: tf.initializers.constant({ value: openGate[gate] }),
          }
        : { reduction: this.kernel('reduction'), expansion: this.kernel('expansion') },
    );
    super.build(inputShape);
  }

  protected override attend({ x, mask }: MaskedInput): Attended {
    const { squeeze, gate, activation } = this.options;
    const channel = (): tf.Tensor2D => this.gateOf(...this.squeezed(x, mask));
    if (squeeze === 'average' && gate === 'sigmoid' && activation === 'relu') {
      const y = squeezeExcite(x, mask, readBottleneck(this.bottleneck));
      return { y, gates: () => ({ channel: channel() }) };
    }
    const computed = channel();
    return { y: scaleChannels(x, computed, mask), gates: () => ({ channel: tf.clone(computed) }) };
  }

  /**
   * `g(f(z·W₁ + b₁)·W₂ + b₂)`; of several z the logits, what g is applied to, are added.
   *
   * @param squeezed what the squeeze gives, `[batch, channels]` each
   * @returns the gate of each channel, `[batch, channels]`
   */
  gateOf(...squeezed: tf.Tensor2D[]): tf.Tensor2D {
    const bottleneck = readBottleneck(this.bottleneck);
    const logits = squeezed.map((z) => excite(z, bottleneck, this.options.activation));
    return gates[this.options.gate](logits.length === 1 ? logits[0] : tf.addN(logits)) as tf.Tensor2D;
  }

  private squeezed(x: tf.Tensor3D, mask: tf.Tensor2D | null): tf.Tensor2D[] {
    const { squeeze } = this.options;
    const learned = this.learned?.read() ?? null;
    const names: SqueezeName[] = squeeze === 'average+max-logits' ? ['average', 'max'] : [squeeze];
    return names.map((name) => squeezes[name].apply(x, mask, learned));
  }

  /** The squeeze that decides weights and width. */
  private get part(): SqueezeName {
    return this.options.squeeze === 'average+max-logits' ? 'average' : this.options.squeeze;
  }

  /** Multiply-accumulates for one recording of `time` steps: squeeze, bottleneck, and the scaling of every value. */
  multiplyAccumulates(inputShape: tf.Shape, time: number): number {
    const channels = channelsOf(inputShape, this.name);
    const passes = this.options.squeeze === 'average+max-logits' ? 2 : 1;
    const inputs = channels * squeezes[this.part].width;
    const squeeze = squeezes[this.part].products * channels * time;
    return squeeze + passes * (inputs + channels) * this.hiddenUnits(channels) + channels * time;
  }
}
tf.serialization.registerClass(SqueezeExcite1d);

/**
 * Masked squeeze and excitation: `y = x · g(f(z·W₁ + b₁)·W₂ + b₂)` with `z` the squeeze of each channel over its
 * valid steps. The bottleneck's width is `max(1, floor(channels / ratio))`, without rounding to a multiple.
 *
 * Input and output: `[batch, time, channels]`. W₁ `[channels, hidden]` (`[2·channels, hidden]` for
 * `average+max-concat`), W₂ `[hidden, channels]`.
 *
 * @throws UserError when both `ratio` and `hidden` are given, or an option is unknown or not one of its values
 */
export function squeezeExcite1d(args: SqueezeExcite1dArgs = {}): SqueezeExcite1d {
  return new SqueezeExcite1d(args);
}
