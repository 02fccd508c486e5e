// ConvNeXt (Liu et al. 2022, arXiv:2201.03545) in one dimension, of the size called Atto (Woo et al. 2023, arXiv:2301.00808).
import tf from '#tfjs';
import { z } from 'zod';
import { maskedGlobalPool1d, maskedLayerNorm, maskedLayerScale, placements } from '../layers/index.js';
import {
  asManyAs,
  convolve,
  drop,
  headOptions,
  logits,
  maskedInputs,
  residual,
  stochasticDepthOption,
} from './blocks.js';
import { defineModel, type ModelContext } from './model.js';

const options = z
  .strictObject({
    blocks: z.array(z.int().min(1)).min(1).default([2, 2, 6, 2]).describe('Blocks of each stage.'),
    filters: z
      .array(z.int().min(1))
      .min(1)
      .default([40, 80, 160, 320])
      .describe('Channels of each stage. A stage has half the steps of the one before.'),
    stemKernelSize: z.int().min(1).default(4).describe('Steps that the first convolution sees.'),
    stemStride: z
      .int()
      .min(1)
      .default(4)
      .describe(
        'Its stride. 4 and the stages leave one step of 32; take 1 or 2 for recordings of some 100 steps.',
      ),
    kernelSize: z.int().min(1).default(7).describe('Steps that the depthwise convolutions see.'),
    expansion: z.int().min(1).default(4).describe('Hidden channels of a block, as a multiple of its own.'),
    layerScale: z
      .number()
      .nonnegative()
      .default(1e-6)
      .describe('What the learned factors of the branches begin as. 0: there are none.'),
    stochasticDepth: stochasticDepthOption(0.1),
    ...headOptions,
  })
  .superRefine(asManyAs('blocks', 'filters'));

type Options = z.output<typeof options>;

export const convnext = defineModel('convnext', {
  description: 'Depthwise convolutions of 7 steps and wide 1×1 convolutions, layer norm, in four stages.',
  source: 'Liu et al. 2022, arXiv:2201.03545',
  attention: 'none',
  placements,
  options,
  build: (chosen, { channels, classes, attention, seed }) => {
    const { inputs, x } = maskedInputs(channels);
    const count = chosen.blocks.reduce((sum, blocks) => sum + blocks, 0);
    let built = 0;
    const body = chosen.filters.reduce((y, filters, i) => {
      const stage = `stage${i + 1}`;
      const start =
        i === 0 ? stem(y, chosen, seed) : downsample(y, { filters, name: `${stage}_downsample`, seed });
      const names = Array.from({ length: chosen.blocks[i] }, (_, j) => `${stage}_block${j + 1}`);
      return names.reduce((z, name) => {
        const dropped = (chosen.stochasticDepth * built++) / Math.max(1, count - 1);
        return block(z, { name, dropped }, chosen, { attention, seed });
      }, start);
    }, x);
    const { pool, dropout } = chosen;
    const pooled = maskedGlobalPool1d({ pool, name: 'pool' }).apply(body) as tf.SymbolicTensor;
    const outputs = logits(layerNormalize(pooled, 'head_norm'), { classes, seed, dropout });
    return tf.model({ inputs, outputs, name: 'convnext' });
  },
});

/** `[batch, time, channels]` → `[batch, ⌈time / stride⌉, filters]`. */
function stem(x: tf.SymbolicTensor, chosen: Options, seed: number): tf.SymbolicTensor {
  const { filters, stemKernelSize: kernelSize, stemStride: strides } = chosen;
  const y = convolve(x, { filters: filters[0], kernelSize, strides, name: 'stem_conv', bias: true, seed });
  return layerNormalize(y, 'stem_norm');
}

/** `[batch, time, channels]` → `[batch, ⌈time / 2⌉, filters]`. */
function downsample(
  x: tf.SymbolicTensor,
  { name, ...rest }: { filters: number; name: string; seed: number },
): tf.SymbolicTensor {
  const y = layerNormalize(x, `${name}_norm`);
  return convolve(y, { ...rest, kernelSize: 2, strides: 2, name: `${name}_conv`, bias: true });
}

function block(
  x: tf.SymbolicTensor,
  { name, dropped }: { name: string; dropped: number },
  { kernelSize, expansion, layerScale: initial }: Options,
  own: Pick<ModelContext, 'attention' | 'seed'>,
): tf.SymbolicTensor {
  const width = x.shape[2] ?? 0;
  const common = { bias: true, seed: own.seed };
  return residual(x, {
    ...{ name, ...own, activation: 'linear' },
    shortcut: (x) => x,
    branch: (x) => {
      const depthwise = { filters: width, groups: width, kernelSize, name: `${name}_depthwise` };
      const seen = layerNormalize(convolve(x, { ...common, ...depthwise }), `${name}_norm`);
      const hidden = { filters: expansion * width, activation: 'gelu', name: `${name}_expand` } as const;
      const expanded = convolve(seen, { ...common, ...hidden, kernelSize: 1 });
      return convolve(expanded, { ...common, filters: width, kernelSize: 1, name: `${name}_project` });
    },
    scale: (y) => {
      const scaled = initial === 0 ? y : maskedLayerScale({ initial, name: `${name}_scale` }).apply(y);
      const dropout = { rate: dropped, unit: 'recording', seed: own.seed, name: `${name}_drop` } as const;
      return drop(scaled as tf.SymbolicTensor, dropout);
    },
  });
}

function layerNormalize(x: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
  return maskedLayerNorm({ epsilon: 1e-6, name }).apply(x) as tf.SymbolicTensor;
}
