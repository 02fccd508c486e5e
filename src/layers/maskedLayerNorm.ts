// Layer normalisation (Ba, Kiros, Hinton 2016, arXiv:1607.06450) of each step, or of each pooled recording.
import tf from '#tfjs';
import { layerNorm, maskSteps } from '../engine/kernels/index.js';
import { UserError } from '../shared/errors.js';
import {
  channelsOf,
  MaskedLayer,
  toList,
  weight,
  type Inputs,
  type Kwargs,
  type MaskedLayerArgs,
} from './maskedLayer.js';

export interface MaskedLayerNormArgs extends MaskedLayerArgs {
  /** Added to the variance. Default: 1e-3, as in Keras (PyTorch: 1e-5). */
  epsilon?: number;
}

export class MaskedLayerNorm extends MaskedLayer {
  static readonly className = 'MaskedLayerNorm';
  private readonly epsilon: number;
  private gamma: tf.LayerVariable | undefined;
  private beta: tf.LayerVariable | undefined;

  constructor({ epsilon = 1e-3, ...layerArgs }: MaskedLayerNormArgs = {}) {
    super(layerArgs);
    if (!(epsilon > 0)) {
      throw new UserError(`Layer "${this.name}": epsilon is ${epsilon}; expected a number above 0.`);
    }
    this.epsilon = epsilon;
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const channels = channelsOf(inputShape, this.name);
    this.gamma = this.addWeight('gamma', [channels], 'float32', tf.initializers.ones());
    this.beta = this.addWeight('beta', [channels], 'float32', tf.initializers.zeros());
    super.build(inputShape);
  }

  override call(inputs: Inputs, kwargs: Kwargs): tf.Tensor {
    return tf.tidy(() => {
      const [input] = toList(inputs);
      if (input.rank === 2) return this.normalize(input);
      const { x, mask } = this.read(inputs, kwargs);
      return maskSteps(this.normalize(maskSteps(x, mask)), mask);
    });
  }

  private normalize<Values extends tf.Tensor>(x: Values): Values {
    const [gamma, beta] = [this.gamma, this.beta].map((variable) => weight(variable) as tf.Tensor1D);
    return layerNorm(x, gamma, beta, this.epsilon);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), epsilon: this.epsilon };
  }
}
tf.serialization.registerClass(MaskedLayerNorm);

/**
 * Layer normalisation: `gamma · (x - mean) / √(variance + epsilon) + beta` with mean and biased variance of a step over
 * its own channels, so that no step matters to another. Padded steps of the output are 0.
 *
 * Input and output: `[batch, time, channels]`, or `[batch, channels]` after pooling. Weights: gamma and beta, each
 * `[channels]`.
 *
 * @throws UserError when epsilon is not above 0
 */
export function maskedLayerNorm(args: MaskedLayerNormArgs = {}): MaskedLayerNorm {
  return new MaskedLayerNorm(args);
}
