// Captured steps do what eager steps do, keep the masking contract, and go back to eager steps where they must.
import tf from '#tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildSmall, channels, classes } from '../../test/support/smallModels.js';
import { trainableVariables } from '../../test/support/variables.js';
import type { Batch } from '../data/index.js';
import { bfloat16Support, compile, loadEngine } from '../engine/index.js';
import { models } from '../models/index.js';
import { compileSteps, type HostStepNumbers, type Steps } from './compiledSteps.js';
import { softmaxCrossEntropy } from './loss.js';
import { createOptimizer } from './optimizers.js';
import {
  createTrainingState,
  disposeSlots,
  toTensors,
  trainStep,
  type StepMetrics,
  type StepOptions,
  type TrainingState,
} from './step.js';
import { tolerance } from '../../test/support/devices.js';

beforeAll(() => loadEngine());

const optimizer = createOptimizer({
  name: 'adamw',
  weightDecay: 0.01,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8, // prettier-ignore
});
const options = { optimizer, gradientClipping: 1, labelSmoothing: 0.1 };

/** A batch of rows of those lengths, with values that are the same for the same seed and 0 as padding. */
function draw(lengths: readonly number[], seed: number, time: number): Batch {
  const values = new Float32Array(lengths.length * time * channels);
  for (const [row, length] of lengths.entries()) {
    const drawn = tf.tidy(() =>
      tf.randomNormal([length * channels], 0, 1, 'float32', 1 + seed + row).dataSync<'float32'>(),
    );
    values.set(drawn, row * time * channels);
  }
  return {
    values,
    shape: [lengths.length, time, channels],
    lengths: Int32Array.from(lengths),
    labels: Int32Array.from(lengths, (_, row) => (row + seed) % classes),
    indices: Int32Array.from(lengths.keys()),
  };
}

/** The batch with `fill` in its padding. */
function filled(batch: Batch, fill: number): Batch {
  const [, time] = batch.shape;
  const values = batch.values.map((value, i) =>
    Math.floor(i / channels) % time < batch.lengths[Math.floor(i / channels / time)] ? value : fill,
  );
  return { ...batch, values };
}

function trainable(name: string) {
  const model = buildSmall(name);
  return { model, state: createTrainingState(model, optimizer) };
}

function relativeDifference(a: tf.Tensor, b: tf.Tensor): number {
  return tf.tidy(() => tf.div(tf.norm(tf.sub(a, b)), tf.add(tf.norm(b), 1e-12)).dataSync()[0]);
}

