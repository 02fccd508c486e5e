import tf from '#tfjs';
import { beforeAll, expect, test } from 'vitest';
import { loadEngine } from '../load.js';

beforeAll(() => loadEngine());

test('gathers along an axis, for each row where asked, whatever the type', () => {
  const x = [
    [1, 2, 3],
    [4, 5, 6],
  ];
  for (const dtype of ['float32', 'int32'] as const) {
    const indices = tf.tensor2d([[2, 0], [1, 1]], [2, 2], 'int32'); // prettier-ignore
    expect(tf.gather(tf.tensor2d(x, [2, 3], dtype), indices, 1, 1).arraySync()).toEqual([
      [3, 1],
      [5, 5],
    ]);
  }
});

test('refuses shapes that do not fit, and on processors indices out of range', async () => {
  const { device } = await loadEngine();
  const x = tf.tensor1d([1, 2, 3]);
  expect(() => tf.gather(x, tf.tensor1d([0], 'int32'), 0, 2)).toThrow();
  if (device === 'cpu') expect(() => tf.gather(x, [0, 3]).dataSync()).toThrow(/3 is not in \[0, 3\)/);
});
