// Convolution by its kernels on TensorFlow: against NumPy, against the composed path, and in bfloat16.
import * as tf from '@tensorflow/tfjs';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { testWithPython } from '../../../test/support/python.js';
import { bfloat16Support } from '../bfloat16.js';
import { loadEngine } from '../load.js';
import { composedConvolution } from './composedConvolution.js';
import { conv1d } from './convolution.js';
import type { ConvolutionWindow } from './convolutionWindow.js';
import { hasNative } from './native.js';
import { withPrecision } from './precision.js';

interface Case {
  readonly channels: number;
  readonly filters: number;
  readonly kernelSize: number;
  readonly groups: number;
  readonly window: ConvolutionWindow;
}

interface Results {
  output: number[];
  inputGradient: number[];
  kernelGradient: number[];
}

const [batch, time] = [2, 9];

/** Paddings: TensorFlow's SAME for odd and even kernels, all on the left, none, and more than SAME on either side. */
const paddings: readonly { left: number; right: number }[] = [
  { left: 1, right: 1 },
  { left: 2, right: 0 },
  { left: 0, right: 0 },
  { left: 1, right: 3 },
  { left: 4, right: 2 },
];

function cases(): Case[] {
  const found: Case[] = [];
  for (const { left, right } of paddings)
    for (const kernelSize of [1, 3, 4])
      for (const stride of [1, 2])
        for (const dilation of [1, 2])
          for (const [groups, channels, filters] of [
            [1, 3, 4],
            [2, 4, 6],
            [4, 4, 8],
          ]) {
            const spare = left + time + right - (kernelSize - 1) * dilation - 1;
            const window = { left, stride, dilation, steps: Math.floor(spare / stride) + 1 };
            found.push({ channels, filters, kernelSize, groups, window });
          }
  return found;
}

function operandsOf({ channels, filters, kernelSize, groups, window }: Case) {
  return {
    x: tf.randomNormal<tf.Rank.R3>([batch, time, channels], 0, 1, 'float32', 1),
    kernel: tf.randomNormal<tf.Rank.R3>([kernelSize, channels / groups, filters], 0, 1, 'float32', 2),
    dy: tf.randomNormal<tf.Rank.R3>([batch, window.steps, filters], 0, 1, 'float32', 3),
  };
}

type Operands = ReturnType<typeof operandsOf>;

function resultsOf(
  convolve: (x: tf.Tensor3D, kernel: tf.Tensor3D) => tf.Tensor3D,
  { x, kernel, dy }: Operands,
): Results {
  const gradients = tf.grads((a, b) => convolve(a as tf.Tensor3D, b as tf.Tensor3D))([x, kernel], dy);
  return {
    output: Array.from(convolve(x, kernel).dataSync()),
    inputGradient: Array.from(gradients[0].dataSync()),
    kernelGradient: Array.from(gradients[1].dataSync()),
  };
}

/** Largest difference, over the largest value there is. */
function relativeError(actual: number[], expected: number[]): number {
  expect(actual).toHaveLength(expected.length);
  const scale = Math.max(...expected.map(Math.abs));
  return Math.max(...actual.map((value, i) => Math.abs(value - expected[i]))) / scale;
}

function expectAgreement(actual: Results, expected: Results, tolerance: number, label: string): void {
  for (const key of ['output', 'inputGradient', 'kernelGradient'] as const) {
    expect(relativeError(actual[key], expected[key]), `${key} of ${label}`).toBeLessThan(tolerance);
  }
}

// The definition in float64. It is linear in the input and in the kernel, so unit vectors give the exact gradients.
const reference = `
import numpy as np

def convolve(x, k, left, steps, stride, dilation, groups):
    y = np.zeros((x.shape[0], steps, k.shape[2]))
    ins, outs = x.shape[2] // groups, k.shape[2] // groups
    for o in range(steps):
        for j in range(k.shape[0]):
            t = o * stride + j * dilation - left
            if 0 <= t < x.shape[1]:
                for g in range(groups):
                    f = slice(g * outs, (g + 1) * outs)
                    y[:, o, f] += x[:, t, g * ins:(g + 1) * ins] @ k[j, :, f]
    return y

def main(cases):
    results = []
    for case in cases:
        x, k, dy = (np.array(case[name]) for name in ('x', 'kernel', 'dy'))
        rest = [case['window'][name] for name in ('left', 'steps', 'stride', 'dilation')] + [case['groups']]
        units = lambda a: [unit.reshape(a.shape) for unit in np.eye(a.size)]
        results.append(dict(
            output=convolve(x, k, *rest).ravel().tolist(),
            inputGradient=[(convolve(unit, k, *rest) * dy).sum() for unit in units(x)],
            kernelGradient=[(convolve(x, unit, *rest) * dy).sum() for unit in units(k)]))
    return results
`;

