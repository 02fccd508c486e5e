// Local max pooling against a loop that follows the definition, forward and backward, on both backends.
import tf from '#tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { testWithPython } from '../../test/support/python.js';
import { loadEngine } from '../engine/index.js';
import { leftPadding, outputLength, type ConvolutionGeometry } from './convolutionLength.js';
import { lengthsFromMask, maskedMaxPool1d, maskFromLengths } from './index.js';

interface Case extends ConvolutionGeometry {
  lengths: number[];
  time: number;
  seed: number;
  /** Whether values are small integers, so that many are equal. */
  ties: boolean;
}

const cases: fc.Arbitrary<Case> = fc
  .record({
    padding: fc.constantFrom('same' as const, 'causal' as const, 'valid' as const),
    kernelSize: fc.integer({ min: 1, max: 5 }),
    stride: fc.integer({ min: 1, max: 6 }),
    dilation: fc.constant(1),
    time: fc.integer({ min: 1, max: 13 }),
    missing: fc.array(fc.nat(12), { minLength: 1, maxLength: 3 }),
    seed: fc.nat(1000),
    ties: fc.boolean(),
  })
  .map(({ missing, ...rest }) => ({
    ...rest,
    lengths: missing.map((steps) => Math.max(0, rest.time - steps)),
  }));

const channels = 3;

function layerOf({ kernelSize: poolSize, stride: strides, padding }: ConvolutionGeometry) {
  return maskedMaxPool1d({ poolSize, strides, padding });
}

/** The valid step of row b that output step o takes, the first of equals; null where o is no valid step. */
function winner(row: number[][], b: number, o: number, channel: number, c: Case): number | null {
  if (o >= outputLength(c.lengths[b], c)) return null;
  let best: number | null = null;
  for (let k = 0; k < c.kernelSize; k++) {
    const t = o * c.stride + k - leftPadding(c);
    if (t < 0 || t >= c.lengths[b]) continue;
    if (best === null || row[t][channel] > row[best][channel]) best = t;
  }
  return best;
}

/** Whether output and gradient are those of the loop; padded steps hold NaN. */
function agrees(c: Case): void {
  tf.tidy(() => {
    const shape: [number, number, number] = [c.lengths.length, c.time, channels];
    const normal = tf.randomNormal<tf.Rank.R3>(shape, -2, 1.5, 'float32', c.seed);
    // The sum turns the -0 of rounding into 0.
    const values = c.ties ? tf.add<tf.Tensor3D>(tf.round(normal), 0) : normal;
    const mask = maskFromLengths(tf.tensor1d(c.lengths, 'int32'), c.time);
    const x = tf.where(tf.expandDims(mask, 2).tile([1, 1, channels]), values, tf.fill(shape, NaN));
    const run = (input: tf.Tensor) => layerOf(c).apply(input, { mask }) as tf.Tensor3D;
    const steps = outputLength(c.time, c);
    const dy = tf.randomNormal<tf.Rank.R3>([shape[0], steps, channels], 0, 1, 'float32', c.seed + 1);

    const rows = values.arraySync();
    const upstream = dy.arraySync();
    const y = upstream.map((row) => row.map((step) => step.map(() => 0)));
    const dx = rows.map((row) => row.map((step) => step.map(() => 0)));
    for (const [b, row] of rows.entries()) {
      for (let o = 0; o < steps; o++) {
        for (let i = 0; i < channels; i++) {
          const t = winner(row, b, o, i, c);
          if (t === null) continue;
          y[b][o][i] = row[t][i];
          dx[b][t][i] += upstream[b][o][i];
        }
      }
    }
    expect(run(x).arraySync()).toEqual(y);
    const gradient = tf
      .grad((input) => run(input))(x, dy)
      .dataSync();
    const expected = dx.flat(2);
    for (const [i, value] of gradient.entries()) expect(value).toBeCloseTo(expected[i], 5);
  });
}

