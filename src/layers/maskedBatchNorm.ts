// Batch normalisation over valid steps (Ioffe and Szegedy 2015, arXiv:1502.03167).
import * as tf from '@tensorflow/tfjs';
import { batchNorm, normalize, type Activation, type Statistics } from '../engine/kernels/index.js';
import { UserError } from '../shared/errors.js';
import { assertActivation } from './activation.js';
import {
  channelsOf,
  MaskedLayer,
  weight,
  type Inputs,
  type Kwargs,
  type MaskedLayerArgs,
} from './maskedLayer.js';

export interface MaskedBatchNormArgs extends MaskedLayerArgs {
  /** Share of the old value that a moving average keeps at each step. Default: 0.99. */
  momentum?: number;
  /** Added to the variance. Default: 1e-3. */
  epsilon?: number;
  /** What is applied to the normalised values in the same operation: `linear` or `relu`. Default: `linear`. */
  activation?: Activation;
}

export class MaskedBatchNorm extends MaskedLayer {
  static readonly className = 'MaskedBatchNorm';
  private readonly momentum: number;
  private readonly epsilon: number;
  private readonly activation: Activation;
  private gamma: tf.LayerVariable | undefined;
  private beta: tf.LayerVariable | undefined;
  private movingMean: tf.LayerVariable | undefined;
  private movingVariance: tf.LayerVariable | undefined;

  constructor(args: MaskedBatchNormArgs = {}) {
    const { momentum = 0.99, epsilon = 1e-3, activation = 'linear', ...layerArgs } = args;
    super(layerArgs);
    if (!(momentum >= 0 && momentum <= 1) || !(epsilon > 0)) {
      throw new UserError(
        `Layer "${this.name}": momentum is ${momentum} and epsilon ${epsilon}; expected 0 to 1, and above 0.`,
      );
    }
    assertActivation(activation, this.name);
    this.momentum = momentum;
    this.epsilon = epsilon;
    this.activation = activation;
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const shape = [channelsOf(inputShape, this.name)];
    const [zeros, ones] = [tf.initializers.zeros(), tf.initializers.ones()];
    this.gamma = this.addWeight('gamma', shape, 'float32', ones);
    this.beta = this.addWeight('beta', shape, 'float32', zeros);
    this.movingMean = this.addWeight('moving_mean', shape, 'float32', zeros, undefined, false);
    this.movingVariance = this.addWeight('moving_variance', shape, 'float32', ones, undefined, false);
    super.build(inputShape);
  }

  override call(inputs: Inputs, kwargs: Kwargs): tf.Tensor {
    return tf.tidy(() => {
      const { x, mask } = this.read(inputs, kwargs);
      const [gamma, beta] = [weight(this.gamma) as tf.Tensor1D, weight(this.beta) as tf.Tensor1D];
      const moving: Statistics = {
        mean: weight(this.movingMean) as tf.Tensor1D,
        variance: weight(this.movingVariance) as tf.Tensor1D,
      };
      const { epsilon, activation, momentum } = this;
      if (kwargs.training !== true) return normalize(x, mask, gamma, beta, moving, { epsilon, activation });
      const { y, moved } = batchNorm(x, mask, gamma, beta, moving, { epsilon, activation, momentum });
      this.movingMean?.write(moved.mean);
      this.movingVariance?.write(moved.variance);
      return y;
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { momentum, epsilon, activation } = this;
    return { ...super.getConfig(), momentum, epsilon, activation };
  }
}
tf.serialization.registerClass(MaskedBatchNorm);

/**
 * Batch normalisation whose mean and (biased) variance see valid steps only; padded steps of the output are 0. In
 * training it normalises by the batch and moves its averages, in inference it normalises by them. A ReLU after it costs
 * nothing as `activation`.
 *
 * Input and output: `[batch, time, channels]`. Weights: gamma, beta, moving mean and variance, each `[channels]`.
 */
export function maskedBatchNorm(args: MaskedBatchNormArgs = {}): MaskedBatchNorm {
  return new MaskedBatchNorm(args);
}
