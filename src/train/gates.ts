// The gates of a model's attention for a few recordings of a set, always the same ones, for trackers.
import type tf from '#tfjs';
import { count, makeBatch, selectRecordings, type Recordings } from '../data/index.js';
import { gatesOfBatch } from './recordingGates.js';

/** Gates are read of so many recordings at most. */
const mostRecordings = 32;

/**
 * Prepares to read gates, of 32 recordings or all, which are evenly spread over the set.
 *
 * @param recordings normalised
 * @returns reads the gates that the model has now, in inference and without those of padded steps, by `layer/gate`
 */
export function gateReader(
  model: tf.LayersModel,
  recordings: Recordings,
): () => Record<string, Float32Array> {
  const all = count(recordings);
  const rows = Math.min(mostRecordings, all);
  const few = selectRecordings(
    recordings,
    Int32Array.from({ length: rows }, (_, row) => Math.floor((row * all) / rows)),
  );
  const batch = makeBatch(
    few,
    Int32Array.from({ length: rows }, (_, row) => row),
  );
  return () =>
    Object.fromEntries(
      gatesOfBatch(model, batch).map(({ layer, name, rows }) => [`${layer}/${name}`, concatenated(rows)]),
    );
}

function concatenated(rows: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(rows.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const row of rows) {
    all.set(row, offset);
    offset += row.length;
  }
  return all;
}
