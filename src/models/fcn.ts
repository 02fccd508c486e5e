// The fully convolutional network of Wang, Yan and Oates 2017 (arXiv:1611.06455), with attention after its first
// two blocks, as in MLSTM-FCN (Karim et al. 2019, arXiv:1801.04503).
import tf from '#tfjs';
import { z } from 'zod';
import { applyAttention, type Placement } from '../layers/index.js';
import {
  asManyAs,
  biasOption,
  classifier,
  convolveAndNormalize,
  headOptions,
  maskedInputs,
} from './blocks.js';
import { defineModel, type ModelContext } from './model.js';

/** Options of the blocks. */
export const fcnOptions = {
  filters: z.array(z.int().min(1)).min(1).default([128, 256, 128]).describe('Filters of each block.'),
  kernelSizes: z.array(z.int().min(1)).min(1).default([8, 5, 3]).describe('Kernel size of each block.'),
  bias: biasOption,
};

type FcnOptions = z.output<z.ZodObject<typeof fcnOptions>>;

export const fcn = defineModel('fcn', {
  description:
    'Fully convolutional network: blocks of convolution, batch norm and ReLU, then average pooling.',
  source: 'Wang, Yan, Oates 2017, arXiv:1611.06455',
  attention: 'none',
  placements: ['standard', 'pre'],
  options: z.strictObject({ ...fcnOptions, ...headOptions }).superRefine(asManyAs('filters', 'kernelSizes')),
  build: ({ filters, kernelSizes, bias, ...head }, { channels, classes, attention, seed }) => {
    const { inputs, x } = maskedInputs(channels);
    const body = fcnBlocks(x, { filters, kernelSizes, bias }, { attention, seed });
    return tf.model({ inputs, outputs: classifier(body, { classes, seed, ...head }), name: 'fcn' });
  },
});

/** The blocks, with attention at the first two: `[batch, time, channels]` → `[batch, time, filters]`. */
export function fcnBlocks(
  x: tf.SymbolicTensor,
  { filters, kernelSizes, bias }: FcnOptions,
  { attention, seed }: Pick<ModelContext, 'attention' | 'seed'>,
): tf.SymbolicTensor {
  return filters.reduce((x, width, i) => {
    const name = `block${i + 1}`;
    const attend = (y: tf.SymbolicTensor, here: Placement): tf.SymbolicTensor =>
      i < 2 ? applyAttention(y, attention, { name: `${name}_attention`, seed }, here) : y;
    const y = convolveAndNormalize(attend(x, 'pre'), {
      filters: width,
      kernelSize: kernelSizes[i],
      name: `${name}_conv`,
      bias,
      seed,
      activation: 'relu',
    });
    return attend(y, 'standard');
  }, x);
}
