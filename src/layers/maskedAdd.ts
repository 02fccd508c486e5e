// The sum of two branches of one recording. The stock layer gives a mask of the wrong rank.
import tf from '#tfjs';
import { activate, addSteps, divideActivation, type Activation } from '../engine/kernels/index.js';
import { UserError } from '../shared/errors.js';
import { assertActivation } from './activation.js';
import { MaskedLayer, toList, type Inputs, type Kwargs, type MaskedLayerArgs } from './maskedLayer.js';

export interface MaskedAddArgs extends MaskedLayerArgs {
  /** What is applied to the sum (`relu` in the same operation). Default: `linear`. */
  activation?: Activation;
}

export class MaskedAdd extends MaskedLayer {
  static readonly className = 'MaskedAdd';
  private readonly activation: Activation;

  constructor({ activation = 'linear', ...layerArgs }: MaskedAddArgs = {}) {
    super(layerArgs);
    assertActivation(activation, this.name);
    this.activation = activation;
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const shapes = inputShape as tf.Shape[];
    const [first, ...others] = shapes;
    if (others.length === 0 || others.some((shape) => shape.join() !== first.join())) {
      throw new UserError(
        `Layer "${this.name}" adds tensors of one shape, got shapes ${JSON.stringify(shapes)}.`,
      );
    }
    return first;
  }

  override call(inputs: Inputs, kwargs: Kwargs): tf.Tensor {
    return tf.tidy(() => {
      const { mask } = this.read(inputs, kwargs);
      const [first, ...others] = toList(inputs) as tf.Tensor3D[];
      const { fused, after } = divideActivation(this.activation);
      const sum = others.reduce(
        (sum, other, i) => addSteps(sum, other, mask, i === others.length - 1 ? fused : 'linear'),
        first,
      );
      return activate(sum, after);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), activation: this.activation };
  }
}
tf.serialization.registerClass(MaskedAdd);

/**
 * Sum of two or more tensors of one shape that share a mask: `maskedAdd().apply([a, b])`.
 *
 * Inputs and output: `[batch, time, channels]`; padded steps of the output are 0.
 */
export function maskedAdd(args: MaskedAddArgs = {}): MaskedAdd {
  return new MaskedAdd(args);
}
