// Local max pooling over time that never sees padding.
import tf from '#tfjs';
import { maxPool1d } from '../engine/kernels/index.js';
import {
  assertCounts,
  assertPadding,
  leftPadding,
  outputLength,
  outputMask,
  type ConvolutionGeometry,
  type Padding,
} from './convolutionLength.js';
import { MaskedLayer, type Inputs, type Kwargs, type MaskedLayerArgs } from './maskedLayer.js';

export interface MaskedMaxPool1dArgs extends MaskedLayerArgs {
  /** Steps of which the maximum is taken. Default: 2. */
  poolSize?: number;
  /** Step between outputs. Default: `poolSize`. */
  strides?: number;
  /** `same`, `causal` or `valid`. Default: `valid`, as in Keras. */
  padding?: Padding;
}

export class MaskedMaxPool1d extends MaskedLayer {
  static readonly className = 'MaskedMaxPool1d';
  private readonly geometry: ConvolutionGeometry;

  constructor({ poolSize = 2, strides, padding = 'valid', ...layerArgs }: MaskedMaxPool1dArgs = {}) {
    super(layerArgs);
    const stride = strides ?? poolSize;
    assertCounts({ poolSize, strides: stride }, this.name);
    assertPadding(padding, this.name);
    this.geometry = { kernelSize: poolSize, padding, stride, dilation: 1 };
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [batch, time, channels] = inputShape as tf.Shape;
    return [batch, time === null ? null : outputLength(time, this.geometry), channels];
  }

  override call(inputs: Inputs, kwargs: Kwargs): tf.Tensor {
    return tf.tidy(() => {
      const { x, mask } = this.read(inputs, kwargs);
      const masks = mask === null ? null : { input: mask, output: this.outputMask(mask) };
      const { kernelSize: poolSize, stride } = this.geometry;
      const steps = outputLength(x.shape[1], this.geometry);
      return maxPool1d(x, masks, { poolSize, stride, steps, left: leftPadding(this.geometry) });
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { kernelSize: poolSize, stride: strides, padding } = this.geometry;
    return { ...super.getConfig(), poolSize, strides, padding };
  }

  protected override outputMask(mask: tf.Tensor2D): tf.Tensor2D {
    return outputMask(mask, this.geometry);
  }
}
tf.serialization.registerClass(MaskedMaxPool1d);

/**
 * Maximum over windows of `poolSize` steps: padded steps, and those beyond both ends, never win. Lengths are those of
 * a convolution of the same size, stride and padding. The gradient goes to the maximum, to the first one of equals.
 *
 * Input: `[batch, time, channels]`. Output: `[batch, outputLength, channels]`; its padded steps are 0.
 *
 * @throws UserError when an argument is no positive integer, or the padding is unknown
 */
export function maskedMaxPool1d(args: MaskedMaxPool1dArgs = {}): MaskedMaxPool1d {
  return new MaskedMaxPool1d(args);
}
