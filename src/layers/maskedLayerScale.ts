// Layer scale (Touvron et al. 2021, arXiv:2103.17239): a learned factor for each channel, small at first, so that a branch
// with it begins as almost nothing beside its shortcut.
import tf from '#tfjs';
import { maskSteps } from '../engine/kernels/index.js';
import {
  channelsOf,
  MaskedLayer,
  weight,
  type Inputs,
  type Kwargs,
  type MaskedLayerArgs,
} from './maskedLayer.js';

export interface MaskedLayerScaleArgs extends MaskedLayerArgs {
  /** What all factors begin as. Default: 1e-6, as in ConvNeXt. */
  initial?: number;
}

export class MaskedLayerScale extends MaskedLayer {
  static readonly className = 'MaskedLayerScale';
  private readonly initial: number;
  private gamma: tf.LayerVariable | undefined;

  constructor({ initial = 1e-6, ...layerArgs }: MaskedLayerScaleArgs = {}) {
    super(layerArgs);
    this.initial = initial;
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const initializer = tf.initializers.constant({ value: this.initial });
    this.gamma = this.addWeight('gamma', [channelsOf(inputShape, this.name)], 'float32', initializer);
    super.build(inputShape);
  }

  override call(inputs: Inputs, kwargs: Kwargs): tf.Tensor {
    return tf.tidy(() => {
      const { x, mask } = this.read(inputs, kwargs);
      return maskSteps(tf.mul<tf.Tensor3D>(maskSteps(x, mask), weight(this.gamma)), mask);
    });
  }

  multiplyAccumulates(inputShape: tf.Shape, time: number): number {
    return channelsOf(inputShape, this.name) * time;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), initial: this.initial };
  }
}
tf.serialization.registerClass(MaskedLayerScale);

/**
 * Layer scale: `y = gamma · x` with one learned factor a channel.
 *
 * Input and output: `[batch, time, channels]`; padded steps of the output are 0.
 */
export function maskedLayerScale(args: MaskedLayerScaleArgs = {}): MaskedLayerScale {
  return new MaskedLayerScale(args);
}
