// Reads the batches that all contenders are given.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The plan in a file that `writePlan` wrote: `{channels, classes, batches}`, the batches as masq/data has them. */
export function readPlan(path) {
  const { channels, classes, values, batches } = JSON.parse(readFileSync(path, 'utf8'));
  const bytes = readFileSync(join(dirname(path), values));
  const all = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  return {
    channels,
    classes,
    batches: batches.map(({ time, offset, lengths, labels }) => ({
      values: all.slice(offset, offset + lengths.length * time * channels),
      shape: [lengths.length, time, channels],
      lengths: Int32Array.from(lengths),
      labels: Int32Array.from(labels),
      indices: Int32Array.from(lengths.keys()),
    })),
  };
}

/** The distinct shapes of the batches, as strings. */
export function shapesOf(batches) {
  return new Set(batches.map(({ shape }) => shape.join('×')));
}
