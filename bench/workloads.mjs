// What is measured: batches of one shape, and an epoch of recordings of different lengths.
import { contenders, isMasq } from './contenders.mjs';
import { bucketByLength, drawLengths, padToLongest } from './lengths.mjs';
import { drawRecordings, writePlan } from './plans.mjs';

/**
 * Every workload by name: `{batch, time, channels}`, `recordings` in the epoch, and `isLong` where a round takes so long
 * that there are fewer; `ofCards` is measured on graphics cards unless others are chosen, and only then.
 */
export const workloads = {
  '16x29x12': { batch: 16, time: 29, channels: 12 },
  '64x128x6': { batch: 64, time: 128, channels: 6 },
  '32x512x6': { batch: 32, time: 512, channels: 6, isLong: true },
  epoch: { batch: 32, time: 1000, channels: 6, recordings: 512 },
  '256x512x6': { batch: 256, time: 512, channels: 6, isLong: true, ofCards: true },
  '32x2048x12': { batch: 32, time: 2048, channels: 12, isLong: true, ofCards: true },
};

/** The workloads that are measured on a device when none is chosen. */
export function workloadsOf(device) {
  if (device !== 'cpu') return ['64x128x6', '256x512x6', '32x2048x12'];
  return Object.keys(workloads).filter((name) => !workloads[name].ofCards);
}

/** Distinct batches of one shape, so that a step does not see the same data again and again. */
const batchesOfOneShape = 8;

/** Whether a workload is timed by the epoch, not by the step. */
export function isEpoch(workload) {
  return workload.recordings !== undefined;
}

/** Which plans of a workload a contender is measured on: names of `writePlans`. */
export function plansOf(name, workload) {
  const { lengths = 'full' } = contenders[name];
  if (!isEpoch(workload)) return [lengths];
  // Lengths differ in an epoch anyway.
  if (lengths === 'ragged') return [];
  return isMasq(name) ? ['buckets'] : ['longest', 'buckets'];
}

/**
 * Writes the plans of a workload: `full` and `ragged`, where recordings are between half as long and full, or for an
 * epoch `longest` and `buckets`.
 */
export async function writePlans(folder, name, workload) {
  const write = (kind, plan) =>
    writePlan(folder, `${name}-${kind}`, { channels: workload.channels, ...plan });
  return isEpoch(workload) ? writeEpoch(workload, write) : writeSteps(workload, write);
}

async function writeSteps({ batch, time, channels }, write) {
  const count = batch * batchesOfOneShape;
  const batches = Array.from({ length: batchesOfOneShape }, (_, i) => ({
    time,
    rows: Array.from({ length: batch }, (_, row) => i * batch + row),
  }));
  const least = Math.ceil(time / 2);
  const full = new Array(count).fill(time);
  // The first row of a batch has its full length, the others take every length in turn.
  const ragged = full.map((_, i) => (i % batch === 0 ? time : least + ((i * 7) % (time - least + 1))));
  return {
    full: await write('full', { recordings: drawRecordings(full, channels, 1), batches }),
    ragged: await write('ragged', { recordings: drawRecordings(ragged, channels, 1), batches }),
  };
}

async function writeEpoch({ batch, time, channels, recordings }, write) {
  const lengths = drawLengths({
    recordings,
    median: time / 5,
    spread: 0.8,
    shortest: time / 20,
    longest: time,
    seed: 2,
  });
  const drawn = drawRecordings(lengths, channels, 1);
  return {
    longest: await write('longest', { recordings: drawn, batches: padToLongest(lengths, batch, 3) }),
    buckets: await write('buckets', {
      recordings: drawn,
      batches: bucketByLength(lengths, batch, 3),
    }),
  };
}
