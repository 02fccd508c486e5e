// Pieces that the models share: the masked input, convolutions with normalisation, blocks with a shortcut, the output, and
// networks side by side.
import tf from '#tfjs';
import { z } from 'zod';
import { seededInitializer } from '../layers/initializers.js';
import {
  applyAttention,
  maskedAdd,
  maskedBatchNorm,
  maskedConv1d,
  maskedDropout,
  maskedGlobalPool1d,
  sequenceMask,
  squeezeNames,
  type Activation,
  type MaskedConv1dArgs,
  type MaskedDropoutArgs,
  type Placement,
  type SqueezeName,
} from '../layers/index.js';
import { deriveSeed } from '../shared/random.js';
import type { ModelContext } from './model.js';

/** The inputs of every model, and their masked values. */
export interface MaskedInputs {
  /** `[values [batch, time, channels], lengths int32 [batch, 1]]`. */
  readonly inputs: [tf.SymbolicTensor, tf.SymbolicTensor];
  /** `[batch, time, channels]`, with its mask. */
  readonly x: tf.SymbolicTensor;
}

export function maskedInputs(channels: number): MaskedInputs {
  const values = tf.input({ shape: [null, channels], name: 'values' });
  const lengths = tf.input({ shape: [1], dtype: 'int32', name: 'lengths' });
  const x = sequenceMask({ name: 'mask' }).apply([values, lengths]) as tf.SymbolicTensor;
  return { inputs: [values, lengths], x };
}

/** A convolution of a model. */
export interface Convolution extends Omit<
  MaskedConv1dArgs,
  'useBias' | 'kernelInitializer' | 'biasInitializer'
> {
  readonly name: string;
  /** Whether it has a bias, which a normalisation after it would take away again. */
  readonly bias: boolean;
  readonly seed: number;
}

/** A convolution with batch normalisation. */
export interface ConvolutionOptions extends Convolution {
  /** What follows the normalisation. */
  readonly activation: Activation;
}

/** The option `bias` of models whose convolutions are all normalised. */
export const biasOption = z
  .boolean()
  .default(false)
  .describe(
    'Whether convolutions have a bias, as published. Batch norm subtracts it: it only adds parameters.',
  );

/**
 * Batch normalisation as the models use it. Its averages keep 0.9 of the old value at a step, as in PyTorch: with
 * Keras's 0.99 they need some 500 steps to forget where they began, more than a small set has.
 */
export function normalize(x: tf.SymbolicTensor, name: string, activation: Activation): tf.SymbolicTensor {
  return maskedBatchNorm({ momentum: 0.9, activation, name }).apply(x) as tf.SymbolicTensor;
}

/**
 * A convolution, which keeps the length where it has no stride, `[batch, time, channels]` →
 * `[batch, ⌈time / strides⌉, filters]`. Groups have as many filters as channels.
 */
export function convolve(x: tf.SymbolicTensor, { bias, seed, ...args }: Convolution): tf.SymbolicTensor {
  // tfjs would count the filters of all groups. In one, with as many channels as filters, Glorot's limit is LeCun's.
  const initializer = (args.groups ?? 1) === 1 ? 'glorotUniform' : 'leCunUniform';
  const kernelInitializer = seededInitializer(initializer, deriveSeed(seed, args.name));
  return maskedConv1d({ ...args, useBias: bias, kernelInitializer }).apply(x) as tf.SymbolicTensor;
}

/**
 * A convolution, its batch normalisation and the activation, `[batch, time, channels]` →
 * `[batch, ⌈time / strides⌉, filters]`.
 */
export function convolveAndNormalize(
  x: tf.SymbolicTensor,
  { activation, ...convolution }: ConvolutionOptions,
): tf.SymbolicTensor {
  return normalize(convolve(x, convolution), `${convolution.name}_norm`, activation);
}

/**
 * A separable convolution (Chollet 2017, arXiv:1610.02357): one filter for each channel, then a 1×1 convolution over all
 * channels, without a bias. `[batch, time, channels]` → `[batch, time, filters]`.
 */
export function convolveSeparably(
  x: tf.SymbolicTensor,
  {
    filters,
    name,
    seed,
    ...extent
  }: Pick<Convolution, 'filters' | 'kernelSize' | 'dilationRate' | 'name' | 'seed'>,
): tf.SymbolicTensor {
  const channels = x.shape[2] ?? 1;
  const common = { bias: false, seed };
  const depthwise = { ...common, ...extent, filters: channels, groups: channels, name: `${name}_depthwise` };
  return convolve(convolve(x, depthwise), { ...common, filters, kernelSize: 1, name: `${name}_pointwise` });
}

/** What a block with a shortcut consists of. */
export interface ResidualBlock extends Pick<ModelContext, 'attention' | 'seed'> {
  readonly name: string;
  /** What is learned, `[batch, time, channels]` → `[batch, time, filters]`. */
  readonly branch: (x: tf.SymbolicTensor) => tf.SymbolicTensor;
  /** What is added to it, of the same shape. */
  readonly shortcut: (x: tf.SymbolicTensor) => tf.SymbolicTensor;
  /** What the branch goes through after its attention, before the sum: a scale, dropout. Default: nothing. */
  readonly scale?: (x: tf.SymbolicTensor) => tf.SymbolicTensor;
  /** What follows the sum. */
  readonly activation: Activation;
}