describe.each(['tensorflow', 'cpu'])('maskedMaxPool1d on the backend %s', (backend) => {
  beforeAll(async () => {
    await loadEngine();
    await tf.setBackend(backend);
    tf.env().set('PROD', true);
  });

  test('takes the maximum of the valid steps of each window and sends the gradient to the first one', () => {
    fc.assert(fc.property(cases, agrees), { numRuns: 80, seed: 1 });
  });

  test('has the gradient that differences give', () => {
    tf.tidy(() => {
      const x = tf.randomNormal<tf.Rank.R3>([2, 7, 2], 0, 1, 'float32', 4);
      const mask = maskFromLengths(tf.tensor1d([7, 4], 'int32'), 7);
      const layer = maskedMaxPool1d({ poolSize: 3, strides: 1, padding: 'same' });
      const loss = (input: tf.Tensor) =>
        tf.sum<tf.Scalar>(tf.square(layer.apply(input, { mask }) as tf.Tensor));
      const gradient = tf.grad(loss)(x).dataSync();
      for (const [i, actual] of gradient.entries()) {
        const at = (step: number) => {
          const values = Float32Array.from(x.dataSync());
          values[i] += step;
          return loss(tf.tensor3d(values, x.shape)).dataSync()[0];
        };
        const expected = (at(1e-3) - at(-1e-3)) / 2e-3;
        expect(Math.abs(actual - expected)).toBeLessThan(1e-2 * Math.max(1, Math.abs(expected)));
      }
    });
  });

  testWithPython('is the maximum that NumPy finds in windows of -∞ and valid steps', async ({ python }) => {
    const lengths = [9, 5, 1, 0];
    const x = tf.randomNormal<tf.Rank.R3>([4, 9, 2], -3, 1, 'float32', 5);
    const mask = maskFromLengths(tf.tensor1d(lengths, 'int32'), 9);
    const layer = maskedMaxPool1d({ poolSize: 4, strides: 3, padding: 'same' });
    const reference = (await python(numpyPool, { x: x.arraySync(), lengths })) as number[][][];
    const [outputMask] = layer.computeMask(x, mask);
    expect(Array.from(lengthsFromMask(outputMask as tf.Tensor2D).dataSync())).toEqual([3, 2, 1, 0]);
    const y = layer.apply(x, { mask }) as tf.Tensor3D;
    expect(y.shape).toEqual([4, 3, 2]);
    const difference = tf.max(tf.abs(tf.sub(y, tf.tensor3d(reference)))).dataSync()[0];
    expect(difference).toBeLessThan(1e-6);
  });
});

/** Pool size 4, stride 3 and padding `same`: one step on the left. */
const numpyPool = `
import numpy as np
def main(data):
    x = np.array(data["x"])
    y = np.zeros((x.shape[0], 3, x.shape[2]))
    for row, (values, n) in enumerate(zip(x, data["lengths"])):
        padded = np.full((1 + 9 + 3, x.shape[2]), -np.inf)
        padded[1 : 1 + n] = values[:n]
        for o in range(-(-n // 3)):
            y[row, o] = padded[3 * o : 3 * o + 4].max(axis=0)
    return y.tolist()
`;

describe('maskedMaxPool1d', () => {
  const pooled = (args: Parameters<typeof maskedMaxPool1d>[0], values: number[], length: number) => {
    const x = tf.tensor3d(values, [1, values.length, 1]);
    const mask = maskFromLengths(tf.tensor1d([length], 'int32'), values.length);
    return Array.from((maskedMaxPool1d(args).apply(x, { mask }) as tf.Tensor).dataSync());
  };

  test('sees neither padding nor what stands beyond the ends', () => {
    const values = [-3, -1, -2, 9, 9];
    expect(pooled({ poolSize: 3, strides: 1, padding: 'same' }, values, 3)).toEqual([-1, -1, -1, 0, 0]);
    expect(pooled({ poolSize: 3, strides: 1, padding: 'causal' }, values, 3)).toEqual([-3, -1, -1, 0, 0]);
    expect(pooled({ poolSize: 3, strides: 1 }, values, 3)).toEqual([-1, 0, 0]);
    expect(pooled({}, values, 3)).toEqual([-1, 0]);
  });

  test('leaves no step of recordings shorter than a window, with gradient 0', () => {
    const layer = maskedMaxPool1d({ poolSize: 4 });
    const x = tf.ones([2, 3, 1]);
    expect((layer.apply(x) as tf.Tensor).shape).toEqual([2, 0, 1]);
    const gradient = tf.grad((input) => tf.sum(layer.apply(input) as tf.Tensor))(x);
    expect(Array.from(gradient.dataSync())).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('refuses sizes and paddings that do not exist', () => {
    expect(() => maskedMaxPool1d({ poolSize: 0, name: 'pool' })).toThrow(
      'Layer "pool": poolSize is 0; expected a positive integer.',
    );
    const misspelt: object = { padding: 'sane', name: 'pool' };
    expect(() => maskedMaxPool1d(misspelt)).toThrow(
      'Layer "pool": padding is "sane"; expected "same", "causal" or "valid".',
    );
  });
});
