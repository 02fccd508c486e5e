// Convolution against a loop that follows the definition, with gradients by central differences, on both backends.
import tf from '#tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { trainableVariables } from '../../test/support/variables.js';
import { loadEngine } from '../engine/index.js';
import { leftPadding, outputLength, type ConvolutionGeometry } from './convolutionLength.js';
import { maskedConv1d } from './index.js';
import { maskFromLengths } from './mask.js';

interface Case extends ConvolutionGeometry {
  channels: number;
  filters: number;
  groups: number;
  lengths: number[];
  time: number;
  seed: number;
}

/** `y[b, o, f] = Σₖ Σ_c x[b, o·stride + k·dilation - left, group(f) + c] · kernel[k, c, f]` over valid steps. */
function convolve(x: number[][][], kernel: number[][][], c: Case): number[][][] {
  const [perGroup, filtersPerGroup] = [c.channels / c.groups, c.filters / c.groups];
  return x.map((row, b) =>
    Array.from({ length: outputLength(c.time, c) }, (_, o) =>
      Array.from({ length: c.filters }, (_, f) => {
        if (o >= outputLength(c.lengths[b], c)) return 0;
        let sum = 0;
        for (let k = 0; k < c.kernelSize; k++) {
          const t = o * c.stride + k * c.dilation - leftPadding(c);
          if (t < 0 || t >= c.lengths[b]) continue;
          const first = Math.floor(f / filtersPerGroup) * perGroup;
          for (let i = 0; i < perGroup; i++) sum += row[t][first + i] * kernel[k][i][f];
        }
        return sum;
      }),
    ),
  );
}

const cases: fc.Arbitrary<Case> = fc
  .record({
    padding: fc.constantFrom('same' as const, 'causal' as const, 'valid' as const),
    kernelSize: fc.integer({ min: 1, max: 5 }),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 3 }),
    groups: fc.constantFrom(1, 2, 4),
    filtersPerGroup: fc.integer({ min: 1, max: 2 }),
    time: fc.integer({ min: 1, max: 12 }),
    missing: fc.array(fc.nat(12), { minLength: 1, maxLength: 3 }),
    seed: fc.nat(1000),
  })
  .map(({ filtersPerGroup, missing, ...rest }) => ({
    ...rest,
    channels: 4,
    filters: rest.groups * filtersPerGroup,
    lengths: missing.map((steps) => Math.max(0, rest.time - steps)),
  }));

/** Whether the output and both gradients of the layer are those of the loop. */
function agrees(c: Case): void {
  tf.tidy(() => {
    const x = tf.randomNormal<tf.Rank.R3>([c.lengths.length, c.time, c.channels], 0, 1, 'float32', c.seed);
    const { filters, kernelSize, padding, groups } = c;
    const geometry = { filters, kernelSize, padding, groups, strides: c.stride, dilationRate: c.dilation };
    const layer = maskedConv1d({ ...geometry, useBias: false });
    layer.build(x.shape);
    const [kernel] = layer.getWeights() as [tf.Tensor3D];
    const mask = maskFromLengths(tf.tensor1d(c.lengths, 'int32'), c.time);
    const run = (input: tf.Tensor) => layer.apply(input, { mask }) as tf.Tensor3D;
    const y = run(x);
    const expected = (input: tf.Tensor3D, weights: tf.Tensor3D) =>
      convolve(input.arraySync(), weights.arraySync(), c);
    expect(difference(y, expected(x, kernel))).toBeLessThan(1e-5);

    // The output is linear in x and in the kernel, so a difference of any size is exact: <dy, y(d)> = <gradient, d>.
    const dy = tf.randomNormal(y.shape, 0, 1, 'float32', c.seed + 1);
    const loss = (output: tf.Tensor) => tf.sum<tf.Scalar>(tf.mul(output, dy));
    const dx = tf.randomNormal<tf.Rank.R3>(x.shape, 0, 1, 'float32', c.seed + 2);
    const dk = tf.randomNormal<tf.Rank.R3>(kernel.shape, 0, 1, 'float32', c.seed + 3);
    const xGradient = tf.grad((input) => loss(run(input)))(x);
    const [variable] = trainableVariables(layer);
    const { grads } = tf.variableGrads(() => loss(run(x)), [variable]);
    const along = (gradient: tf.Tensor, direction: tf.Tensor) =>
      tf.sum(tf.mul(gradient, direction)).dataSync()[0];
    const reference = (output: number[][][]) => loss(tf.tensor3d(output.flat(2), y.shape)).dataSync()[0];
    expect(along(xGradient, dx)).toBeCloseTo(reference(expected(dx, kernel)), 3);
    expect(along(grads[variable.name], dk)).toBeCloseTo(reference(expected(x, dk)), 3);
    for (const weight of layer.weights) weight.dispose();
  });
}

function difference(actual: tf.Tensor, expected: number[][][]): number {
  if (actual.size === 0) return expected.flat(2).length;
  return tf.max(tf.abs(tf.sub(actual, tf.tensor(expected.flat(2), actual.shape)))).dataSync()[0];
}

describe.each(['tensorflow', 'cpu'])('maskedConv1d on the backend %s', (backend) => {
  beforeAll(async () => {
    await loadEngine();
    await tf.setBackend(backend);
    tf.env().set('PROD', true);
  });

  test('is the convolution of its definition, forward and backward', () => {
    fc.assert(fc.property(cases, agrees), { numRuns: 60, seed: 1 });
  });
});

test('channels that cannot be divided into the groups are refused with both numbers', () => {
  const layer = maskedConv1d({ filters: 4, kernelSize: 3, groups: 4, name: 'grouped' });
  expect(() => {
    layer.build([null, null, 6]);
  }).toThrow('Layer "grouped": 6 channels cannot be divided into 4 groups.');
});
