// Time warp: a recording that is played faster here and slower there.
import { z } from 'zod';
import { normals } from '../../shared/draws.js';
import { defineAugmentation, knots, probability, sigma } from './augmentation.js';
import { resample } from './resample.js';
import { splineCurve } from './spline.js';

export const timeWarp = defineAugmentation({
  description:
    'Plays the recording at a speed that changes smoothly, the same for all channels; first and last step stay.',
  source: 'Um et al. 2017, arXiv:1706.00527',
  options: z.strictObject({
    sigma: sigma(0.2, 'the logarithm of the speed at the points of its curve'),
    knots: knots(),
    probability: probability(),
  }),
  prepare:
    ({ sigma, knots }, { recordings: { channels } }) =>
    ({ values }, random) => {
      const steps = values.length / channels;
      if (steps < 3) return;
      const points = normals(random, knots + 2);
      for (let k = 0; k < points.length; k++) points[k] *= sigma;
      resample(values, channels, warpedPositions(splineCurve(points, steps)));
    },
});

/**
 * Where one is at each step, in steps from 0 to the last one, who moves at these speeds (their logarithms are given, so
 * that none is below 0 and time never runs backwards): the sum of the mean speeds from step to step, scaled to end at the
 * last.
 */
export function warpedPositions(logSpeeds: Float64Array): Float64Array {
  const last = logSpeeds.length - 1;
  const positions = new Float64Array(last + 1);
  let before = Math.exp(logSpeeds[0]);
  for (let t = 1; t <= last; t++) {
    const speed = Math.exp(logSpeeds[t]);
    positions[t] = positions[t - 1] + (before + speed) / 2;
    before = speed;
  }
  const scale = last / positions[last];
  for (let t = 1; t < last; t++) positions[t] *= scale;
  positions[last] = last;
  return positions;
}
