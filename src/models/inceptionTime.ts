// InceptionTime's network (Ismail Fawaz et al. 2020, arXiv:1909.04939), with attention after each module's
// normalisation and ReLU, as squeeze and excitation takes a whole Inception module (arXiv:1709.01507, figure 2).
import type tf from '#tfjs';
import { z } from 'zod';
import { applyAttention, maskedAdd, maskedConcatenate, maskedMaxPool1d } from '../layers/index.js';
import {
  biasOption,
  classifier,
  convolve,
  convolveAndNormalize,
  ensemble,
  headOptions,
  networksOption,
  normalize,
} from './blocks.js';
import { defineModel, type ModelContext } from './model.js';

const options = z.strictObject({
  filters: z.int().min(1).default(32).describe('Filters of each branch of a module.'),
  depth: z.int().min(1).default(6).describe('Number of modules; a shortcut bridges every three.'),
  kernelSizes: z
    .array(z.int().min(1))
    .min(1)
    .default([40, 20, 10])
    .describe('Kernel sizes of the convolutions side by side in a module.'),
  bottleneck: z
    .int()
    .nonnegative()
    .default(32)
    .describe('Filters of the 1×1 convolution before them, for more than one channel. 0: none.'),
  bias: biasOption.describe('Whether convolutions have a bias. Published: none.'),
  networks: networksOption,
  ...headOptions,
});

type Options = z.output<typeof options>;

export const inceptionTime = defineModel('inception-time', {
  description:
    'Inception modules, convolutions of several sizes side by side, with shortcuts; average pooling.',
  source: 'Ismail Fawaz et al. 2020, arXiv:1909.04939',
  attention: 'none',
  placements: ['standard', 'pre'],
  options,
  build: ({ networks, pool, dropout, ...chosen }, { channels, classes, attention, seed }) =>
    ensemble({
      ...{ name: 'inception-time', channels, networks },
      network: (x, prefix) => {
        const y = body(x, chosen, { attention, seed, prefix });
        return classifier(y, { classes, seed, pool, dropout, prefix });
      },
    }),
});

/** What a network is built from. */
type Network = Omit<Options, 'networks' | 'pool' | 'dropout'>;

type Context = Pick<ModelContext, 'attention' | 'seed'>;

/** One network without its output layer, `[batch, time, channels]` → `[batch, time, width]`. */
function body(
  x: tf.SymbolicTensor,
  chosen: Network,
  { prefix, ...context }: Context & { prefix: string },
): tf.SymbolicTensor {
  const { filters, depth, kernelSizes, bias } = chosen;
  const width = filters * (kernelSizes.length + 1);
  let y = x;
  let bridged = x;
  for (let i = 1; i <= depth; i++) {
    y = inceptionModule(y, `${prefix}module${i}`, chosen, context);
    if (i % 3 !== 0) continue;
    const name = `${prefix}shortcut${i / 3}`;
    const convolution = { filters: width, kernelSize: 1, name, bias, seed: context.seed };
    const shortcut = convolveAndNormalize(bridged, { ...convolution, activation: 'linear' });
    const sum = maskedAdd({ activation: 'relu', name: `${name}_add` });
    y = sum.apply([shortcut, y]) as tf.SymbolicTensor;
    bridged = y;
  }
  return y;
}

/** `[batch, time, channels]` → `[batch, time, filters · (kernelSizes.length + 1)]`. */
function inceptionModule(
  x: tf.SymbolicTensor,
  name: string,
  { filters, kernelSizes, bottleneck, bias }: Network,
  { attention, seed }: Context,
): tf.SymbolicTensor {
  const attended = { name: `${name}_attention`, seed };
  const input = applyAttention(x, attention, attended, 'pre');
  const pointwise = { kernelSize: 1, bias, seed };
  const narrow = bottleneck > 0 && input.shape[2] !== 1;
  const shared = narrow
    ? convolve(input, { ...pointwise, filters: bottleneck, name: `${name}_bottleneck` })
    : input;
  const branches = kernelSizes.map((kernelSize, i) =>
    convolve(shared, { filters, kernelSize, name: `${name}_conv${i + 1}`, bias, seed }),
  );
  const pool = maskedMaxPool1d({ poolSize: 3, strides: 1, padding: 'same', name: `${name}_pool` });
  const pooled = pool.apply(input) as tf.SymbolicTensor;
  branches.push(convolve(pooled, { ...pointwise, filters, name: `${name}_pool_conv` }));
  const joined = maskedConcatenate({ name: `${name}_concatenate` }).apply(branches) as tf.SymbolicTensor;
  const activated = normalize(joined, `${name}_norm`, 'relu');
  return applyAttention(activated, attention, attended);
}