/** The sum of a branch and a shortcut, with attention where its choice places it. */
export function residual(
  x: tf.SymbolicTensor,
  { name, attention, seed, branch, shortcut, scale = (y) => y, activation }: ResidualBlock,
): tf.SymbolicTensor {
  const place = (y: tf.SymbolicTensor, here: Placement): tf.SymbolicTensor =>
    applyAttention(y, attention, { name: `${name}_attention`, seed }, here);
  const bridge = place(shortcut(x), 'identity');
  const learned = scale(place(branch(place(x, 'pre')), 'standard'));
  const sum = maskedAdd({ activation, name: `${name}_add` }).apply([learned, bridge]);
  return place(sum as tf.SymbolicTensor, 'post');
}

/**
 * A check of options that are lists with one entry a stage: `others` must have as many entries as `first`.
 * For `superRefine`.
 */
export function asManyAs<Key extends string>(first: Key, ...others: Key[]) {
  return (options: Readonly<Record<Key, readonly unknown[]>>, context: z.RefinementCtx): void => {
    for (const key of others) {
      if (options[key].length === options[first].length) continue;
      const message = `expected as many entries as ${first} (${options[first].length}), found ${options[key].length}; give both`;
      context.addIssue({ code: 'custom', path: [key], message });
    }
  };
}

/** Options of every model that ends in a pooling over time. */
export const headOptions = {
  pool: z
    .enum(squeezeNames)
    .default('average')
    .describe('How the valid steps of a channel become one number before the output layer.'),
  dropout: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('Share of the inputs of the output layer that dropout makes 0 in training.'),
};

/** What the end of a model is told. */
export interface Head {
  readonly classes: number;
  readonly seed: number;
  readonly pool: SqueezeName;
  readonly dropout: number;
  /** Stands before the names of the layers. Default: nothing. */
  readonly prefix?: string;
}

/** Pooling over valid steps, then one logit a class: `[batch, time, channels]` → `[batch, classes]`. */
export function classifier(x: tf.SymbolicTensor, head: Head): tf.SymbolicTensor {
  const { pool, prefix = '' } = head;
  const pooled = maskedGlobalPool1d({ pool, name: `${prefix}pool` }).apply(x) as tf.SymbolicTensor;
  return logits(pooled, head);
}

/** One logit a class, `[batch, units]` → `[batch, classes]`. */
export function logits(
  x: tf.SymbolicTensor,
  { classes, seed, dropout, prefix = '' }: Omit<Head, 'pool'>,
): tf.SymbolicTensor {
  const kept = drop(x, { rate: dropout, seed, name: `${prefix}dropout` });
  return dense(kept, { units: classes, activation: 'linear', name: `${prefix}logits`, seed });
}

/** The option `stochasticDepth` of residual networks. */
export const stochasticDepthOption = (published: number) =>
  z
    .number()
    .min(0)
    .lt(1)
    .default(published)
    .describe(
      'Probability with which training leaves out branches, recording by recording: it grows evenly up to this from block to block.',
    );

/** Dropout in training, or nothing where the rate is 0; a tensor of the same shape. */
export function drop(
  x: tf.SymbolicTensor,
  dropout: Required<Pick<MaskedDropoutArgs, 'rate' | 'seed' | 'name'>> & Pick<MaskedDropoutArgs, 'unit'>,
): tf.SymbolicTensor {
  return dropout.rate === 0 ? x : (maskedDropout(dropout).apply(x) as tf.SymbolicTensor);
}

/** A dense layer, `[batch, inputs]` → `[batch, units]`. */
export function dense(
  x: tf.SymbolicTensor,
  { seed, ...args }: { units: number; activation: 'linear' | 'relu'; name: string; seed: number },
): tf.SymbolicTensor {
  const kernelInitializer = seededInitializer('glorotUniform', deriveSeed(seed, args.name));
  return tf.layers.dense({ ...args, kernelInitializer }).apply(x) as tf.SymbolicTensor;
}

/** The option `networks` of models that are published as ensembles. */
export const networksOption = z
  .int()
  .min(1)
  .default(1)
  .describe(
    'Networks that are trained side by side, each for itself; their probabilities are averaged. Published: 5.',
  );

/** A model of several networks that share nothing but the input. */
export interface Ensemble {
  readonly name: string;
  readonly channels: number;
  readonly networks: number;
  /**
   * One of them, `[batch, time, channels]` → logits `[batch, classes]`. The prefix stands before the names of its layers, by
   * which its initial weights and its noise differ from those of the others.
   */
  readonly network: (x: tf.SymbolicTensor, prefix: string) => tf.SymbolicTensor;
}

/** The logits of each network are an output of their own. The layers of a single network have no prefix. */
export function ensemble({ name, channels, networks, network }: Ensemble): tf.LayersModel {
  const { inputs, x } = maskedInputs(channels);
  const prefixes = Array.from({ length: networks }, (_, i) => (networks === 1 ? '' : `net${i + 1}_`));
  return tf.model({ inputs, outputs: prefixes.map((prefix) => network(x, prefix)), name });
}
