// Predictions for a whole set, in batches of similar length and few shapes, back in the order of the set.
import type tf from '#tfjs';
import {
  count,
  lengthsOf,
  makeBatch,
  predictionBatches,
  type PlannedBatch,
  type Recordings,
} from '../data/index.js';
import { isOutOfMemory } from '../engine/index.js';
import { predictionSteps, type Steps } from './compiledSteps.js';
import { outOfMemory } from './outOfMemory.js';

/** Recordings a batch where nothing else is said. */
export const defaultBatchSize = 64;

/** The batches of a set are padded to so many different lengths at most. */
const mostPaddedLengths = 8;

/** What a model says of each recording of a set. */
export interface Predictions {
  /** `[recordings, classes]`, row by row. */
  readonly probabilities: Float32Array;
  /** Natural logarithms of the probabilities, `[recordings, classes]`. */
  readonly logProbabilities: Float32Array;
}

/** How a set is predicted. */
export interface PredictOptions {
  /** Recordings computed at once. Default: 64. */
  readonly batchSize?: number | undefined;
  /** Steps that every batch is padded to. Default: as many as its recordings need. */
  readonly paddedLength?: number | undefined;
  /** What the user should hear: why steps are slower than they could be. */
  readonly onWarning?: ((warning: string) => void) | undefined;
}

/**
 * Runs the model over normalised recordings. Long and short ones are not mixed more than they must be: a batch holds
 * neighbours in length, and the result, which does not depend on padding, goes back to its place. Where a batch does not fit
 * into memory, the set is predicted in batches of half as many.
 *
 * @param model maps `[values, lengths]` to logits `[batch, classes]`
 * @throws OutOfMemoryError when not even one recording fits
 */
export function predict(
  model: tf.LayersModel,
  recordings: Recordings,
  { onWarning, batchSize = defaultBatchSize, paddedLength }: PredictOptions = {},
): Predictions {
  const batches = plannedPredictions(recordings, { batchSize, paddedLength });
  const steps = predictionSteps(model, batches);
  if (steps.warning !== null) onWarning?.(steps.warning);
  try {
    return predictBatches(steps, recordings, batches, model.outputs[0].shape[1] ?? 0);
  } catch (error) {
    if (!isOutOfMemory(error)) throw error;
    // A recording's answer does not depend on who shares its batch.
    if (batchSize === 1)
      throw outOfMemory({ rows: 1, time: Math.max(...batches.map(({ time }) => time)) }, error);
  } finally {
    steps.dispose();
  }
  return predict(model, recordings, { batchSize: Math.ceil(batchSize / 2), paddedLength });
}

/** The batches in which a set is predicted. */
export function plannedPredictions(
  recordings: Recordings,
  { batchSize = defaultBatchSize, paddedLength }: Pick<PredictOptions, 'batchSize' | 'paddedLength'> = {},
): PlannedBatch[] {
  const batches = predictionBatches(lengthsOf(recordings), batchSize, mostPaddedLengths);
  return paddedLength === undefined ? batches : batches.map((batch) => ({ ...batch, time: paddedLength }));
}

/** As {@link predict}, with steps that are compiled for the shapes of these batches, and for this set if it is on the device. */
export function predictBatches(
  steps: Steps,
  recordings: Recordings,
  batches: readonly PlannedBatch[],
  classes: number,
): Predictions {
  const logProbabilities = new Float32Array(count(recordings) * classes);
  for (const planned of batches) {
    const result =
      steps.device?.predict(planned) ?? steps.predict(makeBatch(recordings, planned.indices, planned));
    const values = result.dataSync<'float32'>();
    result.dispose();
    // Empty rows fill the batch up at its end; nothing is taken from them.
    for (const [row, index] of planned.indices.entries()) {
      logProbabilities.set(values.subarray(row * classes, (row + 1) * classes), index * classes);
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
export function predictedClasses(
  { probabilities }: Pick<Predictions, 'probabilities'>,
  classes: number,
): Int32Array {
  return Int32Array.from({ length: probabilities.length / classes }, (_, i) => {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    return row.indexOf(Math.max(...row));
  });
}
