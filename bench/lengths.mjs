// The variable-length set: how long its recordings are, and the batches that they are put into.
import { bucketedOrder, chooseBuckets } from '../dist/data/index.js';
import { permutation } from '../dist/shared/random.js';
import { randomNumbers } from './random.mjs';

/** Lengths drawn log-normally around `median`, clipped to `[shortest, longest]`; at least one is the longest. */
export function drawLengths({ recordings, median, spread, shortest, longest, seed }) {
  const { normal } = randomNumbers(seed);
  const lengths = Array.from({ length: recordings }, () => Math.round(median * Math.exp(spread * normal())));
  const clipped = lengths.map((length) => Math.min(longest, Math.max(shortest, length)));
  clipped[0] = longest;
  return clipped;
}

/** Batches in random order, each padded to the longest of all recordings: `[{time, rows}]`. */
export function padToLongest(lengths, batchSize, seed) {
  const time = Math.max(...lengths);
  const order = Array.from(permutation(lengths.length, seed));
  return Array.from({ length: Math.ceil(order.length / batchSize) }, (_, i) => ({
    time,
    rows: order.slice(i * batchSize, (i + 1) * batchSize),
  }));
}

/** The batches of an epoch as masq makes them, recordings of similar length together: `[{time, rows}]`. */
export function bucketByLength(recordingLengths, batchSize, seed) {
  const lengths = Int32Array.from(recordingLengths);
  const { boundaries } = chooseBuckets(lengths, 'auto', batchSize);
  const batches = bucketedOrder({ lengths, boundaries, batchSize, seed, epoch: 1 });
  return batches.map(({ indices, time }) => ({ time, rows: Array.from(indices) }));
}
