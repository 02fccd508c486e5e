// MobileNetV3 (Howard et al. 2019, arXiv:1905.02244) in one dimension, large and small, with squeeze and excitation in the
// blocks in which the paper's tables have it.
import tf from '#tfjs';
import { z } from 'zod';
import { maskedActivation, maskedGlobalPool1d, placements } from '../layers/index.js';
import { convolveAndNormalize, dense, headOptions, logits, maskedInputs } from './blocks.js';
import { invertedResiduals, scaledChannels, type InvertedResidual } from './invertedResidual.js';
import { defineModel } from './model.js';

/** A row of a table. */
type Row = readonly [
  kernelSize: 3 | 5,
  expanded: number,
  filters: number,
  squeezeExcite: boolean,
  activation: 'relu' | 'hard-swish',
  stride: 1 | 2,
];

interface Variant {
  readonly rows: readonly Row[];
  /** Units of the layer after the pooling. */
  readonly units: number;
}

const variants = {
  /** Table 1. */
  large: {
    rows: [
      [3, 16, 16, false, 'relu', 1],
      [3, 64, 24, false, 'relu', 2],
      [3, 72, 24, false, 'relu', 1],
      [5, 72, 40, true, 'relu', 2],
      [5, 120, 40, true, 'relu', 1],
      [5, 120, 40, true, 'relu', 1],
      [3, 240, 80, false, 'hard-swish', 2],
      [3, 200, 80, false, 'hard-swish', 1],
      [3, 184, 80, false, 'hard-swish', 1],
      [3, 184, 80, false, 'hard-swish', 1],
      [3, 480, 112, true, 'hard-swish', 1],
      [3, 672, 112, true, 'hard-swish', 1],
      [5, 672, 160, true, 'hard-swish', 2],
      [5, 960, 160, true, 'hard-swish', 1],
      [5, 960, 160, true, 'hard-swish', 1],
    ],
    units: 1280,
  },
  /** Table 2. */
  small: {
    rows: [
      [3, 16, 16, true, 'relu', 2],
      [3, 72, 24, false, 'relu', 2],
      [3, 88, 24, false, 'relu', 1],
      [5, 96, 40, true, 'hard-swish', 2],
      [5, 240, 40, true, 'hard-swish', 1],
      [5, 240, 40, true, 'hard-swish', 1],
      [5, 120, 48, true, 'hard-swish', 1],
      [5, 144, 48, true, 'hard-swish', 1],
      [5, 288, 96, true, 'hard-swish', 2],
      [5, 576, 96, true, 'hard-swish', 1],
      [5, 576, 96, true, 'hard-swish', 1],
    ],
    units: 1024,
  },
} as const satisfies Record<string, Variant>;

/** Filters of the first convolution. */
const stemFilters = 16;

/** How many times the channels of the last block the last convolution has. */
const headExpansion = 6;

const options = z.strictObject({
  variant: z.enum(['large', 'small']).default('large').describe('Which of the two networks.'),
  width: z
    .number()
    .positive()
    .default(1)
    .describe('Multiplies all channels, which are rounded to multiples of 8.'),
  depth: z
    .number()
    .positive()
    .default(1)
    .describe('Multiplies the blocks that put out as many channels one after another, rounded up.'),
  kernelSizes: z
    .array(z.int().min(1))
    .length(2, 'expected 2 entries, for the 3 and the 5 of the tables')
    .default([3, 5])
    .describe('Kernel sizes that stand for the 3 and the 5 of the published tables.'),
  strides: z
    .array(z.int().min(1))
    .length(5, 'expected 5 entries, of the first convolution and of four blocks')
    .default([2, 2, 2, 2, 2])
    .describe(
      'Steps between outputs of the first convolution and of the four blocks that shorten recordings.',
    ),
  ...headOptions,
  dropout: headOptions.dropout.default(0.2),
});

type Options = z.output<typeof options>;

export const mobileNetV3 = defineModel('mobilenet-v3', {
  description: 'Small network of blocks around depthwise convolutions, found by search, with hard-swish.',
  source: 'Howard et al. 2019, arXiv:1905.02244',
  attention: { name: 'squeeze-excite', ratio: 4, gate: 'hard-sigmoid', bias: true },
  placements,
  options,
  build: (chosen, { channels, classes, attention, seed }) => {
    const { width, kernelSizes, strides, pool, dropout } = chosen;
    const { inputs, x } = maskedInputs(channels);
    const common = { bias: false, seed, activation: 'hard-swish' } as const;
    const stem = convolveAndNormalize(x, {
      ...common,
      filters: scaledChannels(stemFilters, width),
      kernelSize: kernelSizes[0],
      strides: strides[0],
      name: 'stem_conv',
    });
    const blocks = blocksOf(chosen);
    const body = invertedResiduals(stem, blocks, { attention, seed, model: 'mobilenet-v3' });
    const filters = headExpansion * (blocks.at(-1)?.filters ?? 0);
    const head = convolveAndNormalize(body, { ...common, filters, kernelSize: 1, name: 'head_conv' });
    const pooled = maskedGlobalPool1d({ pool, name: 'pool' }).apply(head) as tf.SymbolicTensor;
    const units = scaledChannels(variants[chosen.variant].units, width);
    const widened = dense(pooled, { units, activation: 'linear', name: 'head_dense', seed });
    const activated = maskedActivation({ activation: 'hard-swish', name: 'head_activation' }).apply(widened);
    const outputs = logits(activated as tf.SymbolicTensor, { classes, seed, dropout });
    return tf.model({ inputs, outputs, name: 'mobilenet-v3' });
  },
});

/** The blocks of a variant in the chosen width, depth, kernel sizes and strides. */
function blocksOf({ variant, width, depth, kernelSizes, strides }: Options): InvertedResidual[] {
  let shortened = 0;
  const deep = stagesOf(variants[variant].rows).flatMap((stage) =>
    Array.from({ length: Math.ceil(stage.length * depth) }, (_, i) => ({
      row: stage[Math.min(i, stage.length - 1)],
      shortens: i === 0 && stage[0][5] === 2,
    })),
  );
  return deep.map(({ row: [kernelSize, expanded, filters, attended, activation], shortens }, i) => ({
    name: `block${i + 1}`,
    expanded: scaledChannels(expanded, width),
    filters: scaledChannels(filters, width),
    kernelSize: kernelSizes[kernelSize === 3 ? 0 : 1],
    strides: shortens ? strides[++shortened] : 1,
    activation,
    attended,
    dropped: 0,
    ratioOfInputs: false,
  }));
}

/** Rows one after another that put out as many channels. Only the first of a stage shortens recordings. */
function stagesOf(rows: readonly Row[]): Row[][] {
  const stages: Row[][] = [];
  for (const row of rows) {
    const stage = stages.at(-1);
    if (stage?.[0][2] === row[2]) stage.push(row);
    else stages.push([row]);
  }
  return stages;
}
