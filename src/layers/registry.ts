// Attention by name: what a config can say, with its options, defaults and cost, and how each is built.
import type * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { UserError } from '../shared/errors.js';
import { didYouMean } from '../shared/nearest.js';
import { deriveSeed } from '../shared/random.js';
import { seededInitializer } from './initializers.js';
import { gates, squeezeExcite1d } from './squeezeExcite1d.js';
import { pools } from './maskedGlobalPool1d.js';

/** Where an attention layer stands. */
export interface AttentionContext {
  /** The layer's name in its model. */
  readonly name: string;
  /** Decides the initial weights. */
  readonly seed: number;
}

/** An attention that a config can name: a layer whose output has the shape of its input. */
export interface Attention {
  readonly description: string;
  /** The paper. */
  readonly source: string;
  /** Operations for C channels and L steps. */
  readonly cost: string;
  readonly options: z.ZodObject;
  /** @throws z.ZodError when the options do not fit */
  build(options: unknown, context: AttentionContext): tf.layers.Layer;
}

/** `none`, a name, or a name with options. */
export type AttentionChoice = string | ({ readonly name: string } & Readonly<Record<string, unknown>>);

const squeezeExcite = defineAttention({
  description: 'Scales each channel by a gate computed from all channels, squeezed over the valid steps.',
  source: 'Hu, Shen, Sun 2018, arXiv:1709.01507',
  cost: '2·C·L + 4·C·hidden operations, hidden = max(1, floor(C / ratio))',
  options: z
    .strictObject({
      ratio: z
        .number()
        .positive()
        .optional()
        .describe('Reduction ratio r; hidden = max(1, floor(channels / r)). Default: 16.'),
      hidden: z.int().positive().optional().describe('Units of the bottleneck, instead of a ratio.'),
      squeeze: z
        .enum(Object.keys(pools) as (keyof typeof pools)[])
        .default('average')
        .describe('How the valid steps of a channel become one number.'),
      gate: z
        .enum(Object.keys(gates) as (keyof typeof gates)[])
        .default('sigmoid')
        .describe('What turns the excitation into a gate.'),
      bias: z.boolean().default(false).describe('Whether both layers of the bottleneck have a bias.'),
    })
    .refine(({ ratio, hidden }) => ratio === undefined || hidden === undefined, {
      message: 'give ratio or hidden, not both',
      path: ['hidden'],
    })
    .overwrite((options) =>
      options.ratio === undefined && options.hidden === undefined ? { ratio: 16, ...options } : options,
    ),
  build: (options, { name, seed }) =>
    squeezeExcite1d({
      ...options,
      name,
      reductionInitializer: seededInitializer('glorotUniform', deriveSeed(seed, name, 'reduction')),
      expansionInitializer: seededInitializer('glorotUniform', deriveSeed(seed, name, 'expansion')),
    }),
});

/** Every attention by name. `none` is no entry: it is the absence of one. */
export const attentions: Record<string, Attention> = { 'squeeze-excite': squeezeExcite };

/** The name in a choice. */
export function attentionName(choice: AttentionChoice): string {
  return typeof choice === 'string' ? choice : choice.name;
}

/**
 * Puts an attention after `x`, or nothing for `none`.
 *
 * @param x `[batch, time, channels]`
 * @returns a tensor of the same shape
 * @throws UserError when there is no attention of that name
 */
export function applyAttention(
  x: tf.SymbolicTensor,
  choice: AttentionChoice,
  context: AttentionContext,
): tf.SymbolicTensor {
  const { name, ...options } = typeof choice === 'string' ? { name: choice } : choice;
  if (name === 'none') return x;
  const known = Object.keys(attentions);
  if (!known.includes(name)) {
    throw new UserError(
      `There is no attention "${name}".${didYouMean(name, known)} Known: none, ${known.join(', ')}.`,
    );
  }
  return attentions[name].build(options, context).apply(x) as tf.SymbolicTensor;
}

function defineAttention<Options extends z.ZodObject>(
  definition: Omit<Attention, 'options' | 'build'> & {
    options: Options;
    build(options: z.output<Options>, context: AttentionContext): tf.layers.Layer;
  },
): Attention {
  return {
    ...definition,
    build: (options, context) => definition.build(definition.options.parse(options), context),
  };
}
