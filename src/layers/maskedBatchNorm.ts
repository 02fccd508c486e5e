// Batch normalisation over valid steps (Ioffe and Szegedy 2015, arXiv:1502.03167).
import tf from '#tfjs';
import type { Activation } from '../engine/kernels/index.js';
import { UserError } from '../shared/errors.js';
import { assertActivation } from './activation.js';
import { channelsOf, MaskedLayer, type Inputs, type Kwargs, type MaskedLayerArgs } from './maskedLayer.js';
import { addNormalization, applyNormalization, type Normalization } from './normalization.js';

export interface MaskedBatchNormArgs extends MaskedLayerArgs {
  /** Share of the old value that a moving average keeps at each step. Default: 0.99. */
  momentum?: number;
  /** Added to the variance. Default: 1e-3. */
  epsilon?: number;
  /** What is applied to the normalised values (`relu` in the same operation). Default: `linear`. */
  activation?: Activation;
}

export class MaskedBatchNorm extends MaskedLayer {
  static readonly className = 'MaskedBatchNorm';
  private readonly momentum: number;
  private readonly epsilon: number;
  private readonly activation: Activation;
  private normalization: Normalization | undefined;

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
    this.normalization = addNormalization(
      (name, shape, initializer, trainable = true) =>
        this.addWeight(name, shape, 'float32', initializer, undefined, trainable),
      channelsOf(inputShape, this.name),
    );
    super.build(inputShape);
  }

  override call(inputs: Inputs, kwargs: Kwargs): tf.Tensor {
    return tf.tidy(() => {
      if (this.normalization === undefined) throw new Error('The layer is used before it is built.');
      const { x, mask } = this.read(inputs, kwargs);
      const { momentum, epsilon, activation } = this;
      const training = kwargs.training === true;
      return applyNormalization(this.normalization, x, mask, { momentum, epsilon, activation, training });
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
