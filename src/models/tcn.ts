// The temporal convolutional network of Bai, Kolter and Koltun 2018 (arXiv:1803.01271): causal convolutions whose dilation
// doubles from level to level, so that the last step has seen the whole recording. Attention stands as in residual networks.
import tf from '#tfjs';
import { z } from 'zod';
import { placements } from '../layers/index.js';
import { classifier, convolve, drop, headOptions, maskedInputs, residual } from './blocks.js';
import { defineModel } from './model.js';

const options = z.strictObject({
  filters: z.int().min(1).default(25).describe('Filters of each convolution.'),
  depth: z
    .int()
    .min(1)
    .default(8)
    .describe(
      'Levels of two convolutions, of dilation 1, 2, 4, …: 1 + 2·(kernelSize - 1)·(2^depth - 1) steps are seen.',
    ),
  kernelSize: z.int().min(1).default(7).describe('Kernel size of each convolution.'),
  weightNorm: z
    .boolean()
    .default(true)
    .describe('Whether direction and length of each filter are trained apart, as published.'),
  innerDropout: z
    .number()
    .min(0)
    .lt(1)
    .default(0.05)
    .describe('Share of the values that dropout makes 0 after each convolution in training.'),
  ...headOptions,
  pool: headOptions.pool
    .unwrap()
    .default('last')
    .describe(headOptions.pool.description ?? ''),
});

export const tcn = defineModel('tcn', {
  description:
    'Temporal convolutional network: dilated causal convolutions with shortcuts; the last step decides.',
  source: 'Bai, Kolter, Koltun 2018, arXiv:1803.01271',
  attention: 'none',
  placements,
  options,
  build: (
    { filters, depth, kernelSize, weightNorm, innerDropout, pool, dropout },
    { channels, classes, attention, seed },
  ) => {
    const { inputs, x } = maskedInputs(channels);
    const common = { filters, bias: true, seed };
    let y = x;
    for (let level = 1; level <= depth; level++) {
      const name = `level${level}`;
      const convolution = {
        ...common,
        kernelSize,
        dilationRate: 2 ** (level - 1),
        padding: 'causal',
        weightNorm,
      } as const;
      y = residual(y, {
        ...{ name, attention, seed, activation: 'relu' },
        shortcut: (x) =>
          x.shape[2] === filters ? x : convolve(x, { ...common, kernelSize: 1, name: `${name}_shortcut` }),
        branch: (x) =>
          [1, 2].reduce((y, i) => {
            const convolved = convolve(y, { ...convolution, activation: 'relu', name: `${name}_conv${i}` });
            return drop(convolved, { rate: innerDropout, seed, name: `${name}_dropout${i}` });
          }, x),
      });
    }
    return tf.model({ inputs, outputs: classifier(y, { classes, seed, pool, dropout }), name: 'tcn' });
  },
});
