// The kernels of TensorFlow inside programs: replayed, they give what they give eagerly, with their gradients.
import tf from '#tfjs';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  attend,
  conv1d,
  crossEntropy,
  dropout,
  lstm,
  matMul,
  resampleSteps,
  softmaxCrossEntropySum,
  squeezeExcite,
  statelessUniform,
  weightNorm,
  type Precision,
} from '../kernels/index.js';
import { composedCrossEntropy } from '../kernels/crossEntropy.js';
import { loadEngine, withPrecision } from '../index.js';
import { compile } from '../program/index.js';
import { tolerance } from '../../../test/support/devices.js';

const x = () => tf.randomNormal<tf.Rank.R3>([3, 10, 4], 0, 1, 'float32', 1);
const key = (a: number, b: number) => tf.tensor1d([a, b], 'int32');

/** Functions of `x` and of weights drawn from a seed, all float32. */
const functions: Record<string, (x: tf.Tensor3D) => tf.Tensor> = {
  convolution: (t) =>
    conv1d(t, weights([5, 4, 6]), { window: { left: 2, steps: 10, stride: 1, dilation: 1 }, masks: null }),
  'strided convolution': (t) =>
    conv1d(t, weights([4, 4, 6]), { window: { left: 1, steps: 5, stride: 2, dilation: 1 }, masks: null }),
  'dilated convolution': (t) =>
    conv1d(t, weights([3, 4, 6]), { window: { left: 4, steps: 10, stride: 1, dilation: 2 }, masks: null }),
  'grouped convolution': (t) =>
    conv1d(t, weights([3, 2, 6]), {
      window: { left: 1, steps: 10, stride: 1, dilation: 1 },
      masks: null,
      groups: 2,
    }),
  'depthwise convolution': (t) =>
    conv1d(t, weights([3, 1, 8]), {
      window: { left: 1, steps: 10, stride: 1, dilation: 1 },
      masks: null,
      groups: 4,
    }),
  'dilated depthwise convolution': (t) =>
    conv1d(t, weights([4, 1, 8]), {
      window: { left: 3, steps: 10, stride: 1, dilation: 2 },
      masks: null,
      groups: 4,
    }),
  resampling: (t) => resampleSteps(t, tf.lessEqual(tf.range(0, 10), tf.tensor2d([[9], [4], [-1]])), 7),
  'weight normalisation': (t) => weightNorm(t, weights([4])),
  'matrix product': (t) => matMul(tf.reshape(t, [30, 4]), weights([4, 5])),
  relu: (t) => tf.relu(t),
  'cross-entropy of labels': (t) => {
    const labels = tf.tensor1d([0, 3, -1, 2, 1, 0, 2, 2, 1, 3], 'int32');
    const logits = tf.reshape<tf.Rank.R2>(tf.slice(t, 0, 1), [10, 4]);
    return crossEntropy(logits, labels, { labelSmoothing: 0.1 }).loss;
  },
  'cross-entropy of labels with class weights in plain operations': (t) => {
    const labels = tf.tensor1d([0, 3, -1, 2, 1, 0, 2, 2, 1, 3], 'int32');
    const options = { labelSmoothing: 0.1, classWeights: tf.tensor1d([1, 2, 0.5, 3]) };
    return composedCrossEntropy(tf.reshape(tf.slice(t, 0, 1), [10, 4]), labels, options).loss;
  },
  'cross-entropy': (t) =>
    softmaxCrossEntropySum(tf.reshape(t, [30, 4]), tf.fill([30, 4], 1 / 4), tf.range(0, 30, 1, 'float32')),
  'squeeze and excitation': (t) => {
    const biases = { reductionBias: weights<tf.Rank.R1>([2]), expansionBias: weights<tf.Rank.R1>([4]) };
    const mask: tf.Tensor2D = tf.lessEqual(tf.range(0, 10), tf.tensor2d([[9], [4], [0]]));
    return squeezeExcite(t, mask, { reduction: weights([4, 2]), expansion: weights([2, 4]), ...biases });
  },
  'self-attention': (t) => {
    const mask: tf.Tensor2D = tf.lessEqual(tf.range(0, 10), tf.tensor2d([[9], [4], [-1]]));
    const [q, k, v] = [1, 2, 3].map((factor) => tf.mul<tf.Tensor3D>(t, factor));
    return attend(q, k, v, mask, { heads: 2, scale: 0.5, distances: weights<tf.Rank.R2>([7, 2]) });
  },
  dropout: (t) => dropout(t, 0.5, key(1, 2)),
  LSTM: (t) => {
    const mask: tf.Tensor2D = tf.lessEqual(tf.range(0, 10), tf.tensor2d([[6], [4], [-1]]));
    return lstm(t, mask, {
      kernel: weights([4, 12]),
      recurrentKernel: weights([3, 12]),
      bias: weights([12]),
    });
  },
};

function weights<Rank extends tf.Rank>(shape: tf.ShapeMap[Rank]): tf.Tensor<Rank> {
  return tf.randomNormal<Rank>(shape, 0, 1, 'float32', 2);
}

beforeAll(async () => {
  await loadEngine();
});

describe('a program on TensorFlow', () => {
  beforeEach(async ({ skip }) => {
    const { backend } = await loadEngine();
    if (backend !== 'tensorflow') skip('TensorFlow is not installed.');
    await tf.setBackend(backend);
  });

  const precisions: Precision[] = ['float32', 'bfloat16'];
  test.each(
    precisions.flatMap((precision) =>
      Object.entries(functions).map(([name, run]) => ({ name, precision, run })),
    ),
  )('gives what is computed eagerly: $name in $precision', ({ precision, run }) => {
    const step = ({ input }: Record<string, tf.Tensor>) => {
      const loss = (t: tf.Tensor) => tf.sum(tf.square(run(t as tf.Tensor3D)));
      return withPrecision(precision, () => ({
        value: run(input as tf.Tensor3D),
        gradient: tf.grad(loss)(input),
      }));
    };
    const inputs = { input: { shape: [3, 10, 4], dtype: 'float32' } } as const;
    const program = compile({ state: [], entries: { step: { inputs, run: step } } });
    const captured = program.run('step', { input: x() });
    const eager = step({ input: x() });
    for (const name of ['value', 'gradient'] as const) {
      const error = tf.max(tf.abs(tf.sub(captured[name], eager[name]))).dataSync()[0];
      expect(error).toBeLessThan(tolerance(1e-5) * tf.max(tf.abs(eager[name])).dataSync()[0]);
    }
    program.dispose();
  });

  test('draws anew for every key that it is given', () => {
    const program = compile({
      state: [],
      entries: {
        draw: {
          inputs: { key: { shape: [2], dtype: 'int32' } },
          run: (given) => ({ noise: statelessUniform<tf.Rank.R1>([5], given.key as tf.Tensor1D) }),
        },
      },
    });
    const draw = (a: number, b: number) => program.run('draw', { key: key(a, b) }).noise.arraySync();
    expect(draw(1, 2)).toEqual(statelessUniform<tf.Rank.R1>([5], key(1, 2)).arraySync());
    expect(draw(1, 3)).toEqual(statelessUniform<tf.Rank.R1>([5], key(1, 3)).arraySync());
    expect(draw(1, 3)).not.toEqual(draw(1, 2));
    program.dispose();
  });
});
