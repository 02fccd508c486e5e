// The sum of two branches of one recording. The stock layer gives a mask of the wrong rank.
import * as tf from '@tensorflow/tfjs';
import { UserError } from '../shared/errors.js';
import { MaskedLayer, toList, type Inputs, type Kwargs, type MaskedLayerArgs } from './maskedLayer.js';
import { maskSteps } from '../engine/kernels/index.js';

export class MaskedAdd extends MaskedLayer {
  static readonly className = 'MaskedAdd';

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
      return maskSteps(tf.addN(toList(inputs)) as tf.Tensor3D, mask);
    });
  }
}
tf.serialization.registerClass(MaskedAdd);

/**
 * Sum of two or more tensors of one shape that share a mask: `maskedAdd().apply([a, b])`.
 *
 * Inputs and output: `[batch, time, channels]`; padded steps of the output are 0.
 */
export function maskedAdd(args: MaskedLayerArgs = {}): MaskedAdd {
  return new MaskedAdd(args);
}
