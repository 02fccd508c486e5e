// The fully convolutional network of Wang, Yan and Oates 2017 (arXiv:1611.06455), with attention after its first
// two blocks, as in MLSTM-FCN (Karim et al. 2019, arXiv:1801.04503).
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { applyAttention } from '../layers/index.js';
import { biasOption, classifier, convolveAndNormalize, headOptions, maskedInputs } from './blocks.js';
import { defineModel } from './model.js';

const options = z
  .strictObject({
    filters: z.array(z.int().positive()).min(1).default([128, 256, 128]).describe('Filters of each block.'),
    kernelSizes: z.array(z.int().positive()).min(1).default([8, 5, 3]).describe('Kernel size of each block.'),
    bias: biasOption,
    ...headOptions,
  })
  .refine(({ filters, kernelSizes }) => filters.length === kernelSizes.length, {
    message: 'must have as many entries as filters',
    path: ['kernelSizes'],
  });

export const fcn = defineModel('fcn', {
  description:
    'Fully convolutional network: blocks of convolution, batch norm and ReLU, then average pooling.',
  source: 'Wang, Yan, Oates 2017, arXiv:1611.06455',
  attention: 'none',
  placements: ['standard', 'pre'],
  options,
  build: ({ filters, kernelSizes, bias, ...head }, { channels, classes, attention, seed }) => {
    const { inputs, x } = maskedInputs(channels);
    let y = x;
    for (const [i, width] of filters.entries()) {
      const name = `block${i + 1}`;
      const attended = { name: `${name}_attention`, seed };
      if (i < 2) y = applyAttention(y, attention, attended, 'pre');
      y = convolveAndNormalize(y, {
        filters: width,
        kernelSize: kernelSizes[i],
        name: `${name}_conv`,
        bias,
        seed,
        activation: 'relu',
      });
      if (i < 2) y = applyAttention(y, attention, attended);
    }
    return tf.model({ inputs, outputs: classifier(y, { classes, seed, ...head }), name: 'fcn' });
  },
});
