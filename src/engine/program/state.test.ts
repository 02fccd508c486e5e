// The state of a program: shared by its entries, kept inside, and told by the variables that it is made of.
import tf from '#tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { trainableVariables } from '../../../test/support/variables.js';
import { loadEngine } from '../index.js';
import { compile } from './index.js';

beforeAll(() => loadEngine());

describe('the state of a program', () => {
  test('is shared by its entries, read and set, while the variables stay as they were', () => {
    const total = tf.variable(tf.scalar(10));
    const amount = { shape: [], dtype: 'float32' } as const;
    const program = compile({
      state: [total],
      entries: {
        add: {
          inputs: { amount },
          run: (inputs) => {
            const before = tf.clone(total);
            total.assign(tf.add(total, inputs.amount));
            return { before, after: tf.clone(total) };
          },
        },
        double: { inputs: {}, run: () => ({ y: tf.mul(total, 2) }) },
      },
    });
    const { before, after } = program.run('add', { amount: tf.scalar(5) });
    expect([before.dataSync()[0], after.dataSync()[0]]).toEqual([10, 15]);
    expect(program.run('double', {}).y.dataSync()[0]).toBe(30);
    expect(program.readState()[total.name].dataSync()[0]).toBe(15);
    expect(total.dataSync()[0]).toBe(10);
    program.writeState({ [total.name]: tf.scalar(-1) });
    expect(program.run('double', {}).y.dataSync()[0]).toBe(-2);
    program.dispose();
    total.dispose();
  });

  test('trains a plain layers model with a stock optimizer as eager steps do', () => {
    const build = (): tf.Sequential =>
      tf.sequential({
        layers: [
          tf.layers.conv1d({ filters: 4, kernelSize: 3, inputShape: [8, 2], kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }) }), // prettier-ignore
          tf.layers.batchNormalization(),
          tf.layers.reLU(),
          tf.layers.globalAveragePooling1d(),
          tf.layers.dense({ units: 1, kernelInitializer: tf.initializers.glorotUniform({ seed: 2 }) }),
        ] as tf.layers.Layer[],
      });
    const values = tf.randomNormal([6, 8, 2], 0, 1, 'float32', 3);
    const targets = tf.randomNormal([6, 1], 0, 1, 'float32', 4);
    const setUp = () => {
      const model = build();
      const optimizer = tf.train.adam(0.01);
      const step = (v: tf.Tensor, t: tf.Tensor): tf.Scalar =>
        optimizer.minimize(() => tf.losses.meanSquaredError(t, model.apply(v, { training: true }) as tf.Tensor), true) ?? tf.scalar(NaN); // prettier-ignore
      return { model, step };
    };
    const eager = setUp();
    const expected = Array.from({ length: 6 }, () => eager.step(values, targets).dataSync()[0]);

    const before = new Set(Object.keys(tf.engine().registeredVariables));
    const { step } = setUp();
    // The first step makes the optimizer's variables.
    expect(step(values, targets).dataSync()[0]).toBeCloseTo(expected[0], 6);
    const state = Object.values(tf.engine().registeredVariables).filter(({ name }) => !before.has(name));
    const program = compile({
      state,
      entries: {
        train: {
          inputs: {
            values: { shape: [6, 8, 2], dtype: 'float32' },
            targets: { shape: [6, 1], dtype: 'float32' },
          },
          run: (inputs) => ({ loss: step(inputs.values, inputs.targets) }),
        },
      },
    });
    const actual = Array.from(
      { length: 5 },
      () => program.run('train', { values, targets }).loss.dataSync()[0],
    );
    for (const [i, loss] of actual.entries()) expect(loss).toBeCloseTo(expected[i + 1], 6);
    program.dispose();
  });

  const scalar = { shape: [], dtype: 'float32' } as const;
  const valueOf = (tensor: tf.Tensor): number => tensor.dataSync()[0];

  test('is told by its variables, not by tensors that they share', () => {
    const zero = tf.scalar(0);
    const [a, b] = [tf.variable(zero), tf.variable(zero)];
    const program = compile({
      state: [a, b],
      entries: {
        add: {
          inputs: {},
          run: () => {
            a.assign(tf.add(a, 1));
            b.assign(tf.add(b, 10));
            return { a: tf.clone(a), b: tf.clone(b) };
          },
        },
      },
    });
    const values = [1, 2].map(() => Object.values(program.run('add', {})).map(valueOf));
    expect(values).toEqual([
      [1, 10],
      [2, 20],
    ]);
    program.dispose();
    tf.dispose([a, b]);
  });

  test('trains a model with an embedding as eager steps do', () => {
    const tokens = tf.tensor2d([0, 3, 3, 1, 2, 0], [2, 3], 'int32');
    const targets = tf.tensor2d([1, -1], [2, 1]);
    const [eager, captured] = [1, 2].map(() => {
      const model = tf.sequential({
        layers: [
          tf.layers.embedding({ inputDim: 5, outputDim: 2, inputLength: 3, embeddingsInitializer: tf.initializers.glorotUniform({ seed: 1 }) }), // prettier-ignore
          tf.layers.flatten(),
          tf.layers.dense({ units: 1, kernelInitializer: tf.initializers.glorotUniform({ seed: 2 }) }),
        ] as tf.layers.Layer[],
      });
      const variables = trainableVariables(model);
      const step = (x: tf.Tensor, y: tf.Tensor) => {
        const loss = () => tf.losses.meanSquaredError<tf.Tensor, tf.Scalar>(y, model.apply(x) as tf.Tensor);
        const { value, grads } = tf.variableGrads(loss, variables);
        for (const weight of variables) weight.assign(tf.sub(weight, tf.mul(grads[weight.name], 0.1)));
        return { value };
      };
      return { variables, step };
    });
    const expected = [1, 2, 3].map(() => valueOf(eager.step(tokens, targets).value));
    const inputs = {
      x: { shape: [2, 3], dtype: 'int32' },
      y: { shape: [2, 1], dtype: 'float32' },
    } as const;
    const program = compile({
      state: captured.variables,
      entries: { train: { inputs, run: ({ x, y }) => captured.step(x, y) } },
    });
    const actual = [1, 2, 3].map(() => valueOf(program.run('train', { x: tokens, y: targets }).value));
    for (const [i, loss] of actual.entries()) expect(loss).toBeCloseTo(expected[i], 6);
    expect(expected[2]).toBeLessThan(0.9 * expected[0]);
    program.dispose();
  });

  test('is that of a target network of its own, which began with the weights of another', () => {
    const build = () =>
      tf.sequential({
        layers: [tf.layers.dense({ units: 1, inputShape: [1], useBias: false, kernelInitializer: 'ones' })],
      });
    const [online, target] = [build(), build()];
    target.setWeights(online.getWeights());
    const state = [online, target].flatMap(trainableVariables);
    const program = compile({
      state,
      entries: {
        step: {
          inputs: { x: { shape: [1, 1], dtype: 'float32' } },
          run: ({ x }) => {
            state[0].assign(tf.add(state[0], 1));
            return { online: online.apply(x) as tf.Tensor, target: target.apply(x) as tf.Tensor };
          },
        },
      },
    });
    const run = () => Object.values(program.run('step', { x: tf.ones([1, 1]) })).map(valueOf);
    expect([run(), run()]).toEqual([
      [2, 1],
      [3, 1],
    ]);
    expect(Object.values(program.readState()).map(valueOf)).toEqual([3, 1]);
    program.dispose();
  });

  test('is not what a clone taken outside holds, of a variable within it or without', () => {
    const [within, without] = [tf.variable(tf.scalar(5)), tf.variable(tf.scalar(7))];
    const [start, other] = [tf.clone(within), tf.clone(without)];
    const program = compile({
      state: [within],
      entries: {
        step: {
          inputs: {},
          run: () => {
            const moved = tf.sub(within, start);
            within.assign(tf.add(within, 1));
            return { moved, other: tf.neg(other) };
          },
        },
      },
    });
    const values = [1, 2].map(() => Object.values(program.run('step', {})).map(valueOf));
    expect(values).toEqual([
      [0, -7],
      [1, -7],
    ]);
    program.dispose();
    tf.dispose([within, without, start, other]);
  });

  test('is the old value until a variable is assigned, and the new one from there on', () => {
    const [a, b] = [1, 2].map((value) => tf.variable<tf.Rank>(tf.scalar(value)));
    const program = compile({
      state: [a, b],
      entries: {
        exchange: {
          inputs: { x: scalar },
          run: ({ x }) => {
            const before = tf.clone(a);
            a.assign(b);
            b.assign(before);
            const exchanged = tf.clone(a);
            a.assign(x);
            return { before, exchanged, after: tf.clone(a) };
          },
        },
      },
    });
    const run = (x: number) => Object.values(program.run('exchange', { x: tf.scalar(x) })).map(valueOf);
    expect([run(10), run(20)]).toEqual([
      [1, 2, 10],
      [10, 1, 20],
    ]);
    expect(Object.values(program.readState()).map(valueOf)).toEqual([20, 10]);
    program.dispose();
    tf.dispose([a, b]);
  });
});
