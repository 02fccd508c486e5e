// The ways to pool agree, in values and gradients. That they follow the definition is tested with the layer.
import tf from '#tfjs';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { loadEngine } from '../index.js';
import { poolings, type PoolingMasks, type PoolingWindow } from './maxPool.js';

beforeAll(() => loadEngine());

const [rows, time] = [3, 9];

function masksOf(lengths: readonly number[], { stride, steps }: PoolingWindow): PoolingMasks {
  const mask = (valid: number[], size: number): tf.Tensor2D =>
    tf.less(tf.range(0, size, 1, 'int32').expandDims(0), tf.tensor2d(valid, [rows, 1], 'int32'));
  const outputs = lengths.map((length) => Math.ceil(length / stride));
  return { input: mask([...lengths], time), output: mask(outputs, steps) };
}

test.each(['image', 'sliced'] as const)(
  'pooling by %s is that of the own operation, whatever the padding holds',
  (name) => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(time), { minLength: rows, maxLength: rows }),
        fc.record({ poolSize: fc.integer({ min: 1, max: 4 }), stride: fc.integer({ min: 1, max: 3 }) }),
        fc.constantFrom(1, 17, 40),
        fc.nat(1000),
        fc.boolean(),
        (lengths, { poolSize, stride }, channels, seed, withMask) => {
          tf.tidy(() => {
            const left = Math.floor((poolSize - 1) / 2);
            const window = { poolSize, stride, left, steps: Math.ceil(time / stride) };
            const masks = withMask ? masksOf(lengths, window) : null;
            const shape: [number, number, number] = [rows, time, channels];
            // Small integers, so that many are equal; the sum turns the -0 of rounding into 0.
            const whole = tf.round(tf.randomNormal<tf.Rank.R3>(shape, -1, 1.5, 'float32', seed + 1));
            const values = tf.add<tf.Tensor3D>(whole, 0);
            const valid = masks === null ? null : tf.tile(tf.expandDims(masks.input, 2), [1, 1, channels]);
            const x = valid === null ? values : tf.where(valid, values, tf.fill(shape, NaN));
            const dy = tf.randomNormal<tf.Rank.R3>([rows, window.steps, channels], 0, 1, 'float32', seed + 2);
            const [expected, actual] = (['own', name] as const).map((way) =>
              tf.valueAndGrad((input) => poolings[way](input as tf.Tensor3D, masks, window))(x, dy),
            );
            expect(actual.value.dataSync()).toEqual(expected.value.dataSync());
            const difference = tf.max(tf.abs(tf.sub(actual.grad, expected.grad))).dataSync()[0];
            expect(difference).toBeLessThan(1e-5);
          });
        },
      ),
      { numRuns: 60, seed: 5, endOnFailure: true },
    );
  },
);
