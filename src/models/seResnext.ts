// SE-ResNeXt (Hu, Shen, Sun 2018, arXiv:1709.01507) in one dimension: the residual network whose blocks convolve in groups
// (Xie et al. 2017, arXiv:1611.05431), with squeeze and excitation on the branch before the sum.
import tf from '#tfjs';
import { z } from 'zod';
import { maskedMaxPool1d, placements } from '../layers/index.js';
import {
  asManyAs,
  classifier,
  convolveAndNormalize,
  headOptions,
  maskedInputs,
  residual,
  type ConvolutionOptions,
} from './blocks.js';
import { defineModel, type ModelContext } from './model.js';

const options = z
  .strictObject({
    blocks: z.array(z.int().min(1)).min(1).default([3, 4, 6, 3]).describe('Blocks of each stage.'),
    filters: z
      .array(z.int().min(1))
      .min(1)
      .default([128, 256, 512, 1024])
      .describe('Filters of the grouped convolutions of each stage.'),
    strides: z
      .array(z.int().min(1))
      .min(1)
      .default([1, 2, 2, 2])
      .describe('Step between outputs of the first block of each stage.'),
    cardinality: z.int().min(1).default(32).describe('Groups of the grouped convolutions.'),
    expansion: z
      .int()
      .min(1)
      .default(2)
      .describe('How many times the filters of the grouped convolution a block puts out.'),
    kernelSize: z.int().min(1).default(3).describe('Kernel size of the grouped convolutions.'),
    stemFilters: z.int().min(1).default(64).describe('Filters of the first convolution.'),
    stemKernelSize: z.int().min(1).default(7).describe('Its kernel size.'),
    stemStride: z.int().min(1).default(2).describe('Its step between outputs.'),
    stemPool: z
      .boolean()
      .default(true)
      .describe('Whether max pooling over 3 steps, every other one, follows it.'),
    ...headOptions,
  })
  .superRefine(asManyAs('blocks', 'filters', 'strides'))
  .refine(({ filters, cardinality }) => filters.every((width) => width % cardinality === 0), {
    error: ({ input }) => {
      const { filters, cardinality } = input as { filters: number[]; cardinality: number };
      return `expected multiples of cardinality (${cardinality}), found ${filters.join(', ')}`;
    },
    path: ['filters'],
  });

type Options = z.output<typeof options>;

export const seResnext = defineModel('se-resnext', {
  description: 'Residual network of bottleneck blocks that convolve in groups, with squeeze and excitation.',
  source: 'Hu, Shen, Sun 2018, arXiv:1709.01507; Xie et al. 2017, arXiv:1611.05431',
  attention: { name: 'squeeze-excite', ratio: 16, bias: true },
  placements,
  options,
  build: (chosen, { channels, classes, attention, seed }) => {
    const { inputs, x } = maskedInputs(channels);
    const body = chosen.blocks.reduce(
      (x, count, stage) =>
        Array.from({ length: count }, (_, i) => i).reduce((x, i) => {
          const name = `stage${stage + 1}_block${i + 1}`;
          const strides = i === 0 ? chosen.strides[stage] : 1;
          return block(x, chosen, { name, filters: chosen.filters[stage], strides, attention, seed });
        }, x),
      stem(x, chosen, seed),
    );
    const { pool, dropout } = chosen;
    return tf.model({
      inputs,
      outputs: classifier(body, { classes, seed, pool, dropout }),
      name: 'se-resnext',
    });
  },
});

/** The first convolution and pooling, `[batch, time, channels]` → `[batch, steps, stemFilters]`. */
function stem(
  x: tf.SymbolicTensor,
  { stemFilters, stemKernelSize, stemStride, stemPool }: Options,
  seed: number,
): tf.SymbolicTensor {
  const y = convolveAndNormalize(x, {
    filters: stemFilters,
    kernelSize: stemKernelSize,
    strides: stemStride,
    name: 'stem_conv',
    bias: false,
    seed,
    activation: 'relu',
  });
  if (!stemPool) return y;
  const pool = maskedMaxPool1d({ poolSize: 3, strides: 2, padding: 'same', name: 'stem_pool' });
  return pool.apply(y) as tf.SymbolicTensor;
}

/** What tells one block from another. */
interface Block
  extends Pick<ModelContext, 'attention' | 'seed'>, Pick<ConvolutionOptions, 'filters' | 'name'> {
  readonly strides: number;
}

/** 1×1 to `filters`, grouped, 1×1 to the output; `[batch, time, …]` → `[batch, ⌈time / strides⌉, expansion · filters]`. */
function block(
  x: tf.SymbolicTensor,
  { cardinality, expansion, kernelSize }: Options,
  { name, filters, strides, attention, seed }: Block,
): tf.SymbolicTensor {
  const outputs = expansion * filters;
  const pointwise = { kernelSize: 1, bias: false, seed };
  const linear = { ...pointwise, filters: outputs, activation: 'linear' } as const;
  return residual(x, {
    ...{ name, attention, seed, activation: 'relu' },
    shortcut: (x) =>
      strides === 1 && x.shape[2] === outputs
        ? x
        : convolveAndNormalize(x, { ...linear, strides, name: `${name}_shortcut` }),
    branch: (x) => {
      const inner = { ...pointwise, filters, activation: 'relu' } as const;
      const narrow = convolveAndNormalize(x, { ...inner, name: `${name}_conv1` });
      const grouped = { ...inner, kernelSize, strides, groups: cardinality, name: `${name}_conv2` };
      return convolveAndNormalize(convolveAndNormalize(narrow, grouped), {
        ...linear,
        name: `${name}_conv3`,
      });
    },
  });
}
