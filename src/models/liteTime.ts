// LITE (Ismail-Fawaz et al. 2023, "LITE: Light Inception with boosTing tEchniques") and, for more than one channel, LITEMV
// (arXiv:2409.02869), with attention after each block's ReLU; LITETime is an ensemble of five of them.
import type tf from '#tfjs';
import { z } from 'zod';
import { isFilterSize } from '../layers/handCraftedFilters1d.js';
import { applyAttention, handCraftedFilters1d, maskedConcatenate } from '../layers/index.js';
import {
  classifier,
  convolve,
  convolveSeparably,
  ensemble,
  headOptions,
  networksOption,
  normalize,
} from './blocks.js';
import { defineModel, type ModelContext } from './model.js';

const sizes = (description: string, ...published: number[]) =>
  z.array(z.int().min(1)).min(1).default(published).describe(description);

const options = z.strictObject({
  filters: z.int().min(1).default(32).describe('Filters of each trained convolution.'),
  kernelSizes: sizes('Kernel sizes of the convolutions side by side in the first block.', 40, 20, 10),
  handCrafted: z
    .array(
      z.int().refine(isFilterSize, {
        error: ({ input }) => `expected 2 or a multiple of 4, found ${String(input)}`,
      }),
    )
    .default([2, 4, 8, 16, 32, 64])
    .describe('Sizes of the fixed filters beside them, for rising and falling values and peaks. []: none.'),
  separableKernelSizes: sizes(
    'Kernel sizes of the separable convolutions after it, one a block; their dilations are 2, 4, 8, …',
    ...[20, 10],
  ),
  multivariate: z
    .boolean()
    .optional()
    .describe(
      'Whether the first block takes each channel apart (LITEMV): separable convolutions, fixed filters for each ' +
        'channel. Default: for more than one channel.',
    ),
  networks: networksOption,
  ...headOptions,
});

type Options = z.output<typeof options>;

export const liteTime = defineModel('lite-time', {
  description:
    'LITE: convolutions of several sizes beside fixed filters, then two separable dilated ones; average pooling.',
  source: 'Ismail-Fawaz et al. 2023 (DSAA) and 2024, arXiv:2409.02869',
  attention: 'none',
  placements: ['standard', 'pre'],
  options,
  build: ({ networks, pool, dropout, ...chosen }, { channels, classes, attention, seed }) =>
    ensemble({
      ...{ name: 'lite-time', channels, networks },
      network: (x, prefix) => {
        const y = body(x, chosen, { attention, seed, prefix });
        return classifier(y, { classes, seed, pool, dropout, prefix });
      },
    }),
});

/** One network without its output layer, `[batch, time, channels]` → `[batch, time, filters]`. */
function body(
  x: tf.SymbolicTensor,
  chosen: Omit<Options, 'networks' | 'pool' | 'dropout'>,
  { prefix, seed, attention }: Pick<ModelContext, 'attention' | 'seed'> & { prefix: string },
): tf.SymbolicTensor {
  const { filters, kernelSizes, handCrafted, separableKernelSizes } = chosen;
  const multivariate = chosen.multivariate ?? (x.shape[2] ?? 1) > 1;
  const block = (
    input: tf.SymbolicTensor,
    number: number,
    convolutions: (input: tf.SymbolicTensor, name: string) => tf.SymbolicTensor,
  ): tf.SymbolicTensor => {
    const name = `${prefix}block${number}`;
    const attended = { name: `${name}_attention`, seed };
    const convolved = convolutions(applyAttention(input, attention, attended, 'pre'), name);
    return applyAttention(normalize(convolved, `${name}_norm`, 'relu'), attention, attended);
  };
  const first = block(x, 1, (input, name) => {
    const branches = kernelSizes.map((kernelSize, i) => {
      const convolution = { filters, kernelSize, name: `${name}_conv${i + 1}`, seed };
      return multivariate
        ? convolveSeparably(input, convolution)
        : convolve(input, { ...convolution, bias: false });
    });
    if (handCrafted.length > 0) {
      const fixed = { sizes: handCrafted, depthwise: multivariate, name: `${name}_filters` };
      branches.push(handCraftedFilters1d(fixed).apply(input) as tf.SymbolicTensor);
    }
    if (branches.length === 1) return branches[0];
    return maskedConcatenate({ name: `${name}_concatenate` }).apply(branches) as tf.SymbolicTensor;
  });
  return separableKernelSizes.reduce(
    (y, kernelSize, i) =>
      block(y, i + 2, (input, name) =>
        convolveSeparably(input, { filters, kernelSize, dilationRate: 2 ** (i + 1), name, seed }),
      ),
    first,
  );
}
