// Batches that are computed in parts.
import tf from '#tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { channels, classes, drawRecordings } from '../../test/support/smallModels.js';
import { makeBatch, recordingsFromArrays, type Batch } from '../data/index.js';
import { loadEngine, useJavaScript } from '../engine/index.js';
import { buildModel } from '../models/index.js';
import { compileSteps } from './compiledSteps.js';
import { microBatches } from './microBatches.js';
import { createOptimizer } from './optimizers.js';
import { createTrainingState, type StepOptions } from './step.js';

beforeAll(() => loadEngine());

/** Seven recordings in nine rows. */
function batch(): Batch {
  const lengths = [4, 6, 6, 1, 3, 6, 2];
  const labels = lengths.map((_, i) => `class ${i % classes}`);
  const set = recordingsFromArrays(drawRecordings(lengths, 3), { labels });
  return makeBatch(set, [3, 0, 1, 2, 6, 5, 4], { rows: 9, time: 6 });
}

test('parts have equally many rows, the last with empty ones, and shares that add up to 1', () => {
  const whole = batch();
  const parts = microBatches(whole, 4);
  expect(parts.map((part) => part.batch.shape)).toEqual([
    [3, 6, channels],
    [3, 6, channels],
    [3, 6, channels],
  ]);
  expect(parts.flatMap((part) => Array.from(part.batch.indices))).toEqual([3, 0, 1, 2, 6, 5, 4, -1, -1]);
  expect(parts.flatMap((part) => Array.from(part.batch.values))).toEqual(Array.from(whole.values));
  expect(parts.map(({ share }) => share)).toEqual([3 / 7, 3 / 7, 1 / 7]);
  const [last] = microBatches(whole, 2).slice(1);
  expect(last.batch.shape[0]).toBe(5);
  expect(Array.from(last.batch.lengths)).toEqual([6, 3, 0, 0, 0]);
  expect(Array.from(last.batch.labels.slice(2))).toEqual([-1, -1, -1]);
});

test('shares follow class weights, and those of both classes of a mixed row', () => {
  const labels = Int32Array.of(0, 1, -1);
  const partners = { labels: Int32Array.of(1, -1, -1), shares: Float32Array.of(0.25, 0, 0) };
  const [values, lengths] = [new Float32Array(3), Int32Array.of(1, 1, 0)];
  const mixed: Batch = { values, shape: [3, 1, 1], lengths, labels, indices: labels, partners };
  // (0.75 · 2 + 0.25 · 6) and 6, of 9.
  expect(microBatches(mixed, 3, [2, 6]).map(({ share }) => share)).toEqual([3 / 9, 6 / 9, 0]);
});

const optimizer = createOptimizer({ name: 'sgd', weightDecay: 0, momentum: 0.9, nesterov: false });

/** Loss, number of correct ones and parameters after two steps of a network without batch normalisation. */
function afterSteps(parts: number, options: Partial<StepOptions> = {}) {
  const model = buildModel(
    { name: 'mlp', length: 6, units: [8, 8], dropout: [0, 0, 0] },
    { channels, classes, seed: 1 },
  );
  const state = createTrainingState(model, optimizer);
  const steps = compileSteps({
    model,
    training: {
      state,
      options: { optimizer, gradientClipping: 0.5, ...options },
      shapes: [{ rows: 9, time: 6 }],
      parts,
    },
    predictionShapes: [],
  });
  const told = [1, 2].map((step) => {
    const { loss, correct } = steps.train(batch(), { learningRate: 0.1, step });
    return [loss.dataSync()[0], correct.dataSync()[0]];
  });
  steps.store();
  steps.dispose();
  return { told: told.flat(), parameters: state.parameters.map((parameter) => parameter.dataSync()) };
}

describe.each(['tensorflow', 'cpu'])('on %s', (backend) => {
  beforeAll(async () => {
    if (backend === 'cpu') await useJavaScript();
    else await tf.setBackend(backend);
  });

  test.each([2, 4, 9])('the gradients of %s parts add up to those of the batch, to 1e-6', (parts) => {
    const options = { labelSmoothing: 0.1, classWeights: tf.tensor1d([1, 3, 2, 0.5]) };
    const [whole, summed] = [afterSteps(1, options), afterSteps(parts, options)];
    for (const [i, value] of whole.told.entries()) expect(summed.told[i]).toBeCloseTo(value, 5);
    for (const [i, parameter] of whole.parameters.entries()) {
      const largest = Math.max(...parameter.map((value, j) => Math.abs(value - summed.parameters[i][j])));
      expect(largest).toBeLessThan(1e-6);
    }
    expect(afterSteps(parts, options)).toEqual(summed);
  });
});
