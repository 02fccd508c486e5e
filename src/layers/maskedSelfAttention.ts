// Self-attention over the valid steps of a recording (Vaswani et al. 2017, arXiv:1706.03762), with the relative position code
// eRPE of ConvTran if wanted (Foumani et al. 2023, arXiv:2305.16642).
import tf from '#tfjs';
import { attend, maskSteps, matMul } from '../engine/kernels/index.js';
import { UserError } from '../shared/errors.js';
import { deriveSeed } from '../shared/random.js';
import { assertCounts } from './convolutionLength.js';
import { seededInitializer, toInitializer, type InitializerName } from './initializers.js';
import {
  channelsOf,
  MaskedLayer,
  weight,
  type Inputs,
  type Kwargs,
  type MaskedLayerArgs,
} from './maskedLayer.js';

export interface MaskedSelfAttentionArgs extends MaskedLayerArgs {
  /** Heads, among which the channels are divided. */
  heads: number;
  /**
   * Where given, a learned scalar for each head and distance, 0 at first, is added to the weights after their softmax, up to
   * this distance in steps; farther ones share that of the farthest. Default: no relative position code.
   */
  maximumDistance?: number;
  /** How the three matrices begin. Default: `glorotUniform`. */
  kernelInitializer?: InitializerName;
  /** Makes the initial weights the same each time, together with the layer's name. Default: none. */
  seed?: number;
}

const roles = ['query', 'key', 'value'] as const;

export class MaskedSelfAttention extends MaskedLayer {
  static readonly className = 'MaskedSelfAttention';
  private readonly heads: number;
  private readonly maximumDistance: number | undefined;
  private readonly kernelInitializer: InitializerName;
  private readonly seed: number | undefined;
  private kernels: tf.LayerVariable[] = [];
  private distances: tf.LayerVariable | undefined;

  constructor(args: MaskedSelfAttentionArgs) {
    const { heads, maximumDistance, kernelInitializer = 'glorotUniform', seed, ...layerArgs } = args;
    super(layerArgs);
    assertCounts({ heads, ...(maximumDistance === undefined ? {} : { maximumDistance }) }, this.name);
    toInitializer(kernelInitializer);
    this.heads = heads;
    this.maximumDistance = maximumDistance;
    this.kernelInitializer = kernelInitializer;
    this.seed = seed;
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const { heads, maximumDistance, seed, kernelInitializer: begin } = this;
    const channels = channelsOf(inputShape, this.name);
    if (channels % heads !== 0) {
      throw new UserError(
        `Layer "${this.name}": ${channels} channels cannot be divided among ${heads} heads.`,
      );
    }
    this.kernels = roles.map((role) => {
      const seeded = seed === undefined ? null : seededInitializer(begin, deriveSeed(seed, this.name, role));
      return this.addWeight(
        `${role}_kernel`,
        [channels, channels],
        'float32',
        seeded ?? toInitializer(begin),
      );
    });
    if (maximumDistance !== undefined) {
      const shape = [2 * maximumDistance + 1, heads];
      this.distances = this.addWeight('distances', shape, 'float32', tf.initializers.zeros());
    }
    super.build(inputShape);
  }

  override call(inputs: Inputs, kwargs: Kwargs): tf.Tensor {
    return tf.tidy(() => {
      const { x, mask } = this.read(inputs, kwargs);
      const [batch, time, channels] = x.shape;
      const rows = tf.reshape<tf.Rank.R2>(maskSteps(x, mask), [batch * time, channels]);
      const kernel = tf.concat(
        this.kernels.map((kernel) => weight(kernel) as tf.Tensor2D),
        1,
      );
      const [query, key, value] = tf.split(matMul(rows, kernel), roles.length, 1);
      const [q, k, v] = [query, key, value].map((part) => tf.reshape<tf.Rank.R3>(part, x.shape));
      const distances = (this.distances?.read() ?? null) as tf.Tensor2D | null;
      return attend(q, k, v, mask, { heads: this.heads, scale: 1 / Math.sqrt(channels), distances });
    });
  }

  /** Multiply-accumulates for one recording of `time` steps. */
  multiplyAccumulates(inputShape: tf.Shape, time: number): number {
    const channels = channelsOf(inputShape, this.name);
    const pairs = time * time * channels;
    return time * roles.length * channels * channels + (this.maximumDistance === undefined ? 2 : 3) * pairs;
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { heads, maximumDistance, kernelInitializer, seed } = this;
    return {
      ...{ ...super.getConfig(), heads, kernelInitializer },
      ...(maximumDistance === undefined ? {} : { maximumDistance }),
      ...(seed === undefined ? {} : { seed }),
    };
  }
}
tf.serialization.registerClass(MaskedSelfAttention);

/**
 * Masked self-attention: with `q = x·W_q`, `k = x·W_k`, `v = x·W_v`, no biases, and in each head
 * `y[i] = Σⱼ (softmaxⱼ(q[i]·k[j] / √channels) + w[i - j]) · v[j]` over the valid steps j. The scale is that of ConvTran,
 * by all channels, not by those of a head. w is the relative position code. There is no matrix after the heads.
 *
 * Input and output: `[batch, time, channels]`; padded steps of the output are 0. W `[channels, channels]` each, w
 * `[2 · maximumDistance + 1, heads]`. Time grows with the square of the steps, memory does not: the weights are
 * computed in pieces.
 *
 * @throws UserError when the channels cannot be divided among the heads, or an argument is no positive integer
 */
export function maskedSelfAttention(args: MaskedSelfAttentionArgs): MaskedSelfAttention {
  return new MaskedSelfAttention(args);
}
