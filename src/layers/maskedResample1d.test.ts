// Resampling against NumPy's interpolation, and where the mask ends.
import tf from '#tfjs';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { paddedBatch } from '../../test/support/sequences.js';
import { testWithPython } from '../../test/support/python.js';
import { loadEngine } from '../engine/index.js';
import {
  maskedConv1d,
  maskedGlobalPool1d,
  maskedResample1d,
  maskFromLengths,
  sequenceMask,
} from './index.js';

beforeAll(() => loadEngine());

const reference = `
import numpy as np

def main(data):
    rows = []
    for row in data["rows"]:
        x = np.array(row).reshape(len(row), 2)
        at = np.linspace(0, len(x) - 1, data["steps"])
        channels = [np.interp(at, np.arange(len(x)), c) if len(x) else np.zeros(len(at)) for c in x.T]
        rows.append(np.stack(channels, 1).tolist())
    return rows
`;

describe.each(['tensorflow', 'cpu'])('maskedResample1d on the backend %s', (backend) => {
  beforeEach(async () => {
    await tf.setBackend(backend);
  });

  testWithPython('is linear interpolation between the valid steps', async ({ python }) => {
    const lengths = [9, 7, 5, 2, 1, 0];
    const { x, mask } = paddedBatch({ channels: 2, lengths, time: 11 });
    const rows = x.arraySync().map((row, i) => row.slice(0, lengths[i]));
    for (const steps of [7, 20, 2, 1]) {
      const expected = (await python(reference, { rows, steps })) as number[][][];
      const y = maskedResample1d({ steps }).apply(x, { mask }) as tf.Tensor3D;
      expect(y.shape).toEqual([6, steps, 2]);
      expect(tf.max(tf.abs(tf.sub(y, tf.tensor3d(expected)))).dataSync()[0]).toBeLessThan(1e-6);
    }
  });

  test('sends back to each step what it gave: the output is linear in it, so that a difference of any size is exact', () => {
    const { x, mask } = paddedBatch({ channels: 2, lengths: [9, 7, 2, 1, 0], time: 11 });
    for (const steps of [4, 20, 1]) {
      const run = (x: tf.Tensor) => maskedResample1d({ steps }).apply(x, { mask }) as tf.Tensor;
      const dy = tf.randomNormal([5, steps, 2], 0, 1, 'float32', 7);
      const dx = tf.grad(run)(x, dy);
      const direction = tf.randomNormal(x.shape, 0, 1, 'float32', 8);
      const total = (product: tf.Tensor) => tf.sum(product).dataSync<'float32'>()[0];
      const difference = total(tf.mul(dx, direction)) - total(tf.mul(dy, run(direction)));
      expect(Math.abs(difference)).toBeLessThan(1e-4);
    }
  });

  test('leaves recordings of the wanted length as they are, to the bit, and repeats a single step', () => {
    const { x, mask } = paddedBatch({ channels: 2, lengths: [9, 1], time: 12 });
    const y = maskedResample1d({ steps: 9 }).apply(x, { mask }) as tf.Tensor3D;
    const rows = x.arraySync();
    expect(y.arraySync()).toEqual([rows[0].slice(0, 9), Array.from({ length: 9 }, () => rows[1][0])]);
  });

  test('interpolates in recordings of thousands of steps as exactly as in short ones', () => {
    const ramp = tf.reshape<tf.Rank.R3>(tf.mod(tf.range(0, 5000), 2), [1, 5000, 1]);
    const y = maskedResample1d({ steps: 128 }).apply(ramp) as tf.Tensor3D;
    const expected = Array.from({ length: 128 }, (_, s) => {
      const [step, rest] = [Math.floor((s * 4999) / 127), ((s * 4999) % 127) / 127];
      return step % 2 === 0 ? rest : 1 - rest;
    });
    const differences = Array.from(y.dataSync(), (value, s) => Math.abs(value - expected[s]));
    expect(Math.max(...differences)).toBeLessThan(1e-6);
  });
});

test('the mask ends at the layer: those after it count every step, of recordings without steps too', () => {
  const values = tf.input({ shape: [null, 1] });
  const lengths = tf.input({ shape: [1], dtype: 'int32' });
  const masked = sequenceMask().apply([values, lengths]);
  const stretched = maskedResample1d({ steps: 3 }).apply(masked);
  const kernelInitializer = tf.initializers.ones();
  const convolved = maskedConv1d({ filters: 1, kernelSize: 3, kernelInitializer, useBias: false }).apply(
    stretched,
  );
  const pooled = maskedGlobalPool1d().apply(convolved) as tf.SymbolicTensor;
  const model = tf.model({ inputs: [values, lengths], outputs: pooled });
  const x = tf.tensor3d([6, NaN, NaN, NaN, NaN, NaN], [2, 3, 1]);
  // Windows of 2, 3 and 2 steps that hold 6.
  const y = model.predict([x, tf.tensor2d([[1], [0]], [2, 1], 'int32')]) as tf.Tensor;
  expect(Array.from(y.dataSync())).toEqual([14, 0]);
});

test('after the layer there is no mask that another branch could share', () => {
  const x = tf.ones([1, 4, 2]);
  const layer = maskedResample1d({ steps: 2 });
  expect(layer.computeMask(x, maskFromLengths(tf.tensor1d([3], 'int32'), 4))).toEqual([null]);
});

test('a number of steps that is no positive integer is refused', () => {
  expect(() => maskedResample1d({ steps: 0, name: 'stretch' })).toThrow(
    'Layer "stretch": steps is 0; expected a positive integer.',
  );
});
