// Convolution by its kernels on TensorFlow and by masq's own: against NumPy, against the composed path, and in bfloat16.
import tf from '#tfjs';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { testWithPython } from '../../../test/support/python.js';
import { maskFromLengths } from '../../layers/mask.js';
import { referenceTolerance } from '../../../test/support/devices.js';
import { bfloat16Support } from '../bfloat16.js';
import { loadEngine } from '../load.js';
import { composedConvolution, composedDepthwiseConvolution } from './composedConvolution.js';
import { conv1d, convolutions } from './convolution.js';
import type { ConvolutionWindow } from './convolutionWindow.js';
import { maskSteps } from './maskSteps.js';
import { hasNative } from './native.js';
import { ownConvolution } from './ownConvolution.js';
import { withPrecision, type Precision } from './precision.js';

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

function normal(shape: [number, number, number], seed: number): tf.Tensor3D {
  return tf.randomNormal(shape, 0, 1, 'float32', seed);
}

function operandsOf({ channels, filters, kernelSize, groups, window }: Case) {
  return {
    x: normal([batch, time, channels], 1),
    kernel: normal([kernelSize, channels / groups, filters], 2),
    dy: normal([batch, window.steps, filters], 3),
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
  const largest = (values: number[]): number => values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  return largest(actual.map((value, i) => value - expected[i])) / largest(expected);
}

function expectAgreement(actual: Results, expected: Results, float32: number, label: string): void {
  for (const key of ['output', 'inputGradient', 'kernelGradient'] as const) {
    expect(relativeError(actual[key], expected[key]), `${key} of ${label}`).toBeLessThan(
      referenceTolerance(float32),
    );
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
      const run = (x: tf.Tensor3D, kernel: tf.Tensor3D) => conv1d(x, kernel, { ...item, masks: null });
      expectAgreement(resultsOf(run, operandsOf(item)), references[i], 1e-5, JSON.stringify(item));
    });
  });
});

describe.each(['tensorflow', 'cpu'])('a dilation beyond the recording on the backend %s', (backend) => {
  beforeEach(async () => {
    await tf.setBackend(backend);
  });

  test.each([1, 4])('leaves the steps of the kernel that read one, in %d groups', (groups) => {
    const [x, kernel] = [normal([2, 9, 4], 1), normal([5, 4 / groups, 4], 2)];
    const gradients = (run: (x: tf.Tensor3D, kernel: tf.Tensor3D) => tf.Tensor): tf.Tensor[] => [
      run(x, kernel),
      ...tf.grads((x, kernel) => tf.sum(tf.square(run(x as tf.Tensor3D, kernel as tf.Tensor3D))))([
        x,
        kernel,
      ]),
    ];
    for (const [dilation, left] of [
      [3, 12],
      [3, 6],
      [7, 28],
      [7, 14],
      [50, 200],
      [2 ** 39, 2 ** 41],
    ]) {
      // prettier-ignore
      const direct = gradients((x, kernel) =>
        conv1d(x, kernel, { window: { left, steps: 9, stride: 1, dilation }, masks: null, groups }),
      );
      const offsets = Array.from({ length: 5 }, (_, k) => k * dilation - left);
      const expected = gradients((x, kernel) =>
        tf.addN(
          offsets.flatMap((offset, k) => {
            if (Math.abs(offset) >= 9) return [];
            const moved = tf.slice(tf.pad(x, [[0, 0], [9, 9], [0, 0]]), [0, 9 + offset, 0], [-1, 9, -1]); // prettier-ignore
            const window = { left: 0, steps: 9, stride: 1, dilation: 1 };
            return [conv1d(moved, tf.slice(kernel, k, 1), { window, masks: null, groups })];
          }),
        ),
      );
      for (const [i, tensor] of direct.entries()) {
        const difference = tf.norm(tf.sub(tensor, expected[i])).dataSync()[0];
        expect(difference, `${dilation} ${i}`).toBeLessThan(
          referenceTolerance(1e-5) * tf.norm(expected[i]).dataSync()[0],
        );
      }
    }
  });
});

