// Crop: a part of the recording, shorter than the whole.
import { z } from 'zod';
import { uniformWhole } from '../../shared/draws.js';
import { defineAugmentation, probability } from './augmentation.js';

export const crop = defineAugmentation({
  description: 'Keeps a part from anywhere in the recording, which is shorter then.',
  source: 'the slices of Le Guennec, Malinowski, Tavenard 2016, AALTD, at their own lengths',
  options: z.strictObject({
    minimumShare: z
      .number()
      .gt(0)
      .lt(1)
      .default(0.8)
      .describe('The shortest part as a share of the recording; every length from there on is as probable.'),
    probability: probability(),
  }),
  prepare:
    ({ minimumShare }, { recordings: { channels } }) =>
    (sample, random) => {
      const { values } = sample;
      const steps = values.length / channels;
      const kept = uniformWhole(random, Math.ceil(minimumShare * steps), steps);
      const start = uniformWhole(random, 0, steps - kept) * channels;
      values.copyWithin(0, start, start + kept * channels);
      sample.values = values.subarray(0, kept * channels);
    },
});
