// masq's own operations compute, forward and backward, what plain operations compute on tfjs's JavaScript backend, which
// has none of them.
import tf from '#tfjs';
import { afterEach, describe, expect, test } from 'vitest';
import {
  paddedBatch,
  paddedValues,
  roundingDeviation,
  validValues,
} from '../../../test/support/sequences.js';
import { loadEngine, useJavaScript } from '../load.js';
import {
  addSteps,
  averageOverTime,
  batchNorm,
  hasNative,
  maskSteps,
  normalize,
  scaleChannels,
} from './index.js';

const { backend } = await loadEngine();

afterEach(() => tf.setBackend(backend));

type Mask = tf.Tensor2D | null;
type Kernel = (x: tf.Tensor3D, other: tf.Tensor, mask: Mask) => tf.Tensor;

/** For each kernel, the shape of its second input for values of a shape. */
const kernels: Record<string, { other: (shape: number[]) => number[]; compute: Kernel }> = {
  maskSteps: { other: () => [], compute: (x, _, mask) => maskSteps(x, mask) },
  averageOverTime: { other: () => [], compute: (x, _, mask) => averageOverTime(x, mask) },
  scaleChannels: {
    other: ([batch, , channels]) => [batch, channels],
    compute: (x, gate, mask) => scaleChannels(x, gate as tf.Tensor2D, mask),
  },
  addSteps: {
    other: (shape) => shape,
    compute: (x, other, mask) => addSteps(x, other as tf.Tensor3D, mask, 'linear'),
  },
  'addSteps with ReLU': {
    other: (shape) => shape,
    compute: (x, other, mask) => addSteps(x, other as tf.Tensor3D, mask, 'relu'),
  },
  batchNorm: {
    other: ([, , channels]) => [channels],
    compute: (x, gamma, mask) => {
      const beta = tf.zerosLike(gamma as tf.Tensor1D);
      const options = { epsilon: 1e-3, activation: 'relu', momentum: 0.9 } as const;
      return batchNorm(x, mask, gamma as tf.Tensor1D, beta, { mean: beta, variance: beta }, options).y;
    },
  },
  normalize: {
    other: ([, , channels]) => [channels],
    compute: (x, beta, mask) => {
      const [mean, variance] = [tf.mul<tf.Tensor1D>(beta, 0.5), tf.square(beta as tf.Tensor1D)];
      const options = { epsilon: 1e-3, activation: 'relu' } as const;
      return normalize(x, mask, tf.onesLike(variance), beta as tf.Tensor1D, { mean, variance }, options);
    },
  },
};

interface Numbers {
  shape: number[];
  values: ArrayLike<number>;
}

/** The output, and the gradients of `Σ dy·y` for both inputs. */
async function run(
  name: 'tensorflow' | 'cpu',
  { compute, other }: (typeof kernels)[string],
  [x, mask]: [Numbers, Numbers | null],
): Promise<Numbers[]> {
  await (name === 'cpu' ? useJavaScript() : tf.setBackend(name));
  return tf.tidy(() => {
    const steps =
      mask === null ? null : tf.tensor2d([...toArray(mask)], mask.shape as [number, number], 'bool');
    const inputs = [tensor(x), tensor({ shape: other(x.shape), values: waves(other(x.shape), 2) })];
    const at = (...[x, second]: tf.Tensor[]) => {
      // A kernel without a second input still has a gradient for it: 0.
      const y = compute(x as tf.Tensor3D, second, steps);
      return second.rank === 0 ? tf.add(y, tf.mul(second, 0)) : y;
    };
    const y = at(...inputs);
    const dy = tensor({ shape: y.shape, values: waves(y.shape, 3) });
    return [y, ...tf.grads(at)(inputs, dy)].map((result) => ({
      shape: result.shape,
      values: result.dataSync(),
    }));
  });
}

function toArray({ values }: Numbers): number[] {
  return Array.from(values);
}

function tensor({ shape, values }: Numbers): tf.Tensor {
  return tf.tensor(toArray({ shape, values }), shape, 'float32');
}

/** Numbers between -1 and 1 without a pattern in time or channels. */
function waves(shape: number[], seed: number): number[] {
  const size = shape.reduce((product, n) => product * n, 1);
  return Array.from({ length: size }, (_, i) => Math.sin(i * i * 0.7 + seed * (i + 1)));
}

const batches = {
  '3 channels': { channels: 3, lengths: [4, 1, 0, 6], time: 8 },
  '17 channels': { channels: 17, lengths: [4, 1, 0, 6], time: 6, fill: -Infinity },
  'no valid step': { channels: 2, lengths: [0, 0], time: 3 },
  'pieces of rows': { channels: 24, lengths: [700, 350, 1, 600], time: 800, fill: Infinity },
};

describe.runIf(hasNative('MasqMaskSteps')).each(Object.entries(kernels))('%s', (_, kernel) => {
  test.each(Object.entries(batches))('is the same: %s', async (_, options) => {
    const { x, mask } = paddedBatch(options);
    const inputs: [Numbers, Numbers] = [
      { shape: x.shape, values: x.dataSync() },
      { shape: mask.shape, values: mask.dataSync() },
    ];
    const [own, plain] = [await run('tensorflow', kernel, inputs), await run('cpu', kernel, inputs)];
    for (const [i, result] of own.entries()) {
      expect(roundingDeviation(tensor(result), tensor(plain[i]))).toBeLessThan(1);
      if (result.shape.length === 3) {
        expect(paddedValues(tensor(result), options.lengths).filter((value) => value !== 0)).toEqual([]);
      }
    }
  });

  test('is the same without a mask', async () => {
    const shape = [2, 5, 4];
    const x = { shape, values: waves(shape, 1) };
    const [own, plain] = [await run('tensorflow', kernel, [x, null]), await run('cpu', kernel, [x, null])];
    for (const [i, result] of own.entries()) {
      expect(roundingDeviation(tensor(result), tensor(plain[i]))).toBeLessThan(1);
    }
  });

  test('is the same to the last bit whatever the padding', () => {
    const lengths = [600, 3, 0];
    const [short, long] = [
      { time: 600, fill: 0 },
      { time: 1111, fill: NaN },
    ].map((padding) =>
      tf.tidy(() => {
        const { x, mask } = paddedBatch({ channels: 65, lengths, ...padding });
        const shape = kernel.other(x.shape);
        // Rows of a second input as long as the first are cut to its time.
        const whole = shape.length === 3 ? [shape[0], 1111, shape[2]] : shape;
        const second = tensor({ shape: whole, values: waves(whole, 2) });
        const cut = shape.length === 3 ? tf.slice(second, [0, 0, 0], shape) : second;
        const y = kernel.compute(x, cut, mask);
        return y.rank === 3 ? validValues(y, lengths) : Array.from(y.dataSync());
      }),
    );
    expect(long).toEqual(short);
  });
});
