// The gates of a model's attention for a few recordings of a set, always the same ones, for trackers.
import * as tf from '@tensorflow/tfjs';
import { count, lengthsOf, longest, makeBatch, selectRecordings, type Recordings } from '../data/index.js';
import { readGates } from '../models/index.js';
import { toTensors } from './step.js';

/** Gates are read of so many recordings at most. */
const mostRecordings = 32;

/**
 * The batch is padded to a multiple of so many steps. Where the strides of a model divide it, the steps that an inner layer
 * has left of a recording are as exactly a share of the recording's as the padded steps are of the padded ones.
 */
const multiple = 64;

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
  const padded = multiple * Math.max(1, Math.ceil(longest(few) / multiple));
  const batch = makeBatch(
    few,
    Int32Array.from({ length: rows }, (_, row) => row),
    { time: padded },
  );
  const valid = { lengths: lengthsOf(few), padded };
  return () => {
    const { values, lengths, labels } = toTensors(batch);
    const layers = readGates(model, [values, lengths]);
    const read: Record<string, Float32Array> = {};
    for (const [layer, gates] of Object.entries(layers)) {
      for (const [name, gate] of Object.entries(gates))
        read[`${layer}/${name}`] = validGates(name, gate, valid);
    }
    tf.dispose([values, lengths, labels, layers]);
    return read;
  };
}

/** A gate of a step comes `[batch, time]` as `temporal` or `[batch, time, channels]` as `values`; others know no steps. */
function validGates(
  name: string,
  gate: tf.Tensor,
  { lengths, padded }: { lengths: Int32Array; padded: number },
): Float32Array {
  const numbers = gate.dataSync<'float32'>();
  if (name !== 'temporal' && name !== 'values') return numbers;
  const [rows, time] = gate.shape;
  const perStep = gate.size / (rows * time);
  const kept = Array.from(lengths, (length) => Math.ceil((length * time) / padded) * perStep);
  const valid = new Float32Array(kept.reduce((sum, size) => sum + size, 0));
  let offset = 0;
  for (const [row, size] of kept.entries()) {
    const begin = row * time * perStep;
    valid.set(numbers.subarray(begin, begin + size), offset);
    offset += size;
  }
  return valid;
}
