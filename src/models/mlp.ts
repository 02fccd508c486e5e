// The multilayer perceptron of Wang, Yan and Oates 2017 (arXiv:1611.06455), a baseline that knows nothing of time, after
// recordings of any length have been stretched to one.
import tf from '#tfjs';
import { z } from 'zod';
import { maskedResample1d } from '../layers/index.js';
import { dense, drop, logits, maskedInputs } from './blocks.js';
import { defineModel } from './model.js';

const options = z
  .strictObject({
    length: z
      .int()
      .min(1)
      .default(128)
      .describe(
        'Steps to which each recording is stretched or shrunk. Published: the length that all of them have.',
      ),
    units: z.array(z.int().min(1)).min(1).default([500, 500, 500]).describe('Units of each dense layer.'),
    dropout: z
      .array(z.number().min(0).lt(1))
      .default([0.1, 0.2, 0.2, 0.3])
      .describe(
        'Share of the values that dropout makes 0 before each dense layer and before the output layer.',
      ),
  })
  .refine(({ units, dropout }) => dropout.length === units.length + 1, {
    error: ({ input }) => {
      const { units, dropout } = input as { units: number[]; dropout: number[] };
      return `expected one entry more than units (${units.length}), found ${dropout.length}; give both`;
    },
    path: ['dropout'],
  });

export const mlp = defineModel('mlp', {
  description:
    'Multilayer perceptron: three dense layers with dropout on recordings stretched to one length.',
  source: 'Wang, Yan, Oates 2017, arXiv:1611.06455',
  attention: 'none',
  placements: [],
  options,
  build: ({ length, units, dropout }, { channels, classes, seed }) => {
    const { inputs, x } = maskedInputs(channels);
    const stretched = maskedResample1d({ steps: length, name: 'resample' }).apply(x);
    const flat = tf.layers.flatten({ name: 'flatten' }).apply(stretched) as tf.SymbolicTensor;
    const body = units.reduce((y, width, i) => {
      const kept = drop(y, { rate: dropout[i], seed, name: `dropout${i + 1}` });
      return dense(kept, { units: width, activation: 'relu', name: `dense${i + 1}`, seed });
    }, flat);
    const outputs = logits(body, { classes, seed, dropout: dropout[units.length] });
    return tf.model({ inputs, outputs, name: 'mlp' });
  },
});
