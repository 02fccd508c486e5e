// Branches of one recording side by side, as channels. The stock layer gives a mask of the wrong rank.
import tf from '#tfjs';
import { maskSteps } from '../engine/kernels/index.js';
import { UserError } from '../shared/errors.js';
import { MaskedLayer, toList, type Inputs, type Kwargs, type MaskedLayerArgs } from './maskedLayer.js';

export class MaskedConcatenate extends MaskedLayer {
  static readonly className = 'MaskedConcatenate';

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const shapes = inputShape as tf.Shape[];
    const [first, ...others] = shapes;
    const widths = shapes.map((shape) => (Array.isArray(shape) ? shape.at(-1) : null));
    const steps = (shape: tf.Shape): string => shape.slice(0, -1).join();
    if (
      others.length === 0 ||
      !widths.every((width) => typeof width === 'number') ||
      others.some((shape) => steps(shape) !== steps(first))
    ) {
      throw new UserError(
        `Layer "${this.name}" concatenates two or more tensors that differ in their channels only, got shapes ` +
          `${JSON.stringify(shapes)}.`,
      );
    }
    return [...first.slice(0, -1), widths.reduce((sum, width) => sum + width, 0)];
  }

  override call(inputs: Inputs, kwargs: Kwargs): tf.Tensor {
    return tf.tidy(() => {
      const { mask } = this.read(inputs, kwargs);
      return maskSteps(tf.concat(toList(inputs) as tf.Tensor3D[], 2), mask);
    });
  }
}
tf.serialization.registerClass(MaskedConcatenate);

/**
 * Two or more tensors that share a mask, their channels one after another: `maskedConcatenate().apply([a, b])`.
 *
 * Inputs: `[batch, time, channelsᵢ]`. Output: `[batch, time, Σ channelsᵢ]`; its padded steps are 0.
 *
 * @throws UserError when the inputs differ in more than their channels
 */
export function maskedConcatenate(args: MaskedLayerArgs = {}): MaskedConcatenate {
  return new MaskedConcatenate(args);
}
