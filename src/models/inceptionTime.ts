// InceptionTime's network (Ismail Fawaz et al. 2020, arXiv:1909.04939), with attention after each module's
// normalisation and ReLU, as squeeze and excitation takes a whole Inception module (arXiv:1709.01507, figure 2).
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { applyAttention, maskedAdd, maskedConcatenate, maskedMaxPool1d } from '../layers/index.js';
import { deriveSeed } from '../shared/random.js';
import {
  biasOption,
  classifier,
  convolve,
  convolveAndNormalize,
  headOptions,
  maskedInputs,
  normalize,
} from './blocks.js';
import { defineModel, type ModelContext } from './model.js';

const options = z.strictObject({
  filters: z.int().positive().default(32).describe('Filters of each branch of a module.'),
  depth: z.int().positive().default(6).describe('Number of modules; a shortcut bridges every three.'),
  kernelSizes: z
    .array(z.int().positive())
    .min(1)
    .default([40, 20, 10])
    .describe('Kernel sizes of the convolutions side by side in a module.'),
  bottleneck: z
    .int()
    .nonnegative()
    .default(32)
    .describe('Filters of the 1×1 convolution before them, for more than one channel. 0: none.'),
  bias: biasOption.describe('Whether convolutions have a bias. Published: none.'),
  networks: z
    .int()
    .positive()
    .default(1)
    .describe(
      'Networks that are trained side by side, each for itself; their probabilities are averaged. Published: 5.',
    ),
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
  build: (chosen, { channels, classes, attention, seed }) => {
    const { inputs, x } = maskedInputs(channels);
    const outputs = Array.from({ length: chosen.networks }, (_, i) => {
      const own =
        chosen.networks === 1
          ? { prefix: '', seed }
          : { prefix: `net${i + 1}_`, seed: deriveSeed(seed, 'network', i) };
      const body = network(x, chosen, { attention, ...own });
      return classifier(body, { classes, ...own, pool: chosen.pool, dropout: chosen.dropout });
    });
    return tf.model({ inputs, outputs, name: 'inception-time' });
  },
});

/** What tells the layers of one network from those of another. */
interface Own extends Pick<ModelContext, 'attention' | 'seed'> {
  readonly prefix: string;
}

/** One network without its output layer, `[batch, time, channels]` → `[batch, time, width]`. */
function network(x: tf.SymbolicTensor, chosen: Options, { prefix, ...own }: Own): tf.SymbolicTensor {
  const { filters, depth, kernelSizes, bias } = chosen;
  const width = filters * (kernelSizes.length + 1);
  let y = x;
  let bridged = x;
  for (let i = 1; i <= depth; i++) {
    y = inceptionModule(y, `${prefix}module${i}`, chosen, own);
    if (i % 3 !== 0) continue;
    const name = `${prefix}shortcut${i / 3}`;
    const convolution = { filters: width, kernelSize: 1, name, bias, seed: own.seed };
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
  { filters, kernelSizes, bottleneck, bias }: Options,
  { attention, seed }: Pick<ModelContext, 'attention' | 'seed'>,
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
