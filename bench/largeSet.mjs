// Writes a generated set of any size: recordings of 128 steps of 6 channels in 4 classes, as a NumPy array with its labels. Class k has
// a sine of k + 1 periods in each channel, with noise; the same values each time.
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { randomNumbers } from './random.mjs';

export const steps = 128;
export const channels = 6;
export const classes = 4;

/** Distinct blocks of noise, from which recordings take theirs at random places: drawing each number would take longer than training. */
const NOISE = 1 << 20;

/**
 * Writes `<stem>.npy` and `<stem>.labels.npy`.
 *
 * @param stem path without ending
 * @param bytes of all values, at least
 * @param seed of all that is drawn
 * @returns the number of recordings
 */
export function writeLargeSet(stem, bytes, seed) {
  const size = steps * channels;
  const recordings = Math.ceil(bytes / (4 * size));
  const { uniform: random } = randomNumbers(seed);
  const noise = Float32Array.from({ length: NOISE + size }, () => random() + random() + random() - 1.5);
  const patterns = Array.from({ length: classes }, (_, label) =>
    Float32Array.from({ length: size }, (_, i) =>
      Math.sin((2 * Math.PI * (label + 1) * Math.floor(i / channels)) / steps),
    ),
  );
  const file = openSync(`${stem}.npy`, 'w');
  writeSync(file, header('<f4', [recordings, steps, channels]));
  const labels = new Int32Array(recordings);
  const atOnce = 1024;
  for (let first = 0; first < recordings; first += atOnce) {
    const values = new Float32Array(Math.min(atOnce, recordings - first) * size);
    for (let at = 0; at < values.length; at += size) {
      const label = Math.floor(random() * classes);
      const from = Math.floor(random() * NOISE);
      labels[first + at / size] = label;
      for (let i = 0; i < size; i++) values[at + i] = patterns[label][i] + noise[from + i];
    }
    writeSync(file, new Uint8Array(values.buffer));
  }
  closeSync(file);
  writeFileSync(
    `${stem}.labels.npy`,
    Buffer.concat([header('<i4', [recordings]), Buffer.from(labels.buffer)]),
  );
  return recordings;
}

/** The header of a NumPy array (format version 1.0). */
function header(type, shape) {
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const bytes = Buffer.alloc(10 + length, ' ');
  Buffer.from('\x93NUMPY\x01\x00', 'latin1').copy(bytes);
  bytes.writeUInt16LE(length, 8);
  bytes.write(text, 10, 'latin1');
  bytes.write('\n', 10 + length - 1);
  return bytes;
}
