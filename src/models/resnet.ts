// The residual network of Wang, Yan and Oates 2017 (arXiv:1611.06455), with attention after the last normalisation
// of each block, before the sum, as squeeze and excitation is placed in residual networks (arXiv:1709.01507).
import tf from '#tfjs';
import { z } from 'zod';
import { placements } from '../layers/index.js';
import {
  biasOption,
  classifier,
  convolveAndNormalize,
  headOptions,
  maskedInputs,
  normalize,
  residual,
  type ConvolutionOptions,
} from './blocks.js';
import { defineModel } from './model.js';

const options = z.strictObject({
  filters: z.array(z.int().min(1)).min(1).default([64, 128, 128]).describe('Filters of each block.'),
  kernelSizes: z
    .array(z.int().min(1))
    .min(1)
    .default([8, 5, 3])
    .describe('Kernel sizes of the convolutions of a block.'),
  bias: biasOption,
  ...headOptions,
});

export const resnet = defineModel('resnet', {
  description: 'Residual network: blocks of three convolutions with a shortcut, then average pooling.',
  source: 'Wang, Yan, Oates 2017, arXiv:1611.06455',
  attention: 'none',
  placements,
  options,
  build: ({ filters, kernelSizes, bias, ...head }, { channels, classes, attention, seed }) => {
    const { inputs, x } = maskedInputs(channels);
    const body = filters.reduce((x, width, i) => {
      const name = `block${i + 1}`;
      const common = { filters: width, bias, seed };
      return residual(x, {
        ...{ name, attention, seed, activation: 'relu' },
        shortcut: (x) =>
          project(x, { ...common, kernelSize: 1, name: `${name}_shortcut`, activation: 'linear' }),
        branch: (x) =>
          kernelSizes.reduce((y, kernelSize, j) => {
            const activation = j < kernelSizes.length - 1 ? 'relu' : 'linear';
            return convolveAndNormalize(y, {
              ...common,
              kernelSize,
              name: `${name}_conv${j + 1}`,
              activation,
            });
          }, x),
      });
    }, x);
    return tf.model({ inputs, outputs: classifier(body, { classes, seed, ...head }), name: 'resnet' });
  },
});

/** The shortcut: normalised, and projected by a 1×1 convolution where the number of channels changes. */
function project(x: tf.SymbolicTensor, options: ConvolutionOptions): tf.SymbolicTensor {
  if (x.shape[2] !== options.filters) return convolveAndNormalize(x, options);
  return normalize(x, `${options.name}_norm`, options.activation);
}