beforeAll(async () => {
  await loadEngine();
});

/** What the reference says about all cases, computed once for both backends. */
let expected: Results[] | undefined;

describe.each(['tensorflow', 'cpu'])('conv1d on the backend %s', (backend) => {
  beforeEach(async () => {
    await tf.setBackend(backend);
  });

  testWithPython('has the output and the gradients of its definition', async ({ python }) => {
    const all = cases();
    const given = all.map((item) => {
      const { x, kernel, dy } = operandsOf(item);
      return { ...item, x: x.arraySync(), kernel: kernel.arraySync(), dy: dy.arraySync() };
    });
    const references = (expected ??= (await python(reference, given)) as Results[]);
    all.forEach((item, i) => {
      const run = (x: tf.Tensor3D, kernel: tf.Tensor3D) => conv1d(x, kernel, item.window, item.groups);
      expectAgreement(resultsOf(run, operandsOf(item)), references[i], 1e-5, JSON.stringify(item));
    });
  });
});

describe('the kernels of TensorFlow', () => {
  beforeEach(async () => {
    const { backend } = await loadEngine();
    await tf.setBackend(backend);
  });

  test('agree with the composed path in sizes of real networks', ({ skip }) => {
    if (!hasNative('MasqConv1d')) skip();
    for (const [kernelSize, stride, dilation, depthwise] of [
      [8, 1, 1, false],
      [5, 2, 1, false],
      [3, 1, 4, false],
      [9, 1, 1, true],
      [3, 2, 1, true],
    ] as const) {
      const extent = (kernelSize - 1) * dilation;
      const window = { left: Math.floor(extent / 2), steps: Math.ceil(50 / stride), stride, dilation };
      const channels = 32;
      const operands = {
        x: tf.randomNormal<tf.Rank.R3>([4, 50, channels], 0, 1, 'float32', 1),
        kernel: tf.randomNormal<tf.Rank.R3>(
          [kernelSize, depthwise ? 1 : channels, channels],
          0,
          1,
          'float32',
          2,
        ),
        dy: tf.randomNormal<tf.Rank.R3>([4, window.steps, channels], 0, 1, 'float32', 3),
      };
      const label = JSON.stringify({ kernelSize, stride, dilation, depthwise });
      const native = resultsOf((x, k) => conv1d(x, k, window, depthwise ? channels : 1), operands);
      const composed = resultsOf((x, k) => composedConvolution(x, k, window, depthwise), operands);
      expectAgreement(native, composed, 1e-5, label);
    }
  });

  test('are within the rounding of bfloat16 when it is asked for, and the gradients with them', async ({
    skip,
  }) => {
    const { reason } = bfloat16Support((await loadEngine()).device);
    if (reason !== null) skip(reason);
    if (!hasNative('MasqConv1d')) skip();
    const window = { left: 3, steps: 50, stride: 1, dilation: 1 };
    const operands = {
      x: tf.randomNormal<tf.Rank.R3>([4, 50, 64], 0, 1, 'float32', 1),
      kernel: tf.randomNormal<tf.Rank.R3>([8, 64, 32], 0, 0.1, 'float32', 2),
      dy: tf.randomNormal<tf.Rank.R3>([4, 50, 32], 0, 1, 'float32', 3),
    };
    const single = resultsOf((x, k) => conv1d(x, k, window), operands);
    const rounded = resultsOf((x, k) => withPrecision('bfloat16', () => conv1d(x, k, window)), operands);
    expectAgreement(rounded, single, 2 ** -7, 'bfloat16');
    expect(rounded.output).not.toEqual(single.output);
    // The backward pass ran outside withPrecision.
    expect(rounded.inputGradient).not.toEqual(single.inputGradient);
    expect(rounded.kernelGradient).not.toEqual(single.kernelGradient);
  });

  test('leave nothing behind but their result', ({ skip }) => {
    if (!hasNative('MasqConv1d')) skip();
    const x = tf.ones<tf.Rank.R3>([1, 4, 2]);
    const kernel = tf.ones<tf.Rank.R3>([3, 2, 2]);
    const before = tf.memory().numTensors;
    const y = withPrecision('bfloat16', () =>
      conv1d(x, kernel, { left: 1, steps: 4, stride: 1, dilation: 1 }),
    );
    expect(tf.memory().numTensors).toBe(before + 1);
    expect(Array.from(y.dataSync())).toEqual([4, 4, 6, 6, 6, 6, 4, 4]);
  });
});