describe.each(Object.keys(models))('captured steps of %s', (name) => {
  // Eager steps take most of the time: 50 of the smallest network tell how differences grow, 20 of each that they are the same steps.
  const count = name === 'fcn' ? 50 : 20;
  test(`agree with eager ones: losses of ${count} steps to 1e-4, and then predictions`, () => {
    const [captured, eager] = [trainable(name), trainable(name)];
    const shapes = [{ rows: 5, time: 12 }, { rows: 5, time: 20 }]; // prettier-ignore
    const steps = compileSteps({
      model: captured.model,
      training: { state: captured.state, options, shapes },
      predictionShapes: [shapes[1]],
    });
    expect(steps.warning).toBeNull();
    const batches = [draw([12, 1, 7, 0, 9], 1, 12), draw([20, 14, 3, 20, 11], 2, 20)];
    for (let i = 0; i < count; i++) {
      const batch = batches[i % 2];
      const actual = steps.train(batch, { learningRate: 0.003, step: i + 1 });
      const tensors = toTensors(batch);
      const numbers = { learningRate: tf.scalar(0.003), step: tf.scalar(i + 1) };
      const expected = trainStep(eager.state, tensors, numbers, options);
      const [a, b] = [actual.loss.dataSync()[0], expected.loss.dataSync()[0]];
      expect(Math.abs(a - b)).toBeLessThan(1e-4 * b);
      expect(actual.correct.dataSync()).toEqual(expected.correct.dataSync());
      tf.dispose([actual.loss, actual.correct, expected.loss, expected.correct]);
      tf.dispose([tensors.values, tensors.lengths, tensors.labels, numbers.learningRate, numbers.step]);
    }
    steps.store();
    const predicted = steps.predict(batches[1]);
    const { values, lengths } = toTensors(batches[1]);
    const logits = captured.model.apply([values, lengths], { training: false }) as tf.Tensor2D;
    expect(relativeDifference(predicted, tf.logSoftmax(logits))).toBeLessThan(tolerance(1e-5));
    steps.dispose();
  });

  test('have the gradients of eager ones to 1e-5, whatever the padding, in a graph that masks less', () => {
    const model = buildSmall(name);
    const parameters = trainableVariables(model);
    const moving = trainableVariables({ trainableWeights: model.nonTrainableWeights });
    const gradientsOf = (inputs: Record<string, tf.Tensor>): tf.NamedTensorMap => {
      const { value, grads } = tf.variableGrads(
        () =>
          softmaxCrossEntropy(
            model.apply([inputs.values, inputs.lengths], { training: true }) as tf.Tensor2D,
            inputs.labels as tf.Tensor1D,
          ),
        parameters,
      );
      const statistics = Object.fromEntries(
        // A norm takes no counters, which are int32.
        moving.map((variable) => [variable.name, tf.cast<tf.Tensor>(variable, 'float32')]),
      );
      return { loss: value, ...grads, ...statistics };
    };
    const entry = (time: number) => ({
      inputs: {
        values: { shape: [4, time, channels], dtype: 'float32' as const },
        lengths: { shape: [4, 1], dtype: 'int32' as const },
        labels: { shape: [4], dtype: 'int32' as const },
      },
      run: gradientsOf,
    });
    const start = Object.fromEntries(
      [...parameters, ...moving].map((variable) => [variable.name, tf.clone<tf.Tensor>(variable)]),
    );
    const program = compile({
      state: [...parameters, ...moving],
      entries: { short: entry(11), long: entry(17) },
    });
    const fills = fc.constantFrom(0, -7, 3e38, NaN, Infinity);
    fc.assert(
      fc.property(
        fc.array(fc.nat(11), { minLength: 4, maxLength: 4 }).filter((lengths) => Math.max(...lengths) > 0),
        fc.nat(1000),
        fills,
        fills,
        (lengths, seed, fillA, fillB) => {
          tf.tidy(() => {
            const short = { ...toTensors(filled(draw(lengths, seed, 11), fillA)) };
            const long = { ...toTensors(filled(draw(lengths, seed, 17), fillB)) };
            program.writeState(start);
            const a = program.run('short', short);
            program.writeState(start);
            const b = program.run('long', long);
            const eager = gradientsOf(short);
            for (const variable of [...parameters, ...moving]) variable.assign(start[variable.name]);
            for (const [key, expected] of Object.entries(eager)) {
              const size = tolerance(1e-5) * tf.norm(expected).dataSync()[0] + 1e-6;
              expect(tf.norm(tf.sub(a[key], expected)).dataSync()[0]).toBeLessThan(size);
              expect(tf.norm(tf.sub(b[key], expected)).dataSync()[0]).toBeLessThan(10 * size);
            }
          });
        },
      ),
      { numRuns: 5, seed: 4, endOnFailure: true },
    );
    program.dispose();
  });
});

const { supported, reason } = bfloat16Support('cpu');

