// Jitter: noise on every value, as of a noisier sensor.
import { z } from 'zod';
import { normals } from '../../shared/draws.js';
import { defineAugmentation, probability, sigma } from './augmentation.js';

export const jitter = defineAugmentation({
  description: 'Adds noise to every value, each drawn from N(0, sigma²).',
  source: 'Um et al. 2017, arXiv:1706.00527',
  options: z.strictObject({ sigma: sigma(0.03, 'the noise'), probability: probability() }),
  prepare:
    ({ sigma }) =>
    ({ values }, random) => {
      const noise = normals(random, values.length);
      for (let i = 0; i < values.length; i++) values[i] += sigma * noise[i];
    },
});
