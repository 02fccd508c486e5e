// What windows together say of the recordings that they were cut from.
import type { Recordings } from '../data/index.js';
import { predictedClasses, type Predictions } from './predictions.js';

/** How the windows of a recording make its prediction: the mean of their probabilities, or the share that each class has of their votes. */
export type Aggregate = 'mean' | 'vote';

/** Probabilities of recordings that have a window. */
export interface RecordingPredictions {
  /** Indices into the ids of `origin`. */
  readonly recordings: Int32Array;
  /** `[recordings, classes]`. */
  readonly probabilities: Float32Array;
}

/** Every window of a recording counts alike, a shorter one at its end too. */
export function predictRecordings(
  { recordings: owners, ids }: NonNullable<Recordings['origin']>,
  predictions: Predictions,
  classes: number,
  aggregate: Aggregate,
): RecordingPredictions {
  const sums = new Float64Array(ids.length * classes);
  const windows = new Int32Array(ids.length);
  const votes = predictedClasses(predictions, classes);
  for (const [window, owner] of owners.entries()) {
    windows[owner]++;
    if (aggregate === 'vote') {
      sums[owner * classes + votes[window]]++;
      continue;
    }
    for (let c = 0; c < classes; c++)
      sums[owner * classes + c] += predictions.probabilities[window * classes + c];
  }
  const recordings = Int32Array.from(ids.keys()).filter((i) => windows[i] > 0);
  const probabilities = new Float32Array(recordings.length * classes);
  for (const [row, i] of recordings.entries()) {
    // The mean of probabilities that are rounded up may be above 1.
    for (let c = 0; c < classes; c++)
      probabilities[row * classes + c] = Math.min(1, sums[i * classes + c] / windows[i]);
  }
  return { recordings, probabilities };
}
