// Predictions for a whole set, in batches of similar length, back in the order of the set.
import * as tf from '@tensorflow/tfjs';
import { count, lengthOf, makeBatch, type Recordings } from '../data/index.js';
import { predictStep, toTensors } from './step.js';

/** Recordings a batch where nothing else is said. */
export const defaultBatchSize = 64;

/** What a model says of each recording of a set. */
export interface Predictions {
  /** `[recordings, classes]`, row by row. */
  readonly probabilities: Float32Array;
  /** Natural logarithms of the probabilities, `[recordings, classes]`. */
  readonly logProbabilities: Float32Array;
}

/**
 * Runs the model over normalised recordings. Long and short ones are not mixed more than they must be: a batch holds
 * neighbours in length, and the result, which does not depend on padding, goes back to its place.
 *
 * @param model maps `[values, lengths]` to logits `[batch, classes]`
 */
export function predict(
  model: tf.LayersModel,
  recordings: Recordings,
  batchSize: number = defaultBatchSize,
): Predictions {
  const n = count(recordings);
  const byLength = Int32Array.from({ length: n }, (_, i) => i).sort(
    (a, b) => lengthOf(recordings, a) - lengthOf(recordings, b) || a - b,
  );
  const classes = model.outputs[0].shape[1] ?? 0;
  const logProbabilities = new Float32Array(n * classes);
  for (let start = 0; start < n; start += batchSize) {
    const rows = byLength.subarray(start, start + batchSize);
    const values = tf.tidy(() =>
      predictStep(model, toTensors(makeBatch(recordings, rows))).dataSync<'float32'>(),
    );
    for (const [i, row] of rows.entries()) {
      logProbabilities.set(values.subarray(i * classes, (i + 1) * classes), row * classes);
    }
  }
  return { probabilities: logProbabilities.map(Math.exp), logProbabilities };
}

/** Mean cross-entropy, without smoothing or weights; NaN for an empty set. */
export function meanLogLoss({ logProbabilities }: Predictions, labels: Int32Array): number {
  const classes = logProbabilities.length / labels.length;
  let total = 0;
  for (const [i, label] of labels.entries()) total -= logProbabilities[i * classes + label];
  return total / labels.length;
}

/** The most probable class of each recording; the first where several share the highest probability. */
export function predictedClasses({ probabilities }: Predictions, classes: number): Int32Array {
  return Int32Array.from({ length: probabilities.length / classes }, (_, i) => {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    return row.indexOf(Math.max(...row));
  });
}
