// The residual network of Wang, Yan and Oates 2017 (arXiv:1611.06455), with attention after the last normalisation
// of each block, before the sum, as squeeze and excitation is placed in residual networks (arXiv:1709.01507).
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { applyAttention, maskedAdd } from '../layers/index.js';
import {
  biasOption,
  classifier,
  convolveAndNormalize,
  maskedInputs,
  normalize,
  type ConvolutionOptions,
} from './blocks.js';
import { defineModel } from './model.js';

const options = z.strictObject({
  filters: z.array(z.int().positive()).min(1).default([64, 128, 128]).describe('Filters of each block.'),
  kernelSizes: z
    .array(z.int().positive())
    .min(1)
    .default([8, 5, 3])
    .describe('Kernel sizes of the convolutions of a block.'),
  bias: biasOption,
});

export const resnet = defineModel({
  description: 'Residual network: blocks of three convolutions with a shortcut, then average pooling.',
  source: 'Wang, Yan, Oates 2017, arXiv:1611.06455',
  options,
  build: ({ filters, kernelSizes, bias }, { channels, classes, attention, seed }) => {
    const { inputs, x } = maskedInputs(channels);
    let y = x;
    for (const [i, width] of filters.entries()) {
      const name = `block${i + 1}`;
      const common = { filters: width, bias, seed };
      const shortcut = project(y, {
        ...common,
        kernelSize: 1,
        name: `${name}_shortcut`,
        activation: 'linear',
      });
      for (const [j, kernelSize] of kernelSizes.entries()) {
        const activation = j < kernelSizes.length - 1 ? 'relu' : 'linear';
        y = convolveAndNormalize(y, { ...common, kernelSize, name: `${name}_conv${j + 1}`, activation });
      }
      y = applyAttention(y, attention, { name: `${name}_attention`, seed });
      y = maskedAdd({ activation: 'relu', name: `${name}_add` }).apply([y, shortcut]) as tf.SymbolicTensor;
    }
    return tf.model({ inputs, outputs: classifier(y, classes, seed), name: 'resnet' });
  },
});

/** The shortcut: normalised, and projected by a 1×1 convolution where the number of channels changes. */
function project(x: tf.SymbolicTensor, options: ConvolutionOptions): tf.SymbolicTensor {
  if (x.shape[2] !== options.filters) return convolveAndNormalize(x, options);
  return normalize(x, `${options.name}_norm`, options.activation);
}
