// A function applied value by value, where no layer before it can apply it. Stock tfjs lacks some of them.
import tf from '#tfjs';
import { activate, maskSteps, type Activation } from '../engine/kernels/index.js';
import { assertActivation } from './activation.js';
import { MaskedLayer, toList, type Inputs, type Kwargs, type MaskedLayerArgs } from './maskedLayer.js';

export interface MaskedActivationArgs extends MaskedLayerArgs {
  /** `linear`, `relu`, `elu`, `gelu`, `swish` or `hard-swish`. */
  activation: Activation;
}

export class MaskedActivation extends MaskedLayer {
  static readonly className = 'MaskedActivation';
  private readonly activation: Activation;

  constructor({ activation, ...layerArgs }: MaskedActivationArgs) {
    super(layerArgs);
    assertActivation(activation, this.name);
    this.activation = activation;
  }

  override call(inputs: Inputs, kwargs: Kwargs): tf.Tensor {
    return tf.tidy(() => {
      const [first] = toList(inputs);
      if (first.rank !== 3) return activate(first, this.activation);
      const { x, mask } = this.read(inputs, kwargs);
      return activate(maskSteps(x, mask), this.activation);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), activation: this.activation };
  }
}
tf.serialization.registerClass(MaskedActivation);

/**
 * `f(x)` of every value. The layers that take `activation` themselves need it not: it serves what follows a stock layer,
 * as one of `tf.layers.dense`.
 *
 * Input and output: `[batch, time, channels]`, padded steps of the output 0, or `[batch, channels]`.
 *
 * @throws UserError when there is no such activation
 */
export function maskedActivation(args: MaskedActivationArgs): MaskedActivation {
  return new MaskedActivation(args);
}
