// Window slice: a part of the recording, stretched to its length.
import { z } from 'zod';
import { uniform } from '../../shared/draws.js';
import { defineAugmentation, probability } from './augmentation.js';
import { resample } from './resample.js';

export const windowSlice = defineAugmentation({
  description: 'Takes a slice from anywhere in the recording and stretches it to the length of the whole.',
  source: 'Le Guennec, Malinowski, Tavenard 2016, AALTD',
  options: z.strictObject({
    share: z.number().gt(0).lt(1).default(0.9).describe('The slice as a share of the recording.'),
    probability: probability(),
  }),
  prepare:
    ({ share }, { recordings: { channels } }) =>
    ({ values }, random) => {
      const last = values.length / channels - 1;
      if (last < 1) return;
      const positions = new Float64Array(last + 1);
      const start = uniform(random) * (1 - share) * last;
      for (let t = 0; t <= last; t++) positions[t] = start + share * t;
      resample(values, channels, positions);
    },
});
