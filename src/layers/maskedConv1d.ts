// 1D convolution that never reads padding, with stride, dilation and groups, all of them trainable.
import tf from '#tfjs';
import {
  activate,
  conv1d,
  filterLengths,
  maskSteps,
  weightNorm,
  type Activation,
} from '../engine/kernels/index.js';
import { UserError } from '../shared/errors.js';
import { assertActivation } from './activation.js';
import {
  assertCounts,
  assertPadding,
  convolutionWindow,
  outputLength,
  outputMask,
  type ConvolutionGeometry,
  type Padding,
} from './convolutionLength.js';
import { initializerConfig, toInitializer, type Initializer, type InitializerArg } from './initializers.js';
import {
  channelsOf,
  MaskedLayer,
  weight,
  type Inputs,
  type Kwargs,
  type MaskedLayerArgs,
} from './maskedLayer.js';

export interface MaskedConv1dArgs extends MaskedLayerArgs {
  /** Number of output channels. */
  filters: number;
  /** Steps that the kernel covers. */
  kernelSize: number;
  /** Step between outputs. Default: 1. */
  strides?: number;
  /** `same`, `causal` or `valid`. Default: `same`. */
  padding?: Padding;
  /** Distance between the steps that the kernel reads. Default: 1. */
  dilationRate?: number;
  /** Groups into which channels and filters are divided; as many as channels: depthwise. Default: 1. */
  groups?: number;
  /** Whether a bias is added. Default: true. */
  useBias?: boolean;
  /** What is applied to the result. Default: `linear`. */
  activation?: Activation;
  /**
   * Whether each filter is a direction and a length, `g · v / ‖v‖`, that are trained apart (Salimans and Kingma 2016,
   * arXiv:1602.07868). Default: false.
   */
  weightNorm?: boolean;
  /** Default: `glorotUniform`. */
  kernelInitializer?: InitializerArg;
  /** Default: `zeros`. */
  biasInitializer?: InitializerArg;
}

export class MaskedConv1d extends MaskedLayer {
  static readonly className = 'MaskedConv1d';
  readonly filters: number;
  readonly groups: number;
  readonly geometry: ConvolutionGeometry;
  private readonly useBias: boolean;
  private readonly activation: Activation;
  private readonly weightNorm: boolean;
  private readonly kernelInitializer: Initializer;
  private readonly biasInitializer: Initializer;
  private kernel: tf.LayerVariable | undefined;
  private scale: tf.LayerVariable | undefined;
  private bias: tf.LayerVariable | undefined;

  constructor(args: MaskedConv1dArgs) {
    const {
      filters,
      kernelSize,
      strides = 1,
      padding = 'same',
      dilationRate = 1,
      groups = 1,
      useBias = true,
      activation = 'linear',
      weightNorm = false,
      kernelInitializer = 'glorotUniform',
      biasInitializer = 'zeros',
      ...layerArgs
    } = args;
    super(layerArgs);
    assertCounts({ filters, kernelSize, strides, dilationRate, groups }, this.name);
    assertPadding(padding, this.name);
    assertActivation(activation, this.name);
    if (filters % groups !== 0) {
      throw new UserError(
        `Layer "${this.name}": ${filters} filters cannot be divided into ${groups} groups.`,
      );
    }
    this.filters = filters;
    this.groups = groups;
    this.geometry = { kernelSize, padding, stride: strides, dilation: dilationRate };
    this.useBias = useBias;
    this.activation = activation;
    this.weightNorm = weightNorm;
    this.kernelInitializer = toInitializer(kernelInitializer);
    this.biasInitializer = toInitializer(biasInitializer);
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const channels = channelsOf(inputShape, this.name);
    if (channels % this.groups !== 0) {
      throw new UserError(
        `Layer "${this.name}": ${channels} channels cannot be divided into ${this.groups} groups.`,
      );
    }
    const shape = [this.geometry.kernelSize, channels / this.groups, this.filters];
    this.kernel = this.addWeight('kernel', shape, 'float32', this.kernelInitializer);
    if (this.weightNorm) {
      this.scale = this.addWeight('scale', [this.filters], 'float32', tf.initializers.ones());
      // As published, the filters begin as they were drawn.
      tf.tidy(() => {
        this.scale?.write(filterLengths(weight(this.kernel) as tf.Tensor3D));
      });
    }
    if (this.useBias) this.bias = this.addWeight('bias', [this.filters], 'float32', this.biasInitializer);
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [batch, time] = inputShape as tf.Shape;
    return [batch, time === null ? null : outputLength(time, this.geometry), this.filters];
  }

  override call(inputs: Inputs, kwargs: Kwargs): tf.Tensor {
    return tf.tidy(() => {
      const { x, mask } = this.read(inputs, kwargs);
      const window = convolutionWindow(x.shape[1], this.geometry);
      const masks = mask === null ? null : { input: mask, output: this.outputMask(mask) };
      const y = conv1d(x, this.filter(), { window, masks, groups: this.groups });
      if (this.bias === undefined) return activate(y, this.activation);
      const sum = activate(tf.add<tf.Tensor3D>(y, this.bias.read()), this.activation);
      return maskSteps(sum, masks?.output ?? null);
    });
  }

  /** The kernel that convolves, `[kernelSize, channels / groups, filters]`. */
  private filter(): tf.Tensor3D {
    const kernel = weight(this.kernel) as tf.Tensor3D;
    if (this.scale === undefined) return kernel;
    return weightNorm(kernel, this.scale.read() as tf.Tensor1D);
  }

  /** Multiply-accumulates for one recording of `time` steps. */
  multiplyAccumulates(inputShape: tf.Shape, time: number): number {
    const channels = channelsOf(inputShape, this.name);
    const { kernelSize } = this.geometry;
    return outputLength(time, this.geometry) * kernelSize * (channels / this.groups) * this.filters;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      ...super.getConfig(),
      filters: this.filters,
      kernelSize: this.geometry.kernelSize,
      strides: this.geometry.stride,
      padding: this.geometry.padding,
      dilationRate: this.geometry.dilation,
      groups: this.groups,
      useBias: this.useBias,
      activation: this.activation,
      weightNorm: this.weightNorm,
      kernelInitializer: initializerConfig(this.kernelInitializer),
      biasInitializer: initializerConfig(this.biasInitializer),
    };
  }

  protected override outputMask(mask: tf.Tensor2D): tf.Tensor2D {
    return outputMask(mask, this.geometry);
  }
}
tf.serialization.registerClass(MaskedConv1d);

/**
 * Convolution over time whose result does not depend on padding: padded steps are read as 0, the left padding does
 * not depend on the batch's length, and padded steps of the output are 0.
 *
 * Input: `[batch, time, channels]`. Output: `[batch, outputLength, filters]`. Weights in order: kernel
 * `[kernelSize, channels / groups, filters]`, with `weightNorm` scale `[filters]`, with `useBias` bias `[filters]`.
 *
 * @throws UserError when filters or channels cannot be divided into the groups, or an argument is no positive integer
 */
export function maskedConv1d(args: MaskedConv1dArgs): MaskedConv1d {
  return new MaskedConv1d(args);
}
