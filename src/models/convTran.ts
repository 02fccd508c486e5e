// ConvTran (Foumani et al. 2023, arXiv:2305.16642): a convolution of each channel, one of all channels, and a transformer's
// block whose position codes are made for time series.
import tf from '#tfjs';
import { z } from 'zod';
import {
  applyAttention,
  maskedAdd,
  maskedChannelwiseConv1d,
  maskedLayerNorm,
  maskedMergeSteps,
  maskedSelfAttention,
  timeAbsolutePosition,
} from '../layers/index.js';
import { seededInitializer } from '../layers/initializers.js';
import { deriveSeed } from '../shared/random.js';
import {
  biasOption,
  classifier,
  convolve,
  convolveAndNormalize,
  drop,
  headOptions,
  maskedInputs,
  normalize,
} from './blocks.js';
import { defineModel } from './model.js';

const options = z
  .strictObject({
    embedding: z.int().min(1).default(16).describe('Channels of the transformer.'),
    kernelSize: z.int().min(1).default(8).describe('Steps that the convolution of each channel sees.'),
    expansion: z.int().min(1).default(4).describe('Filters of that convolution, as a multiple of embedding.'),
    heads: z.int().min(1).default(8).describe('Heads of the self-attention; they divide embedding.'),
    depth: z.int().min(1).default(1).describe('Transformer blocks one after another.'),
    feedForward: z.int().min(1).default(256).describe('Hidden units of the feed-forward part.'),
    absolutePosition: z
      .enum(['tape', 'none'])
      .default('tape')
      .describe('Sines and cosines that fit the length of a recording (tape), or no code of the position.'),
    maximumLength: z
      .int()
      .min(1)
      .optional()
      .describe("Length that these fit for all recordings alike, in steps. Default: each recording's own."),
    relativePosition: z
      .enum(['erpe', 'none'])
      .default('erpe')
      .describe('A learned scalar for each head and distance, added after the softmax (erpe), or none.'),
    maximumDistance: z
      .int()
      .min(1)
      .default(511)
      .describe('Distance in steps from which on all share one of these scalars.'),
    innerDropout: z
      .number()
      .min(0)
      .lt(1)
      .default(0.01)
      .describe(
        'Share of the values that dropout makes 0 after the position code and in the feed-forward part.',
      ),
    bias: biasOption,
    ...headOptions,
  })
  .refine(({ embedding, heads }) => embedding % heads === 0, {
    error: ({ input }) => {
      const { embedding, heads } = input as { embedding: number; heads: number };
      return `expected a divisor of embedding (${embedding}), found ${heads}; give both`;
    },
    path: ['heads'],
  })
  .refine(
    ({ absolutePosition, maximumLength }) => absolutePosition === 'tape' || maximumLength === undefined,
    {
      error: 'belongs to absolutePosition: tape, and there is none; leave it out',
      path: ['maximumLength'],
    },
  );

type Options = z.output<typeof options>;

const epsilon = 1e-5;

export const convTran = defineModel('conv-tran', {
  description: 'Convolutions of each channel and of all, then a transformer block; average pooling.',
  source: 'Foumani et al. 2023, arXiv:2305.16642',
  attention: 'none',
  placements: ['standard'],
  options,
  build: (chosen, { channels, classes, attention, seed }) => {
    const { inputs, x } = maskedInputs(channels);
    const embedded = applyAttention(embed(x, chosen, seed), attention, { name: 'embedding_attention', seed });
    let body = embedded;
    for (let i = 0; i < chosen.depth; i++) {
      const prefix = i === 0 ? '' : `block${i + 1}_`;
      // The code of the absolute position is added once.
      const placed = i === 0 ? place(body, chosen, seed) : body;
      const attended = addAndNormalize(body, attendTo(placed, chosen, seed, prefix), `${prefix}attention`);
      body = addAndNormalize(attended, feedForward(attended, chosen, seed, prefix), `${prefix}feed_forward`);
    }
    const { pool, dropout } = chosen;
    return tf.model({
      inputs,
      outputs: classifier(body, { classes, seed, pool, dropout }),
      name: 'conv-tran',
    });
  },
});

/** `[batch, time, channels]` → `[batch, time, embedding]`. */
function embed(x: tf.SymbolicTensor, chosen: Options, seed: number): tf.SymbolicTensor {
  const { embedding, kernelSize, expansion, bias } = chosen;
  const [name, steps] = ['temporal_conv', x.shape[2] ?? 1];
  const convolution = maskedChannelwiseConv1d({
    ...{ name, filters: embedding * expansion, kernelSize, useBias: bias },
    kernelInitializer: seededInitializer('glorotUniform', deriveSeed(seed, name)),
  });
  const temporal = normalize(convolution.apply(x) as tf.SymbolicTensor, `${name}_norm`, 'gelu');
  const merged = maskedMergeSteps({ steps, name: 'merge_channels' }).apply(temporal) as tf.SymbolicTensor;
  const pointwise = { kernelSize: 1, filters: embedding, name: 'spatial_conv', bias, seed };
  return convolveAndNormalize(merged, { ...pointwise, activation: 'gelu' });
}

/** The steps with a code of their positions, which the sum after the attention has not. */
function place(x: tf.SymbolicTensor, chosen: Options, seed: number): tf.SymbolicTensor {
  const { absolutePosition, maximumLength, innerDropout: rate } = chosen;
  if (absolutePosition === 'none') return x;
  const fitted = maximumLength === undefined ? {} : { maximumLength };
  const placed = timeAbsolutePosition({ ...fitted, name: 'position' }).apply(x) as tf.SymbolicTensor;
  return drop(placed, { rate, seed, name: 'position_dropout' });
}

/** Self-attention of the steps, with its own normalisation. */
function attendTo(x: tf.SymbolicTensor, chosen: Options, seed: number, prefix: string): tf.SymbolicTensor {
  const { heads, relativePosition, maximumDistance } = chosen;
  const distances = relativePosition === 'none' ? {} : { maximumDistance };
  const name = `${prefix}self_attention`;
  const attended = maskedSelfAttention({ ...distances, heads, seed, name }).apply(x);
  return maskedLayerNorm({ epsilon, name: `${name}_norm` }).apply(attended) as tf.SymbolicTensor;
}

function feedForward(x: tf.SymbolicTensor, chosen: Options, seed: number, prefix: string): tf.SymbolicTensor {
  const { embedding, innerDropout: rate } = chosen;
  const name = `${prefix}feed_forward`;
  const common = { kernelSize: 1, bias: true, seed };
  const hidden = convolve(x, {
    ...common,
    filters: chosen.feedForward,
    activation: 'relu',
    name: `${name}_hidden`,
  });
  const kept = drop(hidden, { rate, seed, name: `${name}_hidden_dropout` });
  const y = convolve(kept, { ...common, filters: embedding, name: `${name}_output` });
  return drop(y, { rate, seed, name: `${name}_dropout` });
}

/** The layer normalisation of `x + y`. */
function addAndNormalize(x: tf.SymbolicTensor, y: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
  const sum = maskedAdd({ name: `${name}_add` }).apply([x, y]) as tf.SymbolicTensor;
  return maskedLayerNorm({ epsilon, name: `${name}_norm` }).apply(sum) as tf.SymbolicTensor;
}
