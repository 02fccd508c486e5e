// The layer that starts a mask: it takes recordings padded at the end together with their lengths.
import tf from '#tfjs';
import { maskSteps } from '../engine/kernels/index.js';
import { UserError } from '../shared/errors.js';
import { maskFromLengths } from './mask.js';
import { toList, type Inputs } from './maskedLayer.js';

export interface SequenceMaskArgs {
  /** The layer's name in its model. */
  name?: string;
}

export class SequenceMask extends tf.layers.Layer {
  static readonly className = 'SequenceMask';

  constructor(args: SequenceMaskArgs = {}) {
    super(args);
    this.supportsMasking = true;
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [values, lengths] = inputShape as tf.Shape[];
    if (!Array.isArray(lengths) || values.length !== 3 || lengths.length > 2) {
      throw new UserError(
        `Layer "${this.name}" expects [values [batch, time, channels], lengths [batch]], ` +
          `got shapes ${JSON.stringify(inputShape)}.`,
      );
    }
    return values;
  }

  override call(inputs: Inputs): tf.Tensor {
    return tf.tidy(() => {
      const [values] = toList(inputs);
      return maskSteps(tf.cast(values as tf.Tensor3D, 'float32'), this.maskOf(inputs));
    });
  }

  override computeMask(inputs: Inputs): tf.Tensor {
    return this.maskOf(inputs);
  }

  private maskOf(inputs: Inputs): tf.Tensor2D {
    const [values, lengths] = toList(inputs);
    return tf.tidy(() => maskFromLengths(tf.reshape(lengths, [values.shape[0]]), values.shape[1] ?? 0));
  }
}
tf.serialization.registerClass(SequenceMask);

/**
 * Starts a mask: `sequenceMask().apply([values, lengths])`. Steps at or beyond a row's length become 0, whatever
 * stood there (NaN included), and the mask `t < lengths[b]` travels on with the output.
 *
 * Input: values `[batch, time, channels]`, lengths int32 `[batch]` (or `[batch, 1]`). Output: `[batch, time, channels]`.
 */
export function sequenceMask(args: SequenceMaskArgs = {}): SequenceMask {
  return new SequenceMask(args);
}
