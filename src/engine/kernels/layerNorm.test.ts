// Layer normalisation has the values of its definition, and the gradients of those values, against NumPy in float64.
import tf from '#tfjs';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deviationsFrom, waves } from '../../../test/support/definition.js';
import { testWithPython } from '../../../test/support/python.js';
import { loadEngine } from '../load.js';
import { layerNorm } from './layerNorm.js';

beforeAll(() => loadEngine());

const forward = `
def forward(given, x, gamma, beta):
    centred = x - x.mean(-1, keepdims=True)
    variance = (centred ** 2).mean(-1, keepdims=True)
    return gamma * centred / np.sqrt(variance + given['epsilon']) + beta
`;

const compute = (...[x, gamma, beta]: tf.Tensor[]) =>
  layerNorm(x, gamma as tf.Tensor1D, beta as tf.Tensor1D, 1e-3);

describe.each(['tensorflow', 'cpu'])('on the backend %s', (backend) => {
  beforeEach(async () => {
    await tf.setBackend(backend);
  });

  for (const shape of [
    [3, 5, 4],
    [6, 4],
  ]) {
    testWithPython(
      `layerNorm of [${shape.join()}] has the values and gradients of its definition`,
      async ({ python }) => {
        const inputs = [shape, [4], [4]].map((each, i) => waves(each, i + 1));
        const deviations = await deviationsFrom(
          { forward, given: { epsilon: 1e-3 } },
          { compute, inputs },
          python,
        );
        expect(deviations.filter((deviation) => !(deviation < 1))).toEqual([]);
      },
    );
  }
});

test('a step whose channels are all the same gives beta, and has a finite gradient', () => {
  const [x, gamma, beta] = [tf.fill([1, 2], 1e6), tf.tensor1d([2, 2]), tf.tensor1d([3, -1])];
  expect(Array.from(compute(x, gamma, beta).dataSync())).toEqual([3, -1]);
  const [dx] = tf.grads(compute)([x, gamma, beta], tf.tensor2d([1, 2], [1, 2]));
  expect(Array.from(dx.dataSync()).every((value) => Number.isFinite(value))).toBe(true);
});
