// Channel dropout: sensors that are silent.
import { z } from 'zod';
import { uniform, uniformWhole } from '../../shared/draws.js';
import { defineAugmentation, probability } from './augmentation.js';

export const channelDropout = defineAugmentation({
  description: 'Sets whole channels to 0, their mean once they are normalised, but never all of them.',
  source: 'Saeed et al. 2021, ICASSP, arXiv:2010.13694',
  options: z.strictObject({
    rate: z.number().gt(0).lt(1).default(0.2).describe('Probability with which a channel is silent.'),
    probability: probability(),
  }),
  prepare:
    ({ rate }, { recordings: { channels } }) =>
    ({ values }, random) => {
      const silent = new Uint8Array(channels);
      for (let c = 0; c < channels; c++) silent[c] = uniform(random) < rate ? 1 : 0;
      if (!silent.includes(0)) silent[uniformWhole(random, 0, channels - 1)] = 0;
      for (let c = 0; c < channels; c++) {
        if (silent[c] === 0) continue;
        for (let i = c; i < values.length; i += channels) values[i] = 0;
      }
    },
});
