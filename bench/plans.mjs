// The batches of a workload in files that every contender reads: `<name>.json` with shapes, lengths and labels, and
// `<name>.f32` with all values, `[batch, time, channels]` one batch after the other, 0 beyond a recording's length.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomNumbers } from './random.mjs';

export const classes = 5;

/**
 * Draws recordings of the given lengths: noise, and in each channel an oscillation whose period tells the class.
 *
 * @returns one `{length, label, values [length, channels]}` each
 */
export function drawRecordings(lengths, channels, seed) {
  const { uniform, normal } = randomNumbers(seed);
  return lengths.map((length) => {
    const label = Math.floor(classes * uniform());
    const period = 6 + 4 * label;
    const phases = Array.from({ length: channels }, () => 2 * Math.PI * uniform());
    const values = Float32Array.from({ length: length * channels }, (_, i) => {
      const step = Math.floor(i / channels);
      return 0.5 * Math.sin((2 * Math.PI * step) / period + phases[i % channels]) + normal();
    });
    return { length, label, values };
  });
}

/**
 * Writes a plan.
 *
 * @param batches `[{time, rows}]`, rows being indices of recordings
 * @returns the path of its JSON file, and how many batches, distinct shapes and recordings it has
 */
export async function writePlan(folder, name, { recordings, channels, batches }) {
  const total = batches.reduce((sum, { time, rows }) => sum + time * rows.length * channels, 0);
  const all = new Float32Array(total);
  let offset = 0;
  const described = batches.map(({ time, rows }) => {
    const begin = offset;
    for (const row of rows) {
      all.set(recordings[row].values, offset);
      offset += time * channels;
    }
    const of = rows.map((row) => recordings[row]);
    return {
      time,
      offset: begin,
      lengths: of.map(({ length }) => length),
      labels: of.map(({ label }) => label),
    };
  });
  const path = join(folder, `${name}.json`);
  await writeFile(join(folder, `${name}.f32`), all);
  await writeFile(path, JSON.stringify({ channels, classes, values: `${name}.f32`, batches: described }));
  return {
    path,
    batches: batches.length,
    shapes: new Set(batches.map(({ time, rows }) => `${rows.length}×${time}`)).size,
    recordings: described.reduce((sum, { lengths }) => sum + lengths.length, 0),
    validShare:
      described.flatMap(({ lengths }) => lengths).reduce((sum, length) => sum + length, 0) /
      (total / channels),
  };
}
