// Squeeze and excitation (Hu et al. 2018, arXiv:1709.01507): each channel is scaled by a gate that a small
// bottleneck computes from what all channels hold, on average over the valid steps.
import * as tf from '@tensorflow/tfjs';
import { excite, scaleChannels, squeezeExcite, type Bottleneck } from '../engine/kernels/index.js';
import { UserError } from '../shared/errors.js';
import { initializerConfig, toInitializer, type Initializer, type InitializerArg } from './initializers.js';
import {
  channelsOf,
  MaskedLayer,
  weight,
  type Inputs,
  type Kwargs,
  type MaskedLayerArgs,
} from './maskedLayer.js';
import { assertPool, pools, type Pool } from './maskedGlobalPool1d.js';

/** What turns the excitation into a gate. */
export const gates = { sigmoid: (s: tf.Tensor2D): tf.Tensor2D => tf.sigmoid(s) } as const;

export type Gate = keyof typeof gates;

export interface SqueezeExcite1dArgs extends MaskedLayerArgs {
  /** Reduction ratio r: the bottleneck has `max(1, floor(channels / r))` units. Default: 16. Not with `hidden`. */
  ratio?: number;
  /** Units of the bottleneck, instead of a ratio. */
  hidden?: number;
  /** How a channel's valid steps become one number: `average` or `max`. Default: `average`. */
  squeeze?: Pool;
  /** `sigmoid`. */
  gate?: Gate;
  /** Whether both layers of the bottleneck have a bias. Default: false. */
  bias?: boolean;
  /** Initialiser of W₁. Default: `glorotUniform`. */
  reductionInitializer?: InitializerArg;
  /** Initialiser of W₂. Default: `glorotUniform`. */
  expansionInitializer?: InitializerArg;
}

export class SqueezeExcite1d extends MaskedLayer {
  static readonly className = 'SqueezeExcite1d';
  private readonly ratio: number;
  private readonly hidden: number | undefined;
  private readonly squeeze: Pool;
  private readonly gate: Gate;
  private readonly useBias: boolean;
  private readonly initializers: readonly [Initializer, Initializer];
  private reduction: tf.LayerVariable | undefined;
  private reductionBias: tf.LayerVariable | undefined;
  private expansion: tf.LayerVariable | undefined;
  private expansionBias: tf.LayerVariable | undefined;

  constructor(args: SqueezeExcite1dArgs = {}) {
    const {
      ratio,
      hidden,
      squeeze = 'average',
      gate = 'sigmoid',
      bias = false,
      reductionInitializer = 'glorotUniform',
      expansionInitializer = 'glorotUniform',
      ...layerArgs
    } = args;
    super(layerArgs);
    if (ratio !== undefined && hidden !== undefined) {
      throw new UserError(`Layer "${this.name}": give ratio or hidden, not both.`);
    }
    if (!((ratio ?? 1) > 0) || !(hidden === undefined || (Number.isInteger(hidden) && hidden > 0))) {
      throw new UserError(`Layer "${this.name}": ratio must be positive and hidden a positive integer.`);
    }
    assertPool(squeeze, 'squeeze', this.name);
    if (!Object.hasOwn(gates, gate)) {
      throw new UserError(
        `Layer "${this.name}": gate is "${gate}"; expected ${Object.keys(gates).join(', ')}.`,
      );
    }
    this.ratio = ratio ?? 16;
    this.hidden = hidden;
    this.squeeze = squeeze;
    this.gate = gate;
    this.useBias = bias;
    this.initializers = [toInitializer(reductionInitializer), toInitializer(expansionInitializer)];
  }

  /** Units of the bottleneck for that many channels: `hidden`, or `max(1, floor(channels / ratio))`. */
  hiddenUnits(channels: number): number {
    return this.hidden ?? Math.max(1, Math.floor(channels / this.ratio));
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const channels = channelsOf(inputShape, this.name);
    const hidden = this.hiddenUnits(channels);
    const zeros = tf.initializers.zeros();
    this.reduction = this.addWeight('reduction_kernel', [channels, hidden], 'float32', this.initializers[0]);
    if (this.useBias) this.reductionBias = this.addWeight('reduction_bias', [hidden], 'float32', zeros);
    this.expansion = this.addWeight('expansion_kernel', [hidden, channels], 'float32', this.initializers[1]);
    if (this.useBias) this.expansionBias = this.addWeight('expansion_bias', [channels], 'float32', zeros);
    super.build(inputShape);
  }

  override call(inputs: Inputs, kwargs: Kwargs): tf.Tensor {
    return tf.tidy(() => {
      const { x, mask } = this.read(inputs, kwargs);
      if (this.squeeze === 'average') return squeezeExcite(x, mask, this.bottleneck());
      return scaleChannels(x, this.gateOf(pools[this.squeeze](x, mask)), mask);
    });
  }

  /**
   * `g(relu(z·W₁ + b₁)·W₂ + b₂)`.
   *
   * @param z what the squeeze gives, `[batch, channels]`
   * @returns the gate of each channel, `[batch, channels]`
   */
  gateOf(z: tf.Tensor2D): tf.Tensor2D {
    return gates[this.gate](excite(z, this.bottleneck()));
  }

  private bottleneck(): Bottleneck {
    return {
      reduction: weight(this.reduction) as tf.Tensor2D,
      reductionBias: (this.reductionBias?.read() ?? null) as tf.Tensor1D | null,
      expansion: weight(this.expansion) as tf.Tensor2D,
      expansionBias: (this.expansionBias?.read() ?? null) as tf.Tensor1D | null,
    };
  }

  /** Multiply-accumulates for one recording of `time` steps: the bottleneck, and the scaling of every value. */
  multiplyAccumulates(inputShape: tf.Shape, time: number): number {
    const channels = channelsOf(inputShape, this.name);
    return 2 * channels * this.hiddenUnits(channels) + channels * time;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      ...super.getConfig(),
      ...(this.hidden === undefined ? { ratio: this.ratio } : { hidden: this.hidden }),
      squeeze: this.squeeze,
      gate: this.gate,
      bias: this.useBias,
      reductionInitializer: initializerConfig(this.initializers[0]),
      expansionInitializer: initializerConfig(this.initializers[1]),
    };
  }
}
tf.serialization.registerClass(SqueezeExcite1d);

/**
 * Masked squeeze and excitation: `y = x · g(relu(z·W₁ + b₁)·W₂ + b₂)` with `z` the squeeze of each channel over its
 * valid steps. The bottleneck's width is `max(1, floor(channels / ratio))`, without rounding to a multiple.
 *
 * Input and output: `[batch, time, channels]`. W₁ `[channels, hidden]`, W₂ `[hidden, channels]`.
 *
 * @throws UserError when both `ratio` and `hidden` are given, or an option is not one of its values
 */
export function squeezeExcite1d(args: SqueezeExcite1dArgs = {}): SqueezeExcite1d {
  return new SqueezeExcite1d(args);
}
