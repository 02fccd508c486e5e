// MLSTM-FCN (Karim et al. 2019, arXiv:1801.04503): the fully convolutional network with squeeze and excitation beside a
// long short-term memory, both over the recording's steps. Published, the memory goes from channel to channel instead and
// takes the padded length as its width (the "dimension shuffle"), so that padding would change the network.
import tf from '#tfjs';
import { z } from 'zod';
import { maskedGlobalPool1d, maskedLstm } from '../layers/index.js';
import { asManyAs, drop, headOptions, logits, maskedInputs } from './blocks.js';
import { fcnBlocks, fcnOptions } from './fcn.js';
import { defineModel } from './model.js';

const options = z
  .strictObject({
    ...fcnOptions,
    lstmUnits: z
      .int()
      .min(1)
      .default(8)
      .describe('Width of the LSTM. Published: the best of 8, 16, 32, 64 and 128 for each data set.'),
    lstmDropout: z
      .number()
      .min(0)
      .lt(1)
      .default(0.8)
      .describe('Share of the last state of the LSTM that dropout makes 0 in training.'),
    ...headOptions,
  })
  .superRefine(asManyAs('filters', 'kernelSizes'));

export const mlstmFcn = defineModel('mlstm-fcn', {
  description: 'Fully convolutional network with squeeze and excitation beside an LSTM.',
  source: 'Karim, Majumdar, Darabi, Harford 2019, arXiv:1801.04503',
  attention: { name: 'squeeze-excite', ratio: 16 },
  placements: ['standard', 'pre'],
  options,
  build: (chosen, { channels, classes, attention, seed }) => {
    const { inputs, x } = maskedInputs(channels);
    const { pool, dropout, lstmUnits, lstmDropout, ...blocks } = chosen;
    const convolved = fcnBlocks(x, blocks, { attention, seed });
    const branches = [
      remember(x, { units: lstmUnits, dropout: lstmDropout, seed }),
      maskedGlobalPool1d({ pool, name: 'pool' }).apply(convolved) as tf.SymbolicTensor,
    ];
    const features = tf.layers.concatenate({ name: 'concatenate' }).apply(branches) as tf.SymbolicTensor;
    return tf.model({ inputs, outputs: logits(features, { classes, seed, dropout }), name: 'mlstm-fcn' });
  },
});

/** The LSTM's last state, `[batch, time, channels]` → `[batch, units]`. */
function remember(
  x: tf.SymbolicTensor,
  { units, dropout, seed }: { units: number; dropout: number; seed: number },
): tf.SymbolicTensor {
  const state = maskedLstm({ units, seed, name: 'lstm' }).apply(x) as tf.SymbolicTensor;
  return drop(state, { rate: dropout, seed, name: 'lstm_dropout' });
}
