// The bottleneck of squeeze and excitation and of what is built like it: two layers, from all channels to a few hidden
// units and back.
import tf from '#tfjs';
import { z } from 'zod';
import { activations, type Bottleneck } from '../../engine/kernels/index.js';
import type { Initializer } from '../initializers.js';
import { weight } from '../maskedLayer.js';
import type { AddWeight } from '../normalization.js';

/** Default reduction ratio (Hu, Shen, Sun 2018). */
export const defaultRatio = 16;

/** The width of a bottleneck, as options say it. */
export interface BottleneckWidth {
  readonly ratio?: number | undefined;
  readonly hidden?: number | undefined;
}

const width = {
  ratio: z
    .number()
    .positive()
    .optional()
    .describe('Reduction ratio r; hidden = max(1, floor(channels / r)). Default: 16.'),
  hidden: z.int().min(1).optional().describe('Units of the bottleneck, instead of a ratio.'),
};

/** Whether a width is said in one way, or not at all; for `refine`. */
export function isSaidOnce({ ratio, hidden }: BottleneckWidth): boolean {
  return ratio === undefined || hidden === undefined;
}
export const saidTwice = { message: 'expected ratio or hidden, found both', path: ['hidden'] };

/** Options that begin with the width of a bottleneck, which is said in one way. */
export function bottleneckOptions<Shape extends z.ZodRawShape>(shape: Shape) {
  return z
    .strictObject({ ...width, ...shape })
    .refine((options) => isSaidOnce(options as BottleneckWidth), saidTwice)
    .overwrite((options) =>
      isUnsaid(options as BottleneckWidth) ? { ...options, ratio: defaultRatio } : options,
    );
}

function isUnsaid({ ratio, hidden }: BottleneckWidth): boolean {
  return ratio === undefined && hidden === undefined;
}

export const biasOption = (preset: boolean) =>
  z.boolean().default(preset).describe('Whether both layers of the bottleneck have a bias.');

export const activationOption = z
  .enum(activations)
  .default('relu')
  .describe('What is applied to the hidden units.');

/** `hidden`, or `max(1, floor(channels / ratio))`, without rounding to a multiple. */
export function hiddenUnits({ ratio = defaultRatio, hidden }: BottleneckWidth, channels: number): number {
  return hidden ?? Math.max(1, Math.floor(channels / ratio));
}

/** The weights of a bottleneck. */
export interface BottleneckWeights {
  readonly reduction: tf.LayerVariable;
  readonly reductionBias: tf.LayerVariable | null;
  readonly expansion: tf.LayerVariable;
  readonly expansionBias: tf.LayerVariable | null;
}

export interface BottleneckShape {
  /** What goes in. */
  readonly inputs: number;
  readonly hidden: number;
  /** What comes out. */
  readonly outputs: number;
  /** Of both layers, of none, or of the hidden units alone, where a normalisation follows, which takes the other away. */
  readonly bias: boolean | 'hidden';
}

export interface BottleneckInitializers {
  readonly reduction: Initializer;
  readonly expansion: Initializer;
  /** Default: zeros. */
  readonly expansionBias?: Initializer;
}

/** Makes the weights: `reduction_kernel`, `reduction_bias`, `expansion_kernel`, `expansion_bias`, in this order. */
export function addBottleneck(
  add: AddWeight,
  { inputs, hidden, outputs, bias }: BottleneckShape,
  initializers: BottleneckInitializers,
): BottleneckWeights {
  const zeros = tf.initializers.zeros();
  const reduction = add('reduction_kernel', [inputs, hidden], initializers.reduction);
  const reductionBias = bias !== false ? add('reduction_bias', [hidden], zeros) : null;
  const expansion = add('expansion_kernel', [hidden, outputs], initializers.expansion);
  const expansionBias =
    bias === true ? add('expansion_bias', [outputs], initializers.expansionBias ?? zeros) : null;
  return { reduction, reductionBias, expansion, expansionBias };
}

/** The values of the weights. */
export function readBottleneck(weights: BottleneckWeights | undefined): Bottleneck {
  return {
    reduction: weight(weights?.reduction) as tf.Tensor2D,
    reductionBias: (weights?.reductionBias?.read() ?? null) as tf.Tensor1D | null,
    expansion: weight(weights?.expansion) as tf.Tensor2D,
    expansionBias: (weights?.expansionBias?.read() ?? null) as tf.Tensor1D | null,
  };
}
