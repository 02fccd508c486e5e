// Programs give what the same function gives eagerly.
import tf from '#tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadEngine, statelessUniform } from '../index.js';
import { compile, type Entry } from './index.js';
import { tolerance } from '../../../test/support/devices.js';

beforeAll(() => loadEngine());

const x = [[[0.5, -1, 2, 0.25], [1, 0, -2, 3], [4, 0.75, -0.5, 1]], [[2, 1, 1, -3], [0.1, 0.2, 0.3, 0.4], [-1, -2, 5, 6]]]; // prettier-ignore

/** Compiles a function of named float32 inputs of these values, runs it, and runs it eagerly. */
function both(
  values: Record<string, tf.TensorLike>,
  run: Entry['run'],
): { captured: tf.NamedTensorMap; eager: tf.NamedTensorMap } {
  const tensors = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, tf.tensor(value)]));
  const inputs = Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, dtype }]) => [name, { shape, dtype: dtype as 'float32' }]),
  );
  const program = compile({ state: [], entries: { only: { inputs, run } } });
  const captured = program.run('only', tensors);
  program.dispose();
  return { captured, eager: run(tensors) };
}

/** Operations on `x` `[2, 3, 4]` that stock tfjs may call, each with its gradient where it has one. */
const operations: Record<string, (x: tf.Tensor3D) => tf.Tensor> = {
  'unary operations': (t) =>
    tf.addN([tf.abs(t), tf.exp(t), tf.tanh(t), tf.sigmoid(t), tf.relu(t), tf.elu(t), tf.selu(t), tf.softplus(t), tf.square(t), tf.neg(t), tf.sin(t), tf.leakyRelu(t), tf.relu6(t), tf.erf(t)]), // prettier-ignore
  'binary operations with broadcasting': (t) =>
    tf.div(tf.sub(tf.mul(t, [1, 2, 3, 4]), tf.maximum(t, tf.scalar(0.5))), tf.add(tf.squaredDifference(t, [[1], [2], [3]]), 1)), // prettier-ignore
  'sums, means and extremes': (t) =>
    tf.add(tf.mean(tf.sum(t, 1), [0]), tf.add(tf.max(t, [0, 1]), tf.min(tf.prod(t, 1, true), [0, 1]))),
  shapes: (t) => tf.transpose(tf.reshape(tf.expandDims(t, 1), [4, 2, -1]), [2, 0, 1]),
  'concatenation, stacking and slices': (t) =>
    tf.concat(
      [tf.slice(t, [0, 1, 0], [-1, 2, -1]), tf.stack(tf.unstack(t, 1).slice(0, 2), 1), ...tf.split(t, 3, 1)],
      1,
    ),
  'padding and tiling': (t) =>
    tf.tile(
      tf.pad(t, [
        [0, 0],
        [1, 2],
        [0, 1],
      ]),
      [1, 1, 2],
    ),
  'matrix products': (t) =>
    tf.matMul(t, tf.reshape(t, [2, 4, 3]), false, false).add(tf.matMul(t, t, false, true)),
  'softmax and one-hot': (t) =>
    tf.mul(tf.logSoftmax(tf.reshape(t, [6, 4])), tf.oneHot(tf.argMax(tf.reshape(t, [6, 4]), 1), 4)),
  'convolution and pooling': (t) =>
    tf.maxPool(
      tf.conv2d<tf.Tensor4D>(tf.reshape(t, [2, 3, 4, 1]), tf.ones([2, 2, 1, 3]), 1, 'same'),
      2,
      1,
      'valid',
    ),
  'average pooling of a depthwise convolution': (t) =>
    tf.avgPool(tf.depthwiseConv2d<tf.Tensor4D>(tf.reshape(t, [2, 3, 4, 1]), tf.ones([2, 2, 1, 2]), 1, 'valid'), 2, 1, 'same'), // prettier-ignore
  'batch normalisation': (t) => {
    const { mean, variance } = tf.moments(t, [0, 1]);
    return tf.batchNorm(t, mean as tf.Tensor1D, variance as tf.Tensor1D, tf.ones([4]), tf.zeros([4]), 1e-3);
  },
};

/** Operations without a gradient in tfjs. */
const valueOnly: Record<string, (x: tf.Tensor3D) => tf.Tensor> = {
  'comparisons and selections': (t) =>
    tf.where(tf.logicalAnd(tf.greater(t, 0), tf.lessEqual(t, 2)), t, tf.neg(t)),
  'strided slices and reversing': (t) => tf.reverse(tf.stridedSlice(t, [0, 2], [2, 0], [1, -1]), 2),
  'cumulative sums': (t) => tf.cumsum(t, 1),
  'gathering by computed indices': (t) =>
    tf.gather(t, tf.cast(tf.clipByValue(tf.slice(t, [0, 0, 0], [1, 2, 3]), 0, 2), 'int32'), 1),
  'rounding and tests for NaN': (t) => tf.add(tf.round(t), tf.cast(tf.isNaN(tf.log(t)), 'float32')),
  'means of truths and of whole numbers': (t) =>
    tf.add(tf.mean(tf.greater(t, 0), 1), tf.mean(tf.cast(t, 'int32'), 1)),
  'accuracy of two classes': (t) => tf.metrics.binaryAccuracy(tf.cast(tf.greater(t, 0), 'float32'), t),
  'ranges and fillings': (t) => tf.mul(tf.add(t, tf.range(0, 4)), tf.fill([3, 1], 2)),
};

