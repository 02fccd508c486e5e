// What data.padding does to a model's answers: nothing where it is masked.
import type tf from '#tfjs';
import { expect, it } from 'vitest';
import { buildSmall, drawRecordings } from '../../test/support/smallModels.js';
import { drawWeights } from '../../test/support/variables.js';
import { padRecordings, paddedLength, recordingsFromArrays, type RecordingPadding } from '../data/index.js';
import { predict } from './predictions.js';
import { tolerance } from '../../test/support/devices.js';

const recordings = recordingsFromArrays(drawRecordings([3, 9, 6, 12], 1));

/** Log-probabilities of all recordings, as a run with that padding computes them. */
function answers(model: tf.LayersModel, padding: RecordingPadding): Float32Array {
  return predict(model, padRecordings(recordings, padding), { paddedLength: paddedLength(padding) })
    .logProbabilities;
}

it.each(['fcn', 'resnet', 'tcn'])('is invisible where it is masked, and not where it is data: %s', (name) => {
  const model = buildSmall(name);
  drawWeights(model);
  const without = answers(model, 'none');
  const largestDifference = (padding: RecordingPadding): number =>
    Math.max(...answers(model, padding).map((value, i) => Math.abs(value - without[i])));
  expect(largestDifference({ length: 48, masked: true })).toBeLessThan(tolerance(1e-5));
  expect(largestDifference({ length: 48, masked: false })).toBeGreaterThan(0.01);
});
