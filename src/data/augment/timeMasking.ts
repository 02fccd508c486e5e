// Time masking: spans of time in which nothing is known.
import { z } from 'zod';
import { uniformWhole } from '../../shared/draws.js';
import { defineAugmentation, probability } from './augmentation.js';

export const timeMasking = defineAugmentation({
  description: 'Sets all channels to 0, their mean once they are normalised, for spans of time.',
  source: 'SpecAugment, Park et al. 2019, arXiv:1904.08779',
  options: z.strictObject({
    spans: z.int().min(1).max(100).default(1).describe('Spans a recording; they may overlap.'),
    maximumShare: z
      .number()
      .gt(0)
      .lt(1)
      .default(0.2)
      .describe('The longest span as a share of the recording; every length up to it is as probable.'),
    probability: probability(),
  }),
  prepare:
    ({ spans, maximumShare }, { recordings: { channels } }) =>
    ({ values }, random) => {
      const steps = values.length / channels;
      const longest = Math.floor(maximumShare * steps);
      for (let i = 0; i < spans; i++) {
        const length = uniformWhole(random, 0, longest);
        const start = uniformWhole(random, 0, steps - length);
        values.fill(0, start * channels, (start + length) * channels);
      }
    },
});