describe('the kernels of TensorFlow', () => {
  beforeEach(async () => {
    const { backend } = await loadEngine();
    await tf.setBackend(backend);
  });

  test('agree with the composed path in sizes of real networks', ({ skip }) => {
    if (!hasNative('MasqConv1d')) skip('TensorFlow is not installed');
    for (const [kernelSize, stride, dilation, depthwise] of [
      [8, 1, 1, false],
      [5, 2, 1, false],
      [3, 1, 4, false],
      [9, 1, 1, true],
      [3, 2, 1, true],
      [10, 1, 4, true],
    ] as const) {
      const extent = (kernelSize - 1) * dilation;
      const window = { left: Math.floor(extent / 2), steps: Math.ceil(50 / stride), stride, dilation };
      const channels = 32;
      const operands = {
        x: normal([4, 50, channels], 1),
        kernel: normal([kernelSize, depthwise ? 1 : channels, channels], 2),
        dy: normal([4, window.steps, channels], 3),
      };
      const label = JSON.stringify({ kernelSize, stride, dilation, depthwise });
      const options = { window, masks: null, groups: depthwise ? channels : 1 };
      const native = resultsOf((x, k) => (depthwise ? conv1d : convolutions.masked)(x, k, options), operands);
      const composed = resultsOf(
        (x, k) => (depthwise ? composedDepthwiseConvolution : composedConvolution)(x, k, window),
        operands,
      );
      expectAgreement(native, composed, 1e-5, label);
    }
  });

  test.for([
    { channels: 12, groups: 3, stride: 1, convolutions: 1 },
    { channels: 128, groups: 32, stride: 1, convolutions: 4 },
    { channels: 128, groups: 32, stride: 2, convolutions: 2 },
    { channels: 192, groups: 2, stride: 2, convolutions: 2 },
    { channels: 300, groups: 30, stride: 2, convolutions: 3 },
  ])(
    'compute several groups at a time, and as if each were computed apart: %o',
    async ({ channels, groups, stride, convolutions }, { skip }) => {
      if (!hasNative(stride === 1 ? ownConvolution('float32').output : 'MasqConv1d')) skip('it is not there');
      const steps = Math.ceil(time / stride);
      const options = { window: { left: 1, steps, stride, dilation: 1 }, masks: null };
      const operands = {
        x: normal([batch, time, channels], 1),
        kernel: normal([3, channels / groups, 2 * channels], 2),
        dy: normal([batch, steps, 2 * channels], 3),
      };
      const together = (x: tf.Tensor3D, kernel: tf.Tensor3D) => conv1d(x, kernel, { ...options, groups });
      const apart = (x: tf.Tensor3D, kernel: tf.Tensor3D) => {
        const kernels = tf.split<tf.Tensor3D>(kernel, groups, 2);
        const parts = tf.split<tf.Tensor3D>(x, groups, 2);
        return tf.concat(
          parts.map((part, g) => conv1d(part, kernels[g], options)),
          2,
        );
      };
      expectAgreement(resultsOf(together, operands), resultsOf(apart, operands), 1e-5, 'groups');
      const { kernels } = await tf.profile(() => together(operands.x, operands.kernel));
      expect(kernels.filter(({ name }) => name.includes('Conv')).length).toBe(convolutions);
    },
  );
});

/** Sizes that fill no tile, no panel and no word, and that fill several. */
const sizes = [
  { rows: 3, time: 29, channels: 5, filters: 33, kernelSize: 4, dilation: 1, left: 1, steps: 29 },
  { rows: 2, time: 17, channels: 33, filters: 3, kernelSize: 3, dilation: 2, left: 4, steps: 17 },
  { rows: 2, time: 12, channels: 1, filters: 1, kernelSize: 1, dilation: 1, left: 0, steps: 12 },
  { rows: 2, time: 9, channels: 3, filters: 20, kernelSize: 3, dilation: 3, left: 0, steps: 3 },
  { rows: 1, time: 700, channels: 130, filters: 70, kernelSize: 5, dilation: 1, left: 2, steps: 700 },
  { rows: 5, time: 900, channels: 6, filters: 33, kernelSize: 3, dilation: 1, left: 1, steps: 900 },
  { rows: 4, time: 40, channels: 8, filters: 16, kernelSize: 39, dilation: 1, left: 19, steps: 40 },
];

