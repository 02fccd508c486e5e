// What a graph cannot repeat is refused with the reason, and leaves everything as it was.
import tf from '#tfjs';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { loadEngine, useJavaScript } from '../index.js';
import { CaptureError, compile } from './index.js';

beforeAll(() => loadEngine());

describe('compile refuses', () => {
  const spec = { shape: [4], dtype: 'float32' } as const;
  const compileOne = (run: (a: tf.Tensor1D) => tf.Tensor, state: tf.Variable[] = []) =>
    compile({
      state,
      entries: { f: { inputs: { a: spec }, run: ({ a }) => ({ y: run(a as tf.Tensor1D) }) } },
    });

  test.each<[string, (a: tf.Tensor1D) => tf.Tensor, RegExp]>([
    [
      'values that are read back',
      (a) => tf.mul(a, tf.square(a).dataSync()[0]),
      /^"f" cannot be compiled\. The values of the result of Square are read back/,
    ],
    [
      'values of an input that are read back',
      (a) => tf.mul(a, a.arraySync()[0]),
      /The values of an input are read back/,
    ],
    [
      'random numbers of the host',
      (a) => tf.mul(a, tf.randomUniform([4])),
      /Input 1 of operation Mul changes from call to call/,
    ],
    [
      'random numbers with a hidden state',
      (a) => tf.multinomial(a, 2, 7),
      /Operation Multinomial draws random numbers from a hidden state.*statelessUniform/,
    ],
    ['dropout with noise of the host', (a) => tf.dropout(a, 0.5), /changes from call to call/],
    [
      'a result whose shape depends on values',
      (a) => tf.unique(a).values,
      /Operation UniqueV2 is not known to be free of side effects, or the shape of its result depends on values; do without it, or compute its result outside and make that an input/,
    ],
  ])('%s', (_, run, message) => {
    // prettier-ignore
    expect(() => compileOne(run)).toThrow(message);
  });

  test('a counter of the host', () => {
    let calls = 0;
    expect(() => compileOne((a) => tf.add(a, ++calls))).toThrow(
      /Input 1 of operation Add\w* changes from call to call \(random numbers or a counter on the host/,
    );
  });

  test('another course at another call', () => {
    let calls = 0;
    expect(() => compileOne((a) => (++calls % 2 === 0 ? tf.sqrt(a) : tf.exp(a)))).toThrow(
      'at its operation 0 it called Exp, and then Sqrt.',
    );
  });

  test('variables that are read or assigned and are not part of the state', () => {
    const outside = tf.variable(tf.zeros([4]), true, 'outside');
    expect(() => compileOne((a) => tf.add(a, outside))).toThrow(
      /Variable "outside" is read by operation Add\w* and not part of the program's state/,
    );
    const assigned = compileOne.bind(null, (a) => {
      outside.assign(tf.mul(a, 2));
      return tf.neg(a);
    });
    expect(assigned).toThrow('Variable "outside" is assigned and not part of the program\'s state.');
    expect([...outside.dataSync()]).toEqual([0, 0, 0, 0]);
    outside.dispose();
  });

  test('variables that it makes', () => {
    const make = () => compileOne((a) => tf.clone(tf.variable<tf.Rank.R1>(a, true, 'inner')));
    expect(make).toThrow('The function makes a variable "inner". Run it once eagerly before');
    // The name is free.
    tf.variable(tf.zeros([1]), true, 'inner').dispose();
  });

  test.each<[string, () => tf.Optimizer]>([
    ['momentum', () => tf.train.momentum(0.1, 0.9)],
    ['rmsprop', () => tf.train.rmsprop(0.1)],
    ['adagrad', () => tf.train.adagrad(0.1)],
    ['adadelta', () => tf.train.adadelta(0.1)],
    ['adam', () => tf.train.adam(0.1)],
    ['adamax', () => tf.train.adamax(0.1)],
  ])('a fresh optimizer, which then trains eagerly as one that was never compiled: %s', (_, make) => {
    const losses = [true, false].map((compiled) => {
      const weight = tf.variable(tf.tensor1d([1, 2, 3, 4]));
      const optimizer = make();
      const step = () => optimizer.minimize(() => tf.sum(tf.square(weight)), true) ?? tf.scalar(NaN);
      if (compiled) {
        const state = Object.values(tf.engine().registeredVariables);
        expect(() => compileOne(step, state)).toThrow('The function makes a variable. Run it once eagerly');
      }
      return [1, 2, 3].map(() => step().dataSync()[0]);
    });
    expect(losses[0]).toEqual(losses[1]);
    expect(losses[0][2]).not.toBe(losses[0][0]);
  });

  test('a tensor without values that it keeps, and none that it keeps with values', () => {
    let kept: tf.Tensor | undefined;
    const adds = (make: () => tf.Tensor) => (a: tf.Tensor1D) => tf.add(a, (kept ??= tf.keep(make())));
    expect(() => compileOne(adds(() => tf.mul(tf.range(0, 4), 2)))).toThrow(
      'The function keeps the result of Mul beyond its call (tf.keep)',
    );
    kept = undefined;
    const program = compileOne(adds(() => tf.tensor1d([1, 2, 3, 4])));
    expect([...program.run('f', { a: tf.ones([4]) }).y.dataSync()]).toEqual([2, 3, 4, 5]);
    program.dispose();
  });

  test('a tensor of a function within which it is compiled', () => {
    const nested = (outer: tf.Tensor1D) => {
      compileOne((a) => tf.add(a, outer));
      return outer;
    };
    expect(() => compileOne(nested)).toThrow(
      /A tensor that operation Add\w* uses was made while another function was recorded/,
    );
  });

  test('a read-back whose refusal the function ignores', () => {
    const ignoring = (read: (a: tf.Tensor) => unknown) => () =>
      compileOne((a) => {
        try {
          read(tf.square(a));
        } catch {
          // Nobody hears of it.
        }
        return tf.neg(a);
      });
    const message = 'The values of the result of Square are read back';
    expect(ignoring((a) => a.dataSync())).toThrow(message);
    expect(ignoring((a) => a.data())).toThrow(message);
    expect(ignoring((a) => a.array())).toThrow(message);
  });

  test('a shape with a size left open', () => {
    const inputs = { x: { shape: [null, 4] as unknown as number[], dtype: 'float32' } } as const;
    expect(() =>
      compile({ state: [], entries: { f: { inputs, run: ({ x }) => ({ y: tf.neg(x) }) } } }),
    ).toThrow('"f" cannot be compiled. The shape of its input "x" is [null, 4]; expected whole numbers');
  });

  test.each<[string, unknown, string]>([
    ['a promise', Promise.resolve({}), 'The function is asynchronous.'],
    [
      'a tensor without a name',
      tf.scalar(1),
      'The function gives a tensor; let it give an object of tensors',
    ],
    ['a number', { y: 3 }, 'The function gives "y", which is no tensor.'],
    ['nothing', undefined, 'The function gives no tensor.'],
  ])('%s as its result', (_, result, message) => {
    const run = () => result as tf.NamedTensorMap;
    expect(() => compile({ state: [], entries: { f: { inputs: {}, run } } })).toThrow(message);
  });

  test('without an unhandled rejection where it is asynchronous', async () => {
    const rejections: unknown[] = [];
    const listener = (error: unknown) => rejections.push(error);
    process.on('unhandledRejection', listener);
    const run = async ({ a }: Record<string, tf.Tensor>) => ({ y: tf.mul(a, (await tf.neg(a).data())[0]) });
    const entry = { inputs: { a: spec }, run: run as never };
    expect(() => compile({ state: [], entries: { f: entry } })).toThrow('are read back');
    const late = async ({ a }: Record<string, tf.Tensor>) => {
      await Promise.resolve();
      return { y: tf.neg(a) };
    };
    expect(() => compile({ state: [], entries: { f: { inputs: { a: spec }, run: late as never } } })).toThrow(
      'The function is asynchronous.',
    );
    // Rejections that nobody handles are told when all promises are through.
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', listener);
    expect(rejections).toEqual([]);
  });

  test('values of variables that are read back, of the state or not', () => {
    const variable = tf.variable(tf.ones([4]), true, 'asked');
    for (const state of [[variable], []]) {
      expect(() => compileOne((a) => tf.mul(a, variable.dataSync()[0]), state)).toThrow(
        'The values of variable "asked" are read back',
      );
    }
    expect([...variable.dataSync()]).toEqual([1, 1, 1, 1]);
    variable.dispose();
  });

  test('and leaves no tensors behind, not even those that a gradient had kept', () => {
    const variable = tf.variable(tf.ones([4]));
    const before = tf.memory().numTensors;
    const slope = tf.grad((a) => {
      const y = tf.mul(tf.sigmoid(a), variable);
      y.dataSync();
      return tf.sum(y);
    });
    expect(() => compileOne((a) => slope(a), [variable])).toThrow('read back');
    expect(tf.memory().numTensors).toBe(before);
    variable.dispose();
  });

  test('variables of one name', () => {
    const variable = tf.variable(tf.zeros([4]));
    expect(() => compileOne((a) => a, [variable, variable])).toThrow('Two variables of the state are called');
    variable.dispose();
  });

  test('a folder for temporary files that is not there, with what to do', () => {
    vi.stubEnv('TMPDIR', '/nonexistent');
    const attempt = () => compileOne((a) => tf.neg(a));
    expect(attempt).toThrow(CaptureError);
    expect(attempt).toThrow(/none can be written in \/nonexistent: ENOENT.* Let TMPDIR name a folder/);
    vi.unstubAllEnvs();
    compileOne((a) => tf.neg(a)).dispose();
  });

  test('a graph that TensorFlow does not load, by the name of the entry', () => {
    const run = ({ a }: Record<string, tf.Tensor>) => ({ y: tf.neg(a) });
    const inputs = { a: spec };
    // TensorFlow knows no such padding, which nothing looks at before.
    const pool = ({ a }: Record<string, tf.Tensor>) => {
      const attributes = { poolSize: 2, stride: 1, left: -1, right: 0 };
      const x = tf.reshape(a, [1, 1, 4, 1]);
      return { y: tf.engine().runKernel<tf.Tensor>('MasqMaxPool', { x }, attributes) };
    };
    expect(() =>
      compile({ state: [], entries: { good: { inputs, run }, bad: { inputs, run: pool } } }),
    ).toThrow('TensorFlow does not load the graph of "bad".');
  });

  test('any backend but TensorFlow', async () => {
    await useJavaScript();
    try {
      expect(() => compileOne((a) => tf.neg(a))).toThrow(
        'Graphs need the backend "tensorflow", and tfjs computes with "cpu". Call await loadEngine() before',
      );
    } finally {
      await tf.setBackend('tensorflow');
    }
  });
});
