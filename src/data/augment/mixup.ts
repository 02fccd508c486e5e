// Mixup: a recording and another one in it, and a target that is mixed alike.
import { z } from 'zod';
import { symmetricBeta, uniformWhole } from '../../shared/draws.js';
import { count, valuesOf } from '../recordings.js';
import { defineAugmentation, probability } from './augmentation.js';

/**
 * `λ·x + (1−λ)·partner` with λ from Beta(alpha, alpha). Both begin together, and beyond the end of the partner x stays what
 * it is. So a step is mixed or not, and the target has of the partner's class what the steps have on average:
 * `(1−λ) · mixed steps / steps`, which is 1−λ where the partner is as long. With 1−λ whatever the lengths, a short
 * partner that hardly appears would count as much as one that fills the recording.
 *
 * The partner is drawn from all recordings that are trained on, x itself included, as it is without augmentation.
 */
export const mixup = defineAugmentation({
  description:
    'Mixes another recording into it, and its class into the target, by a share drawn from a beta distribution. The last of the list.',
  source: 'Zhang et al. 2018, arXiv:1710.09412',
  options: z.strictObject({
    alpha: z
      .number()
      .min(0.01)
      .max(100)
      .default(0.2)
      .describe('Both parameters of the beta distribution; the larger, the more even the mixture.'),
    probability: probability(1),
  }),
  prepare:
    ({ alpha }, { recordings }) =>
    (sample, random) => {
      const { values } = sample;
      const partner = uniformWhole(random, 0, count(recordings) - 1);
      const lambda = symmetricBeta(random, alpha);
      const other = valuesOf(recordings, partner);
      const mixed = Math.min(values.length, other.length);
      for (let i = 0; i < mixed; i++) values[i] = lambda * values[i] + (1 - lambda) * other[i];
      sample.partner = { label: recordings.labels[partner], share: ((1 - lambda) * mixed) / values.length };
    },
});
