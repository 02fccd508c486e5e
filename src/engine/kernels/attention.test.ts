// Self-attention has the values of its definition and the gradients of those values, against NumPy in float64, whatever
// stands in the padding and however large the products are.
import tf from '#tfjs';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deviationsFrom, waves } from '../../../test/support/definition.js';
import { testWithPython } from '../../../test/support/python.js';
import { paddedBatch, roundingDeviation } from '../../../test/support/sequences.js';
import { maskFromLengths } from '../../layers/mask.js';
import { loadEngine } from '../load.js';
import { attend } from './attention.js';
import { distanceMatrix } from './distanceMatrix.js';

beforeAll(() => loadEngine());

const [batch, time, channels, heads, scale] = [3, 5, 6, 2, 1.5];

const forward = `
def forward(given, q, k, v, *tables):
    y = np.zeros(q.shape)
    width = q.shape[2] // given['heads']
    for b, n in enumerate(given['lengths']):
        steps = np.arange(n)
        for h in range(given['heads'] if n > 0 else 0):
            own = slice(h * width, (h + 1) * width)
            powers = np.exp(given['scale'] * q[b, :n, own] @ k[b, :n, own].T)
            weights = powers / powers.sum(1, keepdims=True)
            for table in tables:
                maximum = len(table) // 2
                distances = np.clip(steps[:, None] - steps[None, :], -maximum, maximum)
                weights = weights + table[distances + maximum, h]
            y[b, :n, own] = weights @ v[b, :n, own]
    return y
`;

describe.each(['tensorflow', 'cpu'])('on the backend %s', (backend) => {
  beforeEach(async () => {
    await tf.setBackend(backend);
  });

  for (const [name, maximumDistance] of [
    ['without distances', null],
    ['with more distances than there are', 7],
    ['with the farthest distance for farther ones', 2],
  ] as const) {
    for (const lengths of [[5, 2, 0], null]) {
      const masked = lengths === null ? 'without a mask' : 'with a mask';
      testWithPython(`${name}, ${masked}, it is what it is defined as`, async ({ python }) => {
        const tables = maximumDistance === null ? [] : [[2 * maximumDistance + 1, heads]];
        const inputs = [...Array.from({ length: 3 }, () => [batch, time, channels]), ...tables].map(
          (shape, i) => waves(shape, i + 1),
        );
        const mask = lengths === null ? null : maskFromLengths(tf.tensor1d(lengths, 'int32'), time);
        const compute = (...[q, k, v, table]: (tf.Tensor | undefined)[]) =>
          attend(q as tf.Tensor3D, k as tf.Tensor3D, v as tf.Tensor3D, mask, {
            ...{ heads, scale },
            distances: (table ?? null) as tf.Tensor2D | null,
          });
        const given = { heads, scale, lengths: lengths ?? [time, time, time] };
        const deviations = await deviationsFrom({ forward, given }, { compute, inputs }, python);
        expect(deviations.filter((deviation) => !(deviation < 1))).toEqual([]);
      });
    }
  }
});

test('long recordings, which are computed in pieces, give what they give as a whole', () => {
  const lengths = [700, 7, 0, 333, 1];
  const [q, k, v] = [1, 20, 40].map(
    (seed) => paddedBatch({ channels: 3, lengths, time: 700, fill: 0, seed }).x,
  );
  const mask = maskFromLengths(tf.tensor1d(lengths, 'int32'), 700);
  const valid = tf.cast(tf.expandDims(mask, 2), 'float32');
  const plain = (...[q, k, v]: tf.Tensor[]) => {
    const powers = tf.mul(tf.exp(tf.matMul(q, k, false, true)), tf.transpose(valid, [0, 2, 1]));
    return tf.mul(tf.matMul(tf.div(powers, tf.maximum(tf.sum(powers, 2, true), 1e-9)), v), valid);
  };
  const compute = (...[q, k, v]: tf.Tensor[]) =>
    attend(q as tf.Tensor3D, k as tf.Tensor3D, v as tf.Tensor3D, mask, {
      heads: 1,
      scale: 1,
      distances: null,
    });
  const dy = waves(q.shape, 4);
  const results = [plain, compute].map((f) => [f(q, k, v), ...tf.grads(f)([q, k, v], dy)]);
  const deviations = results[1].map((actual, i) => roundingDeviation(actual, results[0][i]));
  expect(deviations.filter((deviation) => !(deviation < 3))).toEqual([]);
});

test('what stands in padding changes no bit, and the output is 0 there', () => {
  const lengths = [4, 1, 0];
  const run = (fill: number) => {
    const [q, k, v] = [1, 20, 40].map((seed) => paddedBatch({ channels, lengths, time, fill, seed }));
    const table = waves([5, heads], 4) as tf.Tensor2D;
    return attend(q.x, k.x, v.x, q.mask, { heads, scale, distances: table }).arraySync();
  };
  const expected = run(0);
  for (const fill of [NaN, Infinity, 3e38]) expect(run(fill)).toEqual(expected);
  expect(
    expected
      .flatMap((row, b) => row.slice(lengths[b]))
      .flat()
      .filter((value) => value !== 0),
  ).toEqual([]);
});

test('products of thousands give the value of the largest, without overflow', () => {
  const [q, v] = [tf.tensor3d([100, -100, 0, 50], [1, 4, 1]), tf.tensor3d([1, 2, 3, 4], [1, 4, 1])];
  const mask = maskFromLengths(tf.tensor1d([3], 'int32'), 4);
  const y = attend(q, q, v, mask, { heads: 1, scale: 1, distances: null });
  expect(Array.from(y.dataSync())).toEqual([1, 2, 2, 0]);
});

test('distances become a matrix of all pairs of steps, the farthest for all beyond', () => {
  const table = tf.tensor2d([[-20], [-10], [0], [10], [20]]);
  expect(distanceMatrix(table, 4).arraySync()).toEqual([
    [
      [0, -10, -20, -20],
      [10, 0, -10, -20],
      [20, 10, 0, -10],
      [20, 20, 10, 0],
    ],
  ]);
  expect(distanceMatrix(table, 1).arraySync()).toEqual([[[0]]]);
});
