// Pooling over time: one vector a recording, from its valid steps.
import tf from '#tfjs';
import { UserError } from '../shared/errors.js';
import { didYouMean } from '../shared/nearest.js';
import { channelsOf, MaskedLayer, type Inputs, type Kwargs, type MaskedLayerArgs } from './maskedLayer.js';
import { squeezeNames, squeezes, type SqueezeName } from './squeeze.js';

export interface MaskedGlobalPool1dArgs extends MaskedLayerArgs {
  /** How the valid steps of a channel become one number, or two. Default: `average`. */
  pool?: SqueezeName;
}

export class MaskedGlobalPool1d extends MaskedLayer {
  static readonly className = 'MaskedGlobalPool1d';
  private readonly pool: SqueezeName;
  private learned: tf.LayerVariable | undefined;

  constructor({ pool = 'average', ...layerArgs }: MaskedGlobalPool1dArgs = {}) {
    super(layerArgs);
    if (!squeezeNames.includes(pool)) {
      throw new UserError(
        `Layer "${this.name}": pool is "${pool}"; expected one of ${squeezeNames.join(', ')}.` +
          didYouMean(pool, squeezeNames),
      );
    }
    this.pool = pool;
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const { learned } = squeezes[this.pool];
    if (learned !== null) {
      const shape = learned.shape(channelsOf(inputShape, this.name));
      const initial = tf.initializers.constant({ value: learned.initial });
      this.learned = this.addWeight(learned.name, shape, 'float32', initial);
    }
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [batch, , channels] = inputShape as tf.Shape;
    return [batch, channels === null ? null : channels * squeezes[this.pool].width];
  }

  override call(inputs: Inputs, kwargs: Kwargs): tf.Tensor {
    return tf.tidy(() => {
      const { x, mask } = this.read(inputs, kwargs);
      return squeezes[this.pool].apply(x, mask, this.learned?.read() ?? null);
    });
  }

  /** Multiply-accumulates for one recording of `time` steps. */
  multiplyAccumulates(inputShape: tf.Shape, time: number): number {
    return squeezes[this.pool].products * channelsOf(inputShape, this.name) * time;
  }

  /** The time axis is gone, and the mask with it. */
  protected override outputMask(): null {
    return null;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), pool: this.pool };
  }
}
tf.serialization.registerClass(MaskedGlobalPool1d);

/**
 * One number a channel from the valid steps of each recording, or two with `average+max-concat`; 0 for a recording
 * without any.
 *
 * Input: `[batch, time, channels]`. Output: `[batch, channels]`; the mask ends here.
 *
 * @throws UserError when there is no such pooling
 */
export function maskedGlobalPool1d(args: MaskedGlobalPool1dArgs = {}): MaskedGlobalPool1d {
  return new MaskedGlobalPool1d(args);
}