describe.each(Object.keys(models))('captured steps of %s in bfloat16', (name) => {
  const title =
    'agree with eager ones in bfloat16, not with those in float32: losses and weights of 20 steps';
  test.skipIf(!supported)(`${title}${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
    const shapes = [{ rows: 5, time: 12 }, { rows: 5, time: 20 }]; // prettier-ignore
    const batches = [draw([12, 1, 7, 0, 9], 1, 12), draw([20, 14, 3, 20, 11], 2, 20)];
    const bfloat16 = { ...options, precision: 'bfloat16' as const };
    const run = (step: (batch: Batch, numbers: HostStepNumbers) => StepMetrics): number[] =>
      Array.from({ length: 20 }, (_, i) => {
        const { loss, correct } = step(batches[i % 2], { learningRate: 0.003, step: i + 1 });
        const [value] = loss.dataSync<'float32'>();
        tf.dispose([loss, correct]);
        return value;
      });
    const eager = (state: TrainingState, stepOptions: StepOptions): number[] =>
      run((batch, { learningRate, step }) =>
        tf.tidy(() => {
          const numbers = { learningRate: tf.scalar(learningRate), step: tf.scalar(step) };
          return { ...trainStep(state, toTensors(batch), numbers, stepOptions) };
        }),
      );
    const [captured, same, full] = [trainable(name), trainable(name), trainable(name)];
    const steps = compileSteps({
      model: captured.model,
      training: { state: captured.state, options: bfloat16, shapes },
      predictionShapes: [],
    });
    expect(steps.warning).toBeNull();
    const losses = run((batch, numbers) => steps.train(batch, numbers));
    steps.store();
    steps.dispose();
    // The last bit of a sum can round to another bfloat16: a difference that shows late, and is small beside the precision's.
    const differences = (others: number[]): number[] =>
      losses.map((loss, i) => Math.abs(loss / others[i] - 1)).sort((a, b) => a - b);
    const toSame = differences(eager(same.state, bfloat16));
    const toFull = differences(eager(full.state, options));
    expect(toSame[10]).toBeLessThan(tolerance(1e-5));
    expect(toSame[19]).toBeLessThan(tolerance(1e-5) + 0.1 * toFull[19]);
    const rounds = captured.model.layers.some((layer) => layer.getClassName() === 'MaskedConv1d');
    // Dense layers compute in float32 either way.
    if (rounds) expect(toFull[19]).toBeGreaterThan(1e-4);
    for (const [i, parameter] of captured.state.parameters.entries()) {
      const precision = relativeDifference(parameter, full.state.parameters[i]);
      expect(relativeDifference(parameter, same.state.parameters[i])).toBeLessThan(
        tolerance(1e-5) + 0.1 * precision,
      );
    }
  });
});

test('a model that cannot be a graph trains eagerly, with the reason', () => {
  class Noise extends tf.layers.Layer {
    static readonly className = 'HostNoise';
    override computeOutputShape(shape: tf.Shape): tf.Shape {
      return shape;
    }
    override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      return tf.tidy(() => tf.add(x, tf.randomNormal(x.shape)));
    }
  }
  const base = buildSmall('fcn');
  const noisy = new Noise({}).apply(base.outputs[0]) as tf.SymbolicTensor;
  const model = tf.model({ inputs: base.inputs, outputs: noisy });
  const state = createTrainingState(model, optimizer);
  const shape = { rows: 4, time: 6 };
  const steps: Steps = compileSteps({
    model,
    training: { state, options, shapes: [shape] },
    predictionShapes: [],
  });
  expect(steps.warning).toMatch(
    /^Steps run one operation at a time, which is slower\. "train 4×6" cannot be compiled\. Input 1 of operation Add\w* changes from call to call/,
  );
  const before = state.parameters[0].dataSync().slice();
  const { loss } = steps.train(draw([6, 2, 3, 4], 1, 6), { learningRate: 0.01, step: 1 });
  expect(Number.isFinite(loss.dataSync()[0])).toBe(true);
  expect(state.parameters[0].dataSync()).not.toEqual(before);
  steps.dispose();
  disposeSlots(state);
});

test('20 captured steps leave no tensors behind', () => {
  const { model, state } = trainable('fcn');
  const shape = { rows: 4, time: 6 };
  const batch = draw([6, 2, 3, 4], 1, 6);
  const before = tf.memory().numTensors;
  const steps = compileSteps({
    model,
    training: { state, options, shapes: [shape] },
    predictionShapes: [shape],
  });
  for (let i = 0; i < 20; i++) {
    const { loss, correct } = steps.train(batch, { learningRate: 0.01, step: i + 1 });
    tf.dispose([loss, correct, steps.predict(batch)]);
    steps.store();
  }
  steps.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test('captured steps of mixed batches agree with eager ones, and leave no tensors behind', () => {
  const [captured, eager] = [trainable('fcn'), trainable('fcn')];
  const classWeights = tf.tensor1d([1, 2, 0.5, 1]);
  const weighted = { ...options, classWeights };
  const before = tf.memory().numTensors;
  const steps = compileSteps({
    model: captured.model,
    training: { state: captured.state, options: weighted, shapes: [{ rows: 4, time: 6 }], mixed: true },
    predictionShapes: [],
  });
  expect(steps.warning).toBeNull();
  for (let i = 0; i < 6; i++) {
    const partners = {
      labels: Int32Array.of(i % classes, 0, -1, (i + 2) % classes),
      shares: Float32Array.of(0.1 * i, 0.7, 0, 0.4),
    };
    const batch = { ...draw([6, 2, 3, 0], i, 6), partners };
    const actual = steps.train(batch, { learningRate: 0.003, step: i + 1 });
    const tensors = toTensors(batch);
    const numbers = { learningRate: tf.scalar(0.003), step: tf.scalar(i + 1) };
    const expected = trainStep(eager.state, tensors, numbers, weighted);
    expect(actual.loss.dataSync()[0]).toBeCloseTo(expected.loss.dataSync()[0], 4);
    expect(actual.correct.dataSync()).toEqual(expected.correct.dataSync());
    tf.dispose([{ ...actual }, { ...expected }, { ...tensors }, numbers]);
  }
  steps.dispose();
  expect(tf.memory().numTensors).toBe(before);
  classWeights.dispose();
});
