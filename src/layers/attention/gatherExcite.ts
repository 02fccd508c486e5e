// Gather and excite (Hu et al. 2018, arXiv:1810.12348): the gate of a step comes from a neighbourhood of the extent e,
// gathered by an average (GE-θ⁻) or by depthwise convolutions (GE-θ), with a bottleneck or without.
import tf from '#tfjs';
import { z } from 'zod';
import {
  averageOverTime,
  conv1d,
  gates,
  maskSteps,
  scaleChannels,
  scaleValues,
  wholeMask,
  type Gate,
} from '../../engine/kernels/index.js';
import {
  convolutionWindow,
  outputLength,
  outputMask,
  type ConvolutionGeometry,
} from '../convolutionLength.js';
import { channelsOf, type MaskedInput } from '../maskedLayer.js';
import { addNormalization, applyNormalization, type Normalization } from '../normalization.js';
import { AttentionLayer, type Attended, type AttentionLayerArgs } from './attentionLayer.js';
import {
  addBottleneck,
  hiddenUnits,
  readBottleneck,
  isSaidOnce,
  saidTwice,
  type BottleneckWeights,
} from './bottleneck.js';
import { gateOption } from './squeezeExcite.js';

export const gatherExciteOptions = z
  .strictObject({
    extent: z
      .union([z.literal('global'), z.literal(2), z.literal(4), z.literal(8)])
      .default('global')
      .describe('Steps from gate to gate; each sees about twice as many. global: the whole recording.'),
    parameters: z
      .boolean()
      .default(false)
      .describe('Whether depthwise convolutions gather instead of an average; not with the extent global.'),
    ratio: z
      .number()
      .positive()
      .optional()
      .describe('Adds a bottleneck of max(1, floor(channels / ratio)) units.'),
    hidden: z.int().min(1).optional().describe('Units of that bottleneck, instead of a ratio.'),
    gate: gateOption,
  })
  .refine(isSaidOnce, saidTwice)
  .refine(({ extent, parameters }) => !(parameters && extent === 'global'), {
    message:
      'needs an extent of 2, 4 or 8: a convolution over a whole recording would have the padded length as its width',
    path: ['parameters'],
  });

export interface GatherExcite1dArgs extends AttentionLayerArgs {
  /** Steps from gate to gate, each seeing about twice as many; `global`: the whole recording. Default: `global`. */
  extent?: 'global' | 2 | 4 | 8;
  /** Whether depthwise convolutions gather instead of an average. Default: false. */
  parameters?: boolean;
  /** Adds a bottleneck of `max(1, floor(channels / ratio))` units. Default: none. */
  ratio?: number;
  /** Units of that bottleneck, instead of a ratio. */
  hidden?: number;
  /** Default: `sigmoid`. */
  gate?: Gate;
}

/** A depthwise convolution of stride 2 and its normalisation. */
interface Gathering {
  readonly kernel: tf.LayerVariable;
  readonly norm: Normalization;
}

const normalization = { momentum: 0.9, epsilon: 1e-5 } as const;
const halving: ConvolutionGeometry = { kernelSize: 3, padding: 'same', stride: 2, dilation: 1 };

export class GatherExcite1d extends AttentionLayer<typeof gatherExciteOptions> {
  static readonly className = 'GatherExcite1d';
  private gatherings: Gathering[] = [];
  private bottleneck: BottleneckWeights | undefined;

  constructor(args: GatherExcite1dArgs = {}) {
    super(args, gatherExciteOptions);
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const channels = channelsOf(inputShape, this.name);
    const { extent, parameters } = this.options;
    const halvings = parameters && extent !== 'global' ? Math.log2(extent) : 0;
    this.gatherings = Array.from({ length: halvings }, (_, i) => ({
      kernel: this.makeWeight(`gather_kernel${i + 1}`, [3, 1, channels], this.kernel(`gather${i + 1}`)),
      norm: addNormalization(this.makeWeight, channels, `gather_norm${i + 1}_`),
    }));
    const hidden = this.hiddenUnits(channels);
    if (hidden !== null) {
      this.bottleneck = addBottleneck(
        this.makeWeight,
        { inputs: channels, hidden, outputs: channels, bias: true },
        { reduction: this.kernel('reduction'), expansion: this.kernel('expansion') },
      );
    }
    super.build(inputShape);
  }

  protected override attend({ x, mask }: MaskedInput, training: boolean): Attended {
    const { extent, gate } = this.options;
    const steps = maskSteps(x, mask);
    if (extent === 'global') {
      const averages = tf.expandDims<tf.Tensor3D>(averageOverTime(steps, mask), 1);
      const channel = tf.squeeze<tf.Tensor2D>(gates[gate](this.transform(averages, null)), [1]);
      return { y: scaleChannels(steps, channel, mask), gates: () => ({ channel: tf.clone(channel) }) };
    }
    const gathered =
      this.gatherings.length > 0 ? this.convolved(steps, mask, training) : this.averaged(steps, mask, extent);
    const logits = repeatSteps(this.transform(gathered.y, gathered.mask), extent, x.shape[1]);
    const values = maskSteps(gates[gate](logits) as tf.Tensor3D, mask);
    return { y: scaleValues(steps, values, mask), gates: () => ({ values: tf.clone(values) }) };
  }

