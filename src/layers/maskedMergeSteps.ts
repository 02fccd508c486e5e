// Neighbouring steps of a recording side by side, as channels of one step.
import tf from '#tfjs';
import { maskSteps } from '../engine/kernels/index.js';
import { assertCounts, outputLength, outputMask, type ConvolutionGeometry } from './convolutionLength.js';
import { channelsOf, MaskedLayer, type Inputs, type Kwargs, type MaskedLayerArgs } from './maskedLayer.js';

export interface MaskedMergeStepsArgs extends MaskedLayerArgs {
  /** Steps that become one. */
  steps: number;
}

export class MaskedMergeSteps extends MaskedLayer {
  static readonly className = 'MaskedMergeSteps';
  private readonly steps: number;

  constructor({ steps, ...layerArgs }: MaskedMergeStepsArgs) {
    super(layerArgs);
    assertCounts({ steps }, this.name);
    this.steps = steps;
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [batch, time] = inputShape as tf.Shape;
    const merged = time === null ? null : outputLength(time, this.geometry);
    return [batch, merged, channelsOf(inputShape, this.name) * this.steps];
  }

  override call(inputs: Inputs, kwargs: Kwargs): tf.Tensor {
    return tf.tidy(() => {
      const { x, mask } = this.read(inputs, kwargs);
      const [batch, time, channels] = x.shape;
      const merged = outputLength(time, this.geometry);
      const missing = merged * this.steps - time;
      const values = maskSteps(x, mask);
      const whole = missing === 0 ? values : tf.pad(values, [[0, 0], [0, missing], [0, 0]]); // prettier-ignore
      return tf.reshape(whole, [batch, merged, this.steps * channels]);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), steps: this.steps };
  }

  protected override outputMask(mask: tf.Tensor2D): tf.Tensor2D {
    return outputMask(mask, this.geometry);
  }

  /** Lengths are those of a convolution of that stride. */
  private get geometry(): ConvolutionGeometry {
    return { kernelSize: this.steps, padding: 'same', stride: this.steps, dilation: 1 };
  }
}
tf.serialization.registerClass(MaskedMergeSteps);

/**
 * Puts so many steps side by side: `y[b, t, i · channels + c] = x[b, t · steps + i, c]`. Where the last ones of a
 * recording are too few, zeros stand for the others.
 *
 * Input: `[batch, time, channels]`. Output: `[batch, ⌈time / steps⌉, steps · channels]`; a recording of n valid steps
 * leaves `⌈n / steps⌉`, and padded ones are 0.
 *
 * @throws UserError when the number of steps is no positive integer
 */
export function maskedMergeSteps(args: MaskedMergeStepsArgs): MaskedMergeSteps {
  return new MaskedMergeSteps(args);
}