describe.each<[Precision, number]>([
  // The reference is float32 too: sums of 4,500 products in two orders differ by 1.0e-6.
  ['float32', 2e-6],
  ['bfloat16', 2 ** -7],
])("masq's own convolution in %s", (precision, tolerance) => {
  const lacking = (): string | undefined =>
    hasNative(ownConvolution(precision).output) ? undefined : 'this processor has none';

  test.for(sizes)('is that of the composed path, of valid steps alone: %o', (size, { skip }) => {
    const reason = lacking();
    if (reason !== undefined) skip(reason);
    const { rows, time, channels, filters, kernelSize, dilation, left, steps } = size;
    const window = { left, steps, dilation, stride: 1 };
    const shorten = (whole: number) => {
      const lengths = Array.from({ length: rows }, (_, row) => Math.max(0, whole - 3 * row));
      return maskFromLengths(tf.tensor1d(lengths, 'int32'), whole);
    };
    const poison = (tensor: tf.Tensor3D, mask: tf.Tensor2D) =>
      tf.where<tf.Tensor>(tf.expandDims(mask, 2), tensor, tf.scalar(NaN)) as tf.Tensor3D;
    const masks = { input: shorten(time), output: shorten(steps) };
    const [x, dy] = [normal([rows, time, channels], 1), normal([rows, steps, filters], 3)];
    const kernel = normal([kernelSize, channels, filters], 2);
    const expected = resultsOf(
      (values, k) => maskSteps(composedConvolution(maskSteps(values, masks.input), k, window), masks.output),
      { x, kernel, dy },
    );
    // What stands in padded steps, forward or backward, is not read.
    const poisoned = { x: poison(x, masks.input), dy: poison(dy, masks.output), kernel };
    const actual = resultsOf(
      (values, k) => withPrecision(precision, () => convolutions.own(values, k, { window, masks })),
      poisoned,
    );
    expectAgreement(actual, expected, tolerance, JSON.stringify(size));
  });

  test('gives a row and its gradients the same bits however far it is padded', ({ skip }) => {
    const reason = lacking();
    if (reason !== undefined) skip(reason);
    const run = (steps: number): Results => {
      const mask = maskFromLengths(tf.tensor1d([29], 'int32'), steps);
      const pad = (row: tf.Tensor3D) => tf.pad(row, [[0, 0], [0, steps - 29], [0, 0]]); // prettier-ignore
      const { output, inputGradient, kernelGradient } = resultsOf(
        (x, kernel) =>
          withPrecision(precision, () => {
            const window = { left: 3, steps, stride: 1, dilation: 1 };
            return convolutions.own(x, kernel, { window, masks: { input: mask, output: mask } });
          }),
        { x: pad(normal([1, 29, 12], 1)), kernel: normal([8, 12, 40], 2), dy: pad(normal([1, 29, 40], 3)) },
      );
      // The steps of the row: zeros follow.
      return {
        output: output.slice(0, 29 * 40),
        inputGradient: inputGradient.slice(0, 29 * 12),
        kernelGradient,
      };
    };
    expect(run(329)).toEqual(run(29));
  });
});

describe('conv1d in bfloat16', () => {
  beforeEach(async () => {
    const { backend } = await loadEngine();
    await tf.setBackend(backend);
  });

  test('is within the rounding, and its gradients with it', async ({ skip }) => {
    const { reason } = bfloat16Support((await loadEngine()).device);
    if (reason !== null) skip(reason);
    const window = { left: 3, steps: 50, stride: 1, dilation: 1 };
    const operands = {
      x: normal([4, 50, 64], 1),
      kernel: normal([8, 64, 32], 2),
      dy: normal([4, 50, 32], 3),
    };
    const single = resultsOf((x, k) => conv1d(x, k, { window, masks: null }), operands);
    for (const convolve of [conv1d, convolutions.masked]) {
      const run = (x: tf.Tensor3D, k: tf.Tensor3D) =>
        withPrecision('bfloat16', () => convolve(x, k, { window, masks: null }));
      const rounded = resultsOf(run, operands);
      expectAgreement(rounded, single, 2 ** -7, 'bfloat16');
      expect(rounded.output).not.toEqual(single.output);
      // The backward pass ran outside withPrecision.
      expect(rounded.inputGradient).not.toEqual(single.inputGradient);
      expect(rounded.kernelGradient).not.toEqual(single.kernelGradient);
    }
  });

  test('leaves nothing behind but its result', ({ skip }) => {
    if (!hasNative('MasqConv1d')) skip('TensorFlow is not installed');
    const x = tf.ones<tf.Rank.R3>([1, 4, 2]);
    const kernel = tf.ones<tf.Rank.R3>([3, 2, 2]);
    const window = { left: 1, steps: 4, stride: 1, dilation: 1 };
    for (const convolve of [conv1d, convolutions.masked]) {
      const before = tf.memory().numTensors;
      const y = tf.tidy(() => withPrecision('bfloat16', () => convolve(x, kernel, { window, masks: null })));
      expect(tf.memory().numTensors).toBe(before + 1);
      expect(Array.from(y.dataSync())).toEqual([4, 4, 6, 6, 6, 6, 4, 4]);
      y.dispose();
    }
  });
});
