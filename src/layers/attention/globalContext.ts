// The global context block (Cao et al. 2019, arXiv:1904.11492): an average of the steps by weights of their own, sent
// through a bottleneck and added to every step, or made a gate.
import tf from '#tfjs';
import { z } from 'zod';
import { attendOverTime, layerNorm, maskSteps, matMul, scaleChannels } from '../../engine/kernels/index.js';
import { channelsOf, weight, type MaskedInput } from '../maskedLayer.js';
import { AttentionLayer, built, type Attended, type AttentionLayerArgs } from './attentionLayer.js';
import type { GateRange } from './gates.js';
import {
  addBottleneck,
  bottleneckOptions,
  hiddenUnits,
  readBottleneck,
  type BottleneckWeights,
} from './bottleneck.js';

export const globalContextOptions = bottleneckOptions({
  fusion: z
    .enum(['add', 'scale'])
    .default('add')
    .describe('Whether the transformed context is added to every step or scales its channels by a sigmoid.'),
});

export interface GlobalContext1dArgs extends AttentionLayerArgs {
  /** Reduction ratio r: the bottleneck has `max(1, floor(channels / r))` units. Default: 16. Not with `hidden`. */
  ratio?: number;
  /** Units of the bottleneck, instead of a ratio. */
  hidden?: number;
  /** Whether the transformed context is added to every step, as published, or scales its channels. Default: `add`. */
  fusion?: 'add' | 'scale';
}

const epsilon = 1e-5;

export class GlobalContext1d extends AttentionLayer<typeof globalContextOptions> {
  static readonly className = 'GlobalContext1d';
  private scores: tf.LayerVariable | undefined;
  private bottleneck: BottleneckWeights | undefined;
  private norm: { gamma: tf.LayerVariable; beta: tf.LayerVariable } | undefined;

  constructor(args: GlobalContext1dArgs = {}) {
    super(args, globalContextOptions);
  }

  /** Units of the bottleneck for that many channels. */
  hiddenUnits(channels: number): number {
    return hiddenUnits(this.options, channels);
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const channels = channelsOf(inputShape, this.name);
    const hidden = this.hiddenUnits(channels);
    this.scores = this.makeWeight('scores', [channels, 1], this.kernel('scores'));
    // What is added begins at 0, as published: the block begins as the identity.
    const expansion = this.options.fusion === 'add' ? tf.initializers.zeros() : this.kernel('expansion');
    this.bottleneck = addBottleneck(
      this.makeWeight,
      { inputs: channels, hidden, outputs: channels, bias: true },
      { reduction: this.kernel('reduction'), expansion },
    );
    this.norm = {
      gamma: this.makeWeight('norm_gamma', [hidden], tf.initializers.ones()),
      beta: this.makeWeight('norm_beta', [hidden], tf.initializers.zeros()),
    };
    super.build(inputShape);
  }

  protected override attend({ x, mask }: MaskedInput): Attended {
    const steps = maskSteps(x, mask);
    const { value: context, weights: temporal } = attendOverTime(
      steps,
      mask,
      weight(this.scores) as tf.Tensor2D,
    );
    const transformed = this.transform(context);
    if (this.options.fusion === 'scale') {
      const channel: tf.Tensor2D = tf.sigmoid(transformed);
      const gates = () => ({ channel: tf.clone(channel), temporal: tf.clone(temporal) });
      return { y: scaleChannels(steps, channel, mask), gates };
    }
    const y = maskSteps(tf.add<tf.Tensor3D>(steps, tf.expandDims(transformed, 1)), mask);
    return { y, gates: () => ({ added: tf.clone(transformed), temporal: tf.clone(temporal) }) };
  }

  /** `relu(norm(z·W₁ + b₁))·W₂ + b₂`. */
  private transform(z: tf.Tensor2D): tf.Tensor2D {
    const { reduction, reductionBias, expansion, expansionBias } = readBottleneck(this.bottleneck);
    const { gamma, beta } = built(this.norm);
    const h = tf.add<tf.Tensor2D>(matMul(z, reduction), reductionBias ?? 0);
    const normalized = layerNorm(h, gamma.read() as tf.Tensor1D, beta.read() as tf.Tensor1D, epsilon);
    return tf.add(matMul(tf.relu(normalized), expansion), expansionBias ?? 0);
  }

  override gateRange(gate: string): GateRange | null {
    if (gate === 'temporal') return null;
    return gate === 'channel' ? [0, 1] : [null, null];
  }

  multiplyAccumulates(inputShape: tf.Shape, time: number): number {
    const channels = channelsOf(inputShape, this.name);
    const ofContext = 2 * channels * time;
    const fusion = this.options.fusion === 'scale' ? channels * time : 0;
    return ofContext + 2 * channels * this.hiddenUnits(channels) + fusion;
  }
}
tf.serialization.registerClass(GlobalContext1d);

/**
 * Masked global context: `z = Σ a·x`, a the softmax over valid steps of `x·v`;
 * `y = x + relu(norm(z·W₁ + b₁))·W₂ + b₂`, norm a layer normalisation, or `x · sigmoid(…)` with `fusion: 'scale'`.
 *
 * Input and output: `[batch, time, channels]`. v `[channels, 1]`, W₁ `[channels, hidden]`, W₂ `[hidden, channels]`.
 */
export function globalContext1d(args: GlobalContext1dArgs = {}): GlobalContext1d {
  return new GlobalContext1d(args);
}
