// The gates of a batch, recording by recording and without those of padded steps.
import tf from '#tfjs';
import type { Batch } from '../data/index.js';
import { readGatesAndMasks, type GatesAndMask } from '../models/index.js';
import { toTensors } from './step.js';

/** One gate of one layer for the rows of a batch. */
export interface BatchGates {
  /** Name of the layer, `name#2` for a second application. */
  readonly layer: string;
  /** `channel`, `temporal`, `values` or a name of the layer's own. */
  readonly name: string;
  /** Numbers of a step, or of a recording where the gate knows no steps: the channels, or 1. */
  readonly width: number;
  /** The gates of each row, `[valid steps, width]`; of a gate that knows no steps `[1, width]`. */
  readonly rows: readonly Float32Array[];
}

/** The gates that a model has now for a batch, in inference. */
export function gatesOfBatch(model: tf.LayersModel, batch: Batch): BatchGates[] {
  const { values, lengths, labels } = toTensors(batch);
  const read = readGatesAndMasks(model, [values, lengths]);
  const gates = Object.entries(read).flatMap(([layer, { gates, mask }]) => {
    const steps = mask === null ? null : validSteps(mask);
    return Object.entries(gates).map(([name, gate]) => ({ layer, name, ...rowsOf(name, gate, steps) }));
  });
  tf.dispose([values, lengths, labels, ...Object.values(read).flatMap(tensorsOf)]);
  return gates;
}

/** A gate of a step comes `[batch, time]` as `temporal` or `[batch, time, channels]` as `values`; others know no steps. */
function rowsOf(name: string, gate: tf.Tensor, steps: Int32Array | null): Pick<BatchGates, 'width' | 'rows'> {
  const numbers = gate.dataSync<'float32'>();
  const isOverTime = name === 'temporal' || name === 'values';
  const [batch, time] = [gate.shape[0], isOverTime ? (gate.shape[1] ?? 1) : 1];
  const width = gate.size / (batch * time);
  const rows = Array.from({ length: batch }, (_, row) => {
    const kept = isOverTime ? (steps?.[row] ?? time) : 1;
    const begin = row * time * width;
    return numbers.subarray(begin, begin + kept * width);
  });
  return { width, rows };
}

/** The valid steps of each row, which come before the padded ones. */
function validSteps(mask: tf.Tensor2D): Int32Array {
  return tf.tidy(() => tf.sum(tf.cast(mask, 'int32'), 1).dataSync<'int32'>());
}

function tensorsOf({ gates, mask }: GatesAndMask): tf.Tensor[] {
  return [...Object.values(gates), ...(mask === null ? [] : [mask])];
}
