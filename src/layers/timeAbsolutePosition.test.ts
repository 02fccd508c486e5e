// The position code is that of the authors' code for recordings of one length, and that of its own length for every other.
import tf from '#tfjs';
import { beforeAll, expect, test } from 'vitest';
import { testWithPython } from '../../test/support/python.js';
import { loadEngine } from '../engine/index.js';
import { maskFromLengths, timeAbsolutePosition, type TimeAbsolutePositionArgs } from './index.js';

beforeAll(() => loadEngine());

/** The codes that zeros of those lengths get, without their padding. */
function codes(
  lengths: number[],
  channels: number,
  args: TimeAbsolutePositionArgs = {},
  time = 12,
): number[][][] {
  const mask = maskFromLengths(tf.tensor1d(lengths, 'int32'), time);
  const x = tf.zeros([lengths.length, time, channels]);
  const y = timeAbsolutePosition(args).apply(x, { mask }) as tf.Tensor3D;
  return y.arraySync().map((steps, row) => steps.slice(0, lengths[row]));
}

/** What the authors add to a recording of `length` steps, the frequencies fitted to `fitted` steps. */
const authors = `
import numpy as np

def main(cases):
    codes = []
    for length, fitted, channels in cases:
        position = np.arange(length)[:, None]
        frequencies = np.exp(np.arange(0, channels, 2) * (-np.log(10000.0) / channels))
        code = np.zeros((length, channels))
        code[:, 0::2] = np.sin((position * frequencies) * (channels / fitted))
        code[:, 1::2] = np.cos((position * frequencies) * (channels / fitted))
        codes.append(code.tolist())
    return codes
`;

testWithPython("each recording has the code of the authors' for its own length", async ({ python }) => {
  const lengths = [12, 5, 1];
  const expected = await python(
    authors,
    lengths.map((length) => [length, length, 6]),
  );
  expectClose(codes(lengths, 6), expected as number[][][]);
});

testWithPython(
  'a maximum length is that of all, and longer recordings go on from there',
  async ({ python }) => {
    const expected = await python(
      authors,
      [12, 5].map((length) => [length, 8, 6]),
    );
    expectClose(codes([12, 5], 6, { maximumLength: 8 }), expected as number[][][]);
  },
);

test('of an odd number of channels the last has a sine', () => {
  const [steps] = codes([3], 3);
  const frequency = Math.exp((-2 * Math.log(10_000)) / 3);
  expectClose([steps], [[0, 1, 2].map((p) => [Math.sin(p), Math.cos(p), Math.sin(p * frequency)])]);
});

test('a row of length 0 and one of length 1 have finite codes, whatever the padded length', () => {
  expect(codes([0, 1], 4, {}, 3)).toEqual([[], [[0, 1, 0, 1]]]);
  expect(codes([0, 1], 4, {}, 300)).toEqual([[], [[0, 1, 0, 1]]]);
});

test('a maximum length that is no positive integer is refused', () => {
  expect(() => timeAbsolutePosition({ maximumLength: 0.5, name: 'code' })).toThrow(
    'Layer "code": maximumLength is 0.5; expected a positive integer.',
  );
});

function expectClose(actual: number[][][], expected: number[][][]): void {
  const [a, b] = [actual, expected].map((rows) => rows.flat(2));
  expect(a.length).toBe(b.length);
  expect(Math.max(...a.map((value, i) => Math.abs(value - b[i])))).toBeLessThan(1e-5);
}
