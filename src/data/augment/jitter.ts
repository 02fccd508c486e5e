// Jitter: noise on every value, as of a noisier sensor.
import { z } from 'zod';
import { normals } from '../../shared/draws.js';
import { defineAugmentation, probability, sigma } from './augmentation.js';
import { clearMissing, sampleChannels } from './indicators.js';

export const jitter = defineAugmentation({
  description: 'Adds noise to every value, each drawn from N(0, sigma²).',
  source: 'Um et al. 2017, arXiv:1706.00527',
  options: z.strictObject({ sigma: sigma(0.03, 'the noise'), probability: probability() }),
  prepare: ({ sigma }, { recordings }) => {
    const own = sampleChannels(recordings);
    const { channels, sensors } = own;
    return ({ values }, random) => {
      const noise = normals(random, (values.length / channels) * sensors);
      for (let from = 0, next = 0; from < values.length; from += channels) {
        for (let c = 0; c < sensors; c++) values[from + c] += sigma * noise[next++];
      }
      clearMissing(values, own);
    };
  },
});
