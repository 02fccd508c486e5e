// Weight normalisation against NumPy in float64, with gradients by central differences.
import tf from '#tfjs';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deviationsFrom, waves } from '../../../test/support/definition.js';
import { testWithPython } from '../../../test/support/python.js';
import { roundingDeviation } from '../../../test/support/sequences.js';
import { loadEngine } from '../load.js';
import { filterLengths, weightNorm } from './weightNorm.js';

beforeAll(() => loadEngine());

const forward = `
def forward(given, v, g):
    return v * (g / np.sqrt((v ** 2).sum((0, 1))))
`;

describe.each(['tensorflow', 'cpu'])('weightNorm on the backend %s', (backend) => {
  beforeEach(async () => {
    await tf.setBackend(backend);
  });

  testWithPython('has the values and gradients of its definition', async ({ python }) => {
    const compute = (v: tf.Tensor, g: tf.Tensor) => weightNorm(v as tf.Tensor3D, g as tf.Tensor1D);
    const inputs = [waves([5, 3, 4], 1), tf.tensor1d([0.5, -2, 1, 3])];
    const deviations = await deviationsFrom({ forward, given: {} }, { compute, inputs }, python);
    expect(deviations.filter((deviation) => !(deviation < 1))).toEqual([]);
  });

  test('gives back the filters at their own lengths, and 0 with finite gradients for a filter of zeros', () => {
    const v = tf.tensor3d([3, 0, 4, 0], [2, 1, 2]);
    expect(filterLengths(v).arraySync()).toEqual([5, 0]);
    expect(roundingDeviation(weightNorm(v, filterLengths(v)), v)).toBeLessThan(1);
    const g = tf.tensor1d([5, 7]);
    expect(roundingDeviation(weightNorm(v, g), v)).toBeLessThan(1);
    const gradients = tf.grads((v, g) => weightNorm(v as tf.Tensor3D, g as tf.Tensor1D))(
      [v, g],
      tf.ones([2, 1, 2]),
    );
    expect(gradients.flatMap((tensor) => Array.from(tensor.dataSync())).every(Number.isFinite)).toBe(true);
  });
});
