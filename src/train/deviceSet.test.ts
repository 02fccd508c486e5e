// Sets on the device: batches picked there are those made on the host, and training on them ends at the same bits, however
// many steps a call has.
import tf from '#tfjs';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { buildSmall, classes, drawRecordings } from '../../test/support/smallModels.js';
import {
  count,
  cutWindows,
  makeBatch,
  openBatchMaker,
  planWindows,
  recordingsFromArrays,
  type PlannedBatch,
  type Recordings,
} from '../data/index.js';
import { loadEngine } from '../engine/index.js';
import { batchRunners } from './batchRunner.js';
import { compileSteps, differentShapes, type Steps } from './compiledSteps.js';
import { bytesForSets, pickBatch, placeValues, rowNumbers, setsForDevice } from './deviceSet.js';
import { createOptimizer } from './optimizers.js';
import { createTrainingState, toTensors } from './step.js';

beforeAll(() => loadEngine());

function draw(lengths: readonly number[], seed: number): Recordings {
  const labels = lengths.map((_, i) => `class ${(i + seed) % classes}`);
  return recordingsFromArrays(drawRecordings(lengths, seed), { labels });
}

/** Windows of `length` steps, one at every step. */
function windowsOf(recordings: Recordings, length: number): Recordings {
  const how = { length, stride: 1, label: 'majority', minPurity: 0, rest: 'keep' } as const;
  return cutWindows(recordings, planWindows(recordings, how));
}

test.each([
  ['recordings', () => draw([3, 7, 1, 5, 2, 7, 4], 1)],
  ['windows that overlap', () => windowsOf(draw([9, 4, 6], 1), 5)],
])('a batch of %s picked on the device is the batch made on the host, to the bit', (_, drawSet) => {
  const set = drawSet();
  const placed = placeValues(set);
  const rows = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 6 });
  const empty = fc.integer({ min: 0, max: 2 });
  const extra = fc.integer({ min: 0, max: 3 });
  fc.assert(
    fc.property(rows, empty, extra, (indices, emptyRows, more) => {
      const [all, time] = [indices.length + emptyRows, 7 + more];
      const numbers = Int32Array.from({ length: all }, (_, i) => indices[i] ?? -1);
      const made = toTensors(makeBatch(set, indices, { rows: all, time }));
      tf.tidy(() => {
        const { first, lengths, labels } = rowNumbers(set, numbers);
        const rows = {
          first: tf.tensor2d(first, [all, 1], 'int32'),
          lengths: tf.tensor2d(lengths, [all, 1], 'int32'),
          labels: tf.tensor1d(labels, 'int32'),
        };
        const picked = pickBatch(placed, rows, time);
        for (const key of ['values', 'lengths', 'labels'] as const) {
          expect(picked[key].shape).toEqual(made[key].shape);
          expect(picked[key].dtype).toBe(made[key].dtype);
          expect(picked[key].dataSync()).toEqual(made[key].dataSync());
        }
      });
      tf.dispose({ ...made });
    }),
    { numRuns: 30 },
  );
  placed.dispose();
});

const optimizer = createOptimizer({
  ...{ name: 'adamw', weightDecay: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
});

/** Trains for 40 steps, and gives the bits of losses, weights and predictions. */
async function trainOn(
  name: string,
  { train, validation }: { train: Recordings; validation: Recordings },
  batches: readonly PlannedBatch[],
  use: { device: boolean; together?: number },
): Promise<Float32Array[]> {
  const model = buildSmall(name);
  const state = createTrainingState(model, optimizer);
  const predicted = { indices: Int32Array.of(2, 0, 1), rows: 5, time: 9 };
  const compiled = compileSteps({
    model,
    training: { state, options: { optimizer, gradientClipping: 1 }, shapes: differentShapes(batches) },
    predictionShapes: [predicted],
    sets: use.device ? { train, validation } : undefined,
  });
  expect(compiled.warning).toBeNull();
  const { device } = compiled;
  const steps: Steps = {
    ...compiled,
    device: device && { ...device, mostSteps: use.together ?? device.mostSteps },
  };
  const maker = openBatchMaker({ recordings: train, augmentation: 'none', seed: 1 });
  const run = batchRunners(steps, maker).ofEpoch(1, batches, 0);
  const losses: number[] = [];
  for (let at = 0; at < batches.length;) {
    const done = await run(at, (place) => ({ learningRate: 0.01 / (1 + place), step: place + 1 }));
    if (done === null) throw new Error('no batch');
    losses.push(...Array.from(done.read().losses).slice(0, done.steps));
    at += done.steps;
  }
  expect(losses).toHaveLength(batches.length);
  steps.store();
  const result =
    steps.device?.predict(predicted) ?? steps.predict(makeBatch(validation, predicted.indices, predicted));
  const weights = [...model.weights.map((weight) => weight.read()), ...state.slots.flat()];
  const bits = [
    Float32Array.from(losses),
    result.dataSync<'float32'>(),
    ...weights.map((weight) => weight.dataSync<'float32'>()),
  ];
  steps.dispose();
  model.dispose();
  return bits;
}

// Convolutions with squeeze and excitation, and attention with noise from a counter.
test.each(['fcn', 'conv-tran'])(
  '%s trained on batches from the device has the bits of one trained on batches from the host, in calls of any size',
  async (name) => {
    const sets = { train: draw([4, 9, 2, 7, 9, 3, 8, 5], 1), validation: draw([9, 1, 6], 2) };
    const batches = Array.from({ length: 40 }, (_, i): PlannedBatch => {
      const indices = Int32Array.of(i % 8, (i + 3) % 8, (i + 5) % 8);
      // Some of them short, and most in a row of one shape.
      return i % 7 < 5 ? { indices, rows: 4, time: 9 } : { indices: indices.subarray(1), rows: 2, time: 10 };
    });
    const expected = await trainOn(name, sets, batches, { device: false });
    expect(await trainOn(name, sets, batches, { device: true })).toEqual(expected);
    expect(await trainOn(name, sets, batches, { device: true, together: 1 })).toEqual(expected);
  },
  60_000,
);

test('sets go to the device unless recordings are changed on their way into batches', () => {
  const sets = { train: draw([4, 9], 1), validation: null };
  expect(setsForDevice(sets, 'none')).toBe(sets);
  expect(setsForDevice(sets, [{ name: 'jitter' }])).toBeUndefined();
});

test('windows take as much of the device as the recordings that they are of', () => {
  const windows = windowsOf(draw([30_000], 1), 5000);
  const sets = { train: windows, validation: null };
  expect([count(windows), setsForDevice(sets, 'none')]).toEqual([25_001, sets]);
  const placed = placeValues(windows);
  expect(placed.shape[0]).toBe(1 + 30_000);
  placed.dispose();
});

test('sets may take a quarter of what is free on a card, and 256 MiB on the processor', () => {
  expect([null, 24e9, 8e9, 120e9].map(bytesForSets)).toEqual([2 ** 28, 2 ** 32, 2e9, 2 ** 32]);
  // A step of zeros, and 13 steps of 3 channels.
  const sets = { train: draw([4, 9], 1), validation: null };
  expect(setsForDevice(sets, 'none', 4 * 14 * 3)).toBe(sets);
  expect(setsForDevice(sets, 'none', 4 * 14 * 3 - 1)).toBeUndefined();
});