/** Where two tensors differ by more than rounding. */
function expectClose(actual: tf.Tensor, expected: tf.Tensor): void {
  expect([actual.dtype, actual.shape]).toEqual([expected.dtype, expected.shape]);
  const [a, b] = [actual.dataSync(), expected.dataSync()];
  for (const [i, value] of b.entries())
    expect(Math.abs(a[i] - value)).toBeLessThanOrEqual(tolerance(1e-6) * (1 + Math.abs(value)));
}

describe('a compiled function', () => {
  test.each(Object.entries(valueOnly))('gives the same values: %s', (_, operation) => {
    const { captured, eager } = both({ x }, ({ x: t }) => ({ y: operation(t as tf.Tensor3D) }));
    expectClose(captured.y, eager.y);
  });

  test.each(Object.entries(operations))('gives the same values and gradients: %s', (_, operation) => {
    const { captured, eager } = both({ x }, ({ x: t }) => {
      const { value, grad } = tf.valueAndGrad((a) => tf.sum(tf.square(operation(a as tf.Tensor3D))))(t);
      return { y: operation(t as tf.Tensor3D), value, grad };
    });
    for (const [name, tensor] of Object.entries(eager)) expectClose(captured[name], tensor);
  });

  test('sees inputs that vary, and tensors from outside as they were', () => {
    const scale = tf.scalar(3);
    const spec = { shape: [2], dtype: 'float32' } as const;
    const program = compile({
      state: [],
      entries: { scaled: { inputs: { a: spec }, run: ({ a }) => ({ y: tf.mul(a, scale) }) } },
    });
    scale.dispose();
    expect([...program.run('scaled', { a: tf.tensor1d([1, 2]) }).y.dataSync()]).toEqual([3, 6]);
    expect([...program.run('scaled', { a: tf.tensor1d([5, 0]) }).y.dataSync()]).toEqual([15, 0]);
    program.dispose();
  });

  test("gives variables and tensors from outside as results, which stay their owners'", () => {
    const weight = tf.variable(tf.scalar(5));
    const outside = tf.scalar(7);
    const program = compile({
      state: [weight],
      entries: { both: { inputs: {}, run: () => ({ weight, outside }) } },
    });
    const results = Object.values(program.run('both', {})).map((tensor) => tensor.dataSync()[0]);
    expect(results).toEqual([5, 7]);
    expect([weight.isDisposed, outside.isDisposed]).toEqual([false, false]);
    program.dispose();
    tf.dispose([weight, outside]);
  });

  test('draws random numbers by a key that is an input, the same again for the same key', () => {
    const key = { shape: [2], dtype: 'int32' } as const;
    const run: Entry['run'] = (inputs) => ({ y: statelessUniform([5], inputs.key as tf.Tensor1D) });
    const program = compile({ state: [], entries: { draw: { inputs: { key }, run } } });
    const draw = (counter: number): Float32Array =>
      program.run('draw', { key: tf.tensor1d([7, counter], 'int32') }).y.dataSync<'float32'>();
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    program.dispose();
  });

  test('says that it runs no more once it has been disposed of, and disposes once', () => {
    const weight = tf.variable(tf.scalar(2));
    const program = compile({ state: [weight], entries: { read: { inputs: {}, run: () => ({ weight }) } } });
    program.dispose();
    expect(() => program.run('read', {})).toThrow('The program has been disposed of');
    expect(() => program.readState()).toThrow('The program has been disposed of');
    expect(() => {
      program.writeState({ [weight.name]: weight });
    }).toThrow('The program has been disposed of');
    program.dispose();
    weight.dispose();
  });

  test('leaves no tensors behind', () => {
    const weight = tf.variable(tf.scalar(2));
    const spec = { shape: [3], dtype: 'float32' } as const;
    const before = tf.memory().numTensors;
    const program = compile({
      state: [weight],
      entries: {
        step: {
          inputs: { a: spec },
          run: ({ a }) => {
            weight.assign(tf.add(weight, tf.sum(a)));
            return { y: tf.mul(a, weight) };
          },
        },
      },
    });
    const a = tf.ones([3]);
    for (let i = 0; i < 3; i++) tf.dispose(program.run('step', { a }));
    a.dispose();
    program.dispose();
    expect(tf.memory().numTensors).toBe(before);
    weight.dispose();
  });

  test.each([
    ['nothing', {}, 'Entry "double": "a" is nothing, expected float32 [3].'],
    [
      'an array',
      { a: [1, 2, 3] as unknown as tf.Tensor },
      'Entry "double": "a" is no tensor, expected float32 [3].',
    ],
    ['another shape', { a: tf.zeros([2]) }, 'Entry "double": "a" is float32 [2], expected float32 [3].'],
    [
      'another type',
      { a: tf.zeros([3], 'int32') },
      'Entry "double": "a" is int32 [3], expected float32 [3].',
    ],
    ['another name', { a: tf.zeros([3]), b: tf.zeros([3]) }, 'Entry "double" takes no "b". It takes: a.'],
  ])('refuses %s as an input', (_, given, message) => {
    const spec = { shape: [3], dtype: 'float32' } as const;
    const program = compile({
      state: [],
      entries: { double: { inputs: { a: spec }, run: ({ a }) => ({ y: tf.mul(a, 2) }) } },
    });
    expect(() => program.run('double', given)).toThrow(message);
    expect(() => program.run('triple', given)).toThrow('no entry "triple". It has: double.');
    program.dispose();
  });
});
