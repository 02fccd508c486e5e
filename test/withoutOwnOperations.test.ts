// A training step as graphics cards take it: without masq's own operations, which exist on processors only. Compiled, it
// does what it does eagerly.
import tf from '#tfjs';
import { beforeAll, expect, test } from 'vitest';
import { loadEngine } from '../src/engine/index.js';
import { nodeBackend } from '../src/engine/program/backend.js';
import { compile } from '../src/engine/program/index.js';
import { record } from '../src/engine/program/recorder.js';
import { registerTensorflowKernels } from '../src/engine/tensorflow/index.js';
import {
  maskedBatchNorm,
  maskedAdd,
  maskedConv1d,
  maskedGlobalPool1d,
  maskedMaxPool1d,
  sequenceMask,
  squeezeExcite1d,
} from '../src/layers/index.js';
import { seededInitializer } from '../src/layers/initializers.js';
import { createOptimizer } from '../src/train/optimizers.js';
import { createTrainingState, trainStep, type BatchTensors } from '../src/train/step.js';
import { trainableVariables } from './support/variables.js';

const { backend } = await loadEngine();

beforeAll(() => {
  if (backend !== 'tensorflow') return;
  // Nothing has to be put back: this file has a process of its own.
  for (const { kernelName } of tf.getKernelsForBackend('tensorflow')) {
    if (kernelName.startsWith('Masq')) tf.unregisterKernel(kernelName, 'tensorflow');
  }
  registerTensorflowKernels({ own: null });
});

const [rows, time, channels, classes] = [6, 11, 3, 4];

/** Every kind of layer, on one branch with padding and on one without, where no mask is needed. */
function build(): tf.LayersModel {
  const values = tf.input({ shape: [null, channels] });
  const lengths = tf.input({ shape: [1], dtype: 'int32' });
  const convolution = (seed: number, unmasked: boolean) =>
    maskedConv1d({ filters: 8, kernelSize: 3, unmasked, kernelInitializer: seededInitializer('glorotUniform', seed) }); // prettier-ignore
  const branch = (start: tf.SymbolicTensor, seed: number, unmasked: boolean) => {
    const begun = maskedBatchNorm({ activation: 'relu', unmasked }).apply(
      convolution(seed, unmasked).apply(start),
    );
    const squeezed = squeezeExcite1d({ ratio: 4, unmasked, seed, name: `squeeze_excite_${seed}` }).apply(
      begun,
    ) as tf.SymbolicTensor;
    const sum = maskedAdd({ activation: 'relu', unmasked }).apply([
      squeezed,
      convolution(seed + 3, unmasked).apply(start) as tf.SymbolicTensor,
    ]);
    const pooled = maskedMaxPool1d({ poolSize: 3, strides: 2, padding: 'same', unmasked }).apply(sum);
    return maskedGlobalPool1d({ unmasked }).apply(pooled) as tf.SymbolicTensor;
  };
  const masked = sequenceMask().apply([values, lengths]) as tf.SymbolicTensor;
  const features = tf.layers.concatenate().apply([branch(masked, 1, false), branch(values, 5, true)]);
  const kernelInitializer = seededInitializer('glorotUniform', 9);
  const logits = tf.layers.dense({ units: classes, kernelInitializer }).apply(features);
  return tf.model({ inputs: [values, lengths], outputs: logits as tf.SymbolicTensor });
}

// Not AdamW: it makes whole steps of gradients that are nothing but rounding.
const optimizer = createOptimizer({ name: 'sgd', weightDecay: 0.01, momentum: 0.9, nesterov: true });
const inputs = {
  values: { shape: [rows, time, channels], dtype: 'float32' },
  lengths: { shape: [rows, 1], dtype: 'int32' },
  labels: { shape: [rows], dtype: 'int32' },
  learningRate: { shape: [], dtype: 'float32' },
  step: { shape: [], dtype: 'float32' },
} as const;

function trainer() {
  const model = build();
  const training = createTrainingState(model, optimizer);
  const moving = trainableVariables({ trainableWeights: model.nonTrainableWeights });
  const run = (given: tf.NamedTensorMap): tf.NamedTensorMap => {
    const batch = given as unknown as BatchTensors;
    const numbers = { learningRate: given.learningRate as tf.Scalar, step: given.step as tf.Scalar };
    const classWeights = tf.tensor1d([1, 2, 0.5, 3]);
    const options = { optimizer, gradientClipping: 1, labelSmoothing: 0.1, classWeights };
    return { ...trainStep(training, batch, numbers, options) };
  };
  return { state: [...training.parameters, ...training.slots.flat(), ...moving], run };
}

function batchOf(step: number): tf.NamedTensorMap {
  return {
    values: tf.randomNormal([rows, time, channels], 0, 1, 'float32', step),
    lengths: tf.tensor2d([11, 7, 1, 0, 11, 4], [rows, 1], 'int32'),
    labels: tf.tensor1d([0, 3, 1, -1, 2, 2], 'int32'),
    learningRate: tf.scalar(0.05),
    step: tf.scalar(step),
  };
}

test.runIf(backend === 'tensorflow')('a compiled step trains as eager ones do', () => {
  const [captured, eager] = [trainer(), trainer()];
  const program = compile({ state: captured.state, entries: { train: { inputs, run: captured.run } } });
  for (const step of [1, 2, 3, 4, 5]) {
    const [actual, expected] = [program.run('train', batchOf(step)), eager.run(batchOf(step))];
    const [a, b] = [actual.loss.dataSync()[0], expected.loss.dataSync()[0]];
    expect(Math.abs(a - b)).toBeLessThan(1e-5 * b);
    expect(actual.correct.dataSync()).toEqual(expected.correct.dataSync());
  }
  const reached = program.readState();
  const differences = captured.state.map(
    ({ name }, i) => tf.max(tf.abs(tf.sub(reached[name], eager.state[i]))).dataSync()[0],
  );
  expect(differences.filter((difference) => !(difference < 1e-5))).toEqual([]);
  program.dispose();
});

test.runIf(backend === 'tensorflow')('the step consists of operations that graphics cards have', () => {
  const { state, run } = trainer();
  const names = Object.keys(inputs);
  const { nodes } = record(nodeBackend(), {
    inputs: Object.values(inputs),
    state,
    run: (tensors) => Object.values(run(Object.fromEntries(names.map((name, i) => [name, tensors[i]])))),
  });
  const operations = new Set(nodes.map(({ operation }) => operation));
  expect([...operations].filter((operation) => operation.startsWith('Masq'))).toEqual([]);
  for (const operation of [
    'FusedBatchNormV3',
    'FusedBatchNormGradV3',
    'MaxPool',
    'MaxPoolGrad',
    'SoftmaxCrossEntropyWithLogits',
  ])
    // prettier-ignore
    expect(operations).toContain(operation);
});
