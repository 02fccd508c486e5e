// Scaling: another gain of each channel, as of a sensor that is calibrated otherwise.
import { z } from 'zod';
import { normals } from '../../shared/draws.js';
import { defineAugmentation, probability, sigma } from './augmentation.js';

export const scaling = defineAugmentation({
  description: 'Multiplies each channel by a factor drawn from N(1, sigma²).',
  source: 'Um et al. 2017, arXiv:1706.00527',
  options: z.strictObject({ sigma: sigma(0.1, 'the factors'), probability: probability() }),
  prepare:
    ({ sigma }, { recordings: { channels } }) =>
    ({ values }, random) => {
      const factors = normals(random, channels);
      for (let c = 0; c < channels; c++) {
        const factor = 1 + sigma * factors[c];
        for (let i = c; i < values.length; i += channels) values[i] *= factor;
      }
    },
});
