// EfficientNet (Tan and Le 2019, arXiv:1905.11946) in one dimension: B0, and what width and depth make of it, with squeeze
// and excitation in every block.
import tf from '#tfjs';
import { z } from 'zod';
import { placements } from '../layers/index.js';
import {
  asManyAs,
  classifier,
  convolveAndNormalize,
  headOptions,
  maskedInputs,
  stochasticDepthOption,
} from './blocks.js';
import { invertedResiduals, scaledChannels, type InvertedResidual } from './invertedResidual.js';
import { defineModel } from './model.js';

const counts = (preset: number[], description: string) =>
  z.array(z.int().min(1)).min(1).default(preset).describe(description);

const options = z
  .strictObject({
    width: z
      .number()
      .positive()
      .default(1)
      .describe('Multiplies all channels, which are then rounded to multiples of 8.'),
    depth: z.number().positive().default(1).describe('Multiplies the blocks of each stage, rounded up.'),
    blocks: counts([1, 2, 2, 3, 3, 4, 1], 'Blocks of each stage.'),
    filters: counts([16, 24, 40, 80, 112, 192, 320], 'Channels that the blocks of each stage put out.'),
    expansions: counts(
      [1, 6, 6, 6, 6, 6, 6],
      'How many times the channels that come into a block its depthwise convolution has.',
    ),
    kernelSizes: counts([3, 3, 5, 3, 5, 5, 3], 'Kernel size of the depthwise convolutions of each stage.'),
    strides: counts([1, 2, 2, 2, 1, 2, 1], 'Step between outputs of the first block of each stage.'),
    stemFilters: z.int().min(1).default(32).describe('Filters of the first convolution.'),
    stemKernelSize: z.int().min(1).default(3).describe('Its kernel size.'),
    stemStride: z.int().min(1).default(2).describe('Its step between outputs.'),
    headFilters: z.int().min(1).default(1280).describe('Filters of the last convolution, a 1×1.'),
    stochasticDepth: stochasticDepthOption(0.2),
    ...headOptions,
    dropout: headOptions.dropout.default(0.2),
  })
  .superRefine(asManyAs('blocks', 'filters', 'expansions', 'kernelSizes', 'strides'));

type Options = z.output<typeof options>;

export const efficientNet = defineModel('efficientnet', {
  description: 'Blocks around depthwise convolutions with squeeze and excitation, scaled in width and depth.',
  source: 'Tan, Le 2019, arXiv:1905.11946',
  attention: { name: 'squeeze-excite', ratio: 4, bias: true, activation: 'swish' },
  placements,
  options,
  build: (chosen, { channels, classes, attention, seed }) => {
    const { width, stemFilters, stemKernelSize, stemStride, headFilters, pool, dropout } = chosen;
    const { inputs, x } = maskedInputs(channels);
    const common = { bias: false, seed, activation: 'swish' } as const;
    const stem = convolveAndNormalize(x, {
      ...common,
      filters: scaledChannels(stemFilters, width),
      kernelSize: stemKernelSize,
      strides: stemStride,
      name: 'stem_conv',
    });
    const body = invertedResiduals(stem, blocksOf(chosen), { attention, seed, model: 'efficientnet' });
    const head = convolveAndNormalize(body, {
      ...common,
      filters: scaledChannels(headFilters, width),
      kernelSize: 1,
      name: 'head_conv',
    });
    return tf.model({
      inputs,
      outputs: classifier(head, { classes, seed, pool, dropout }),
      name: 'efficientnet',
    });
  },
});

/** The blocks of all stages in the chosen width and depth. */
function blocksOf(options: Options): InvertedResidual[] {
  const { width, depth, kernelSizes, strides, expansions } = options;
  const filters = options.filters.map((each) => scaledChannels(each, width));
  const before = [scaledChannels(options.stemFilters, width), ...filters];
  const all = options.blocks.flatMap((blocks, stage) =>
    Array.from({ length: Math.ceil(blocks * depth) }, (_, i) => ({
      name: `stage${stage + 1}_block${i + 1}`,
      expanded: expansions[stage] * (i === 0 ? before[stage] : filters[stage]),
      filters: filters[stage],
      kernelSize: kernelSizes[stage],
      strides: i === 0 ? strides[stage] : 1,
      activation: 'swish' as const,
      attended: true,
      ratioOfInputs: true,
    })),
  );
  return all.map((block, i) => ({ ...block, dropped: (options.stochasticDepth * i) / all.length }));
}
