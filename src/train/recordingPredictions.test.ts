// Worked numbers: recordings 0 and 2 have windows, recording 1 has none.
import { describe, expect, it } from 'vitest';
import { predictedClasses } from './predictions.js';
import { predictRecordings } from './recordingPredictions.js';

const origin = {
  recordings: Int32Array.of(0, 0, 0, 2, 2),
  ids: ['a', 'b', 'c'],
  labels: Int32Array.of(0, 1, 2),
  changing: false,
};
// prettier-ignore
const probabilities = Float32Array.of(
  0.375, 0.5, 0.125,
  0.75, 0.25, 0,
  0.125, 0.5, 0.375,
  0.125, 0.375, 0.5,
  0.375, 0.375, 0.25,
);

describe('the prediction of a recording', () => {
  it('is the mean of the probabilities of its windows', () => {
    const whole = predictRecordings(origin, { probabilities }, 3, 'mean');
    expect([...whole.recordings]).toEqual([0, 2]);
    const expected = [1.25 / 3, 1.25 / 3, 0.5 / 3, 0.25, 0.375, 0.375];
    expect(whole.probabilities).toEqual(Float32Array.from(expected));
    // Of equal ones, the first class.
    expect([...predictedClasses(whole, 3)]).toEqual([0, 1]);
  });

  it('is the share of votes that each class has, a window voting for its most probable class', () => {
    const whole = predictRecordings(origin, { probabilities }, 3, 'vote');
    // The last window has two classes alike and votes for the first; then the recording has a vote for the first and the last class.
    expect(whole.probabilities).toEqual(Float32Array.of(1 / 3, 2 / 3, 0, 0.5, 0, 0.5));
    expect([...predictedClasses(whole, 3)]).toEqual([1, 0]);
  });
});