  /** Averages of the valid ones of `2e - 1` steps, every e steps. */
  private averaged(x: tf.Tensor3D, mask: tf.Tensor2D | null, extent: number): Gathered {
    const [, time, channels] = x.shape;
    const geometry = { kernelSize: 2 * extent - 1, padding: 'same', stride: extent, dilation: 1 } as const;
    const window = convolutionWindow(time, geometry);
    const ones = tf.ones<tf.Rank.R3>([geometry.kernelSize, 1, channels]);
    const sums = conv1d(x, ones, { window, masks: null, groups: channels });
    const valid = tf.expandDims<tf.Tensor3D>(tf.cast(mask ?? wholeMask(x), 'float32'), 2);
    const counts = conv1d(valid, tf.ones<tf.Rank.R3>([geometry.kernelSize, 1, 1]), { window, masks: null });
    const y = tf.div<tf.Tensor3D>(sums, tf.maximum(counts, 1));
    const outer = mask === null ? null : outputMask(mask, geometry);
    return { y: maskSteps(y, outer), mask: outer };
  }

  /** Depthwise convolutions of stride 2, normalised, with a ReLU between them. */
  private convolved(x: tf.Tensor3D, mask: tf.Tensor2D | null, training: boolean): Gathered {
    return this.gatherings.reduce<Gathered>(
      ({ y, mask }, { kernel, norm }, i) => {
        const window = convolutionWindow(y.shape[1], halving);
        const output = mask === null ? null : outputMask(mask, halving);
        const masks = mask === null || output === null ? null : { input: mask, output };
        const convolved = conv1d(y, kernel.read() as tf.Tensor3D, { window, masks, groups: y.shape[2] });
        const activation = i < this.gatherings.length - 1 ? 'relu' : 'linear';
        return {
          y: applyNormalization(norm, convolved, output, { ...normalization, activation, training }),
          mask: output,
        };
      },
      { y: x, mask },
    );
  }

  /** `relu(y·W₁ + b₁)·W₂ + b₂` at each step, or what was gathered itself. */
  private transform(y: tf.Tensor3D, mask: tf.Tensor2D | null): tf.Tensor3D {
    if (this.bottleneck === undefined) return y;
    const { reduction, reductionBias, expansion, expansionBias } = readBottleneck(this.bottleneck);
    const window = { left: 0, steps: y.shape[1], stride: 1, dilation: 1 };
    const masks = mask === null ? null : { input: mask, output: mask };
    const pointwise = (x: tf.Tensor3D, kernel: tf.Tensor2D, bias: tf.Tensor1D | null): tf.Tensor3D =>
      tf.add(conv1d(x, tf.expandDims(kernel, 0), { window, masks }), bias ?? 0);
    return pointwise(tf.relu(pointwise(y, reduction, reductionBias)), expansion, expansionBias);
  }

  /** Units of the bottleneck, null without one. */
  hiddenUnits(channels: number): number | null {
    const { ratio, hidden } = this.options;
    return ratio === undefined && hidden === undefined ? null : hiddenUnits(this.options, channels);
  }

  multiplyAccumulates(inputShape: tf.Shape, time: number): number {
    const channels = channelsOf(inputShape, this.name);
    const { extent } = this.options;
    const positions = extent === 'global' ? 1 : Math.ceil(time / extent);
    const bottleneck = 2 * channels * (this.hiddenUnits(channels) ?? 0) * positions;
    let steps = time;
    const gathered = this.gatherings.reduce((sum) => {
      steps = outputLength(steps, halving);
      return sum + 3 * channels * steps;
    }, 0);
    return gathered + bottleneck + channels * time;
  }
}
tf.serialization.registerClass(GatherExcite1d);

/** What was gathered, `[batch, ⌈time / extent⌉, channels]`, and its mask. */
interface Gathered {
  readonly y: tf.Tensor3D;
  readonly mask: tf.Tensor2D | null;
}

/** Each step `times` over, the first `time` of them: step t is step `⌊t / times⌋` of `y`. */
function repeatSteps(y: tf.Tensor3D, times: number, time: number): tf.Tensor3D {
  const [batch, steps, channels] = y.shape;
  const repeated = tf.tile(tf.expandDims(y, 2), [1, 1, times, 1]);
  const flat: tf.Tensor3D = tf.reshape(repeated, [batch, steps * times, channels]);
  return tf.slice(flat, [0, 0, 0], [-1, time, -1]);
}

/**
 * Masked gather and excite: `y = x · g(E(gather(x)))`, the gate of step t being that of the position `⌊t / extent⌋`. With
 * the extent `global`, no parameters and a ratio it is squeeze and excitation with biases.
 *
 * Input and output: `[batch, time, channels]`.
 */
export function gatherExcite1d(args: GatherExcite1dArgs = {}): GatherExcite1d {
  return new GatherExcite1d(args);
}
