// Magnitude warp: a gain of each channel that changes smoothly over the recording.
import { z } from 'zod';
import { normals } from '../../shared/draws.js';
import { defineAugmentation, knots, probability, sigma } from './augmentation.js';
import { splineCurve } from './spline.js';

export const magnitudeWarp = defineAugmentation({
  description:
    'Multiplies each channel by a smooth curve over time: a cubic spline through points drawn from N(1, sigma²).',
  source: 'Um et al. 2017, arXiv:1706.00527',
  options: z.strictObject({
    sigma: sigma(0.2, 'the points of the curves'),
    knots: knots(),
    probability: probability(),
  }),
  prepare:
    ({ sigma, knots }, { recordings: { channels } }) =>
    ({ values }, random) => {
      const steps = values.length / channels;
      if (steps < 2) return;
      for (let c = 0; c < channels; c++) {
        const points = normals(random, knots + 2);
        for (let k = 0; k < points.length; k++) points[k] = 1 + sigma * points[k];
        const curve = splineCurve(points, steps);
        for (let t = 0; t < steps; t++) values[t * channels + c] *= curve[t];
      }
    },
});
