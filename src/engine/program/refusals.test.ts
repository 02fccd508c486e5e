// What a graph cannot repeat is refused with the reason, and leaves everything as it was.
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadEngine, useJavaScript } from '../index.js';
import { compile } from './index.js';

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
      'an operation that looks at its indices',
      (a) => tf.gather(a, tf.cast(tf.clipByValue(a, 0, 3), 'int32')),
      /The values of the result of Cast are read back/,
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
      /Operation UniqueV2 is not known to be free of side effects, or the shape of its result depends on values/,
    ],
  ])('%s', (_, run, message) => {
    // prettier-ignore
    expect(() => compileOne(run)).toThrow(message);
  });

  test('a counter of the host', () => {
    let calls = 0;
    expect(() => compileOne((a) => tf.add(a, ++calls))).toThrow(
      /Input 1 of operation Add\w* changes from call to call \(random numbers or a counter on the host\?\)/,
    );
  });

  test('another course at another call', () => {
    let calls = 0;
    expect(() => compileOne((a) => (++calls % 2 === 0 ? tf.sqrt(a) : tf.exp(a)))).toThrow(
      'at its operation 0 it called Exp, and then Sqrt.',
    );
  });

  test('variables that are read, assigned or made and are not part of the state', () => {
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

  test('variables of one name', () => {
    const variable = tf.variable(tf.zeros([4]));
    expect(() => compileOne((a) => a, [variable, variable])).toThrow('Two variables of the state are called');
    variable.dispose();
  });

  test('any backend but TensorFlow', async () => {
    await useJavaScript();
    try {
      expect(() => compileOne((a) => tf.neg(a))).toThrow(
        'Graphs need the backend "tensorflow", and "cpu" computes here.',
      );
    } finally {
      await tf.setBackend('tensorflow');
    }
  });
});
