// Kernels of sums and normalisations have the values of their definitions, and the gradients of those values, in each way
// to compute them: against NumPy in float64, with gradients by central differences.
import tf from '#tfjs';
import { beforeAll, beforeEach, describe, expect } from 'vitest';
import { deviationsFrom, waves } from '../../../test/support/definition.js';
import { testWithPython, type python } from '../../../test/support/python.js';
import { loadEngine } from '../load.js';
import { fusedActivations, type FusedActivation } from './activation.js';
import { addSteps } from './addSteps.js';
import { batchNorm, fusedBatchNorm } from './batchNorm.js';
import { hasNative } from './native.js';
import { normalize } from './normalize.js';

beforeAll(() => loadEngine());

const [batch, time, channels] = [3, 5, 4];
const epsilon = 1e-3;

type Compute = (
  inputs: readonly tf.Tensor[],
  mask: tf.Tensor2D | null,
  activation: FusedActivation,
) => tf.Tensor3D;

interface Subject {
  /** What the reference calls it. */
  readonly formula: 'add' | 'normalize' | 'batchNorm';
  /** Inputs after x that have a gradient. */
  readonly others: readonly (readonly number[])[];
  /** Lengths of the rows, or null where it knows no mask. */
  readonly lengths: readonly number[] | null;
  readonly compute: Compute;
}

const given = {
  mean: Array.from({ length: channels }, (_, i) => 0.3 * i - 0.5),
  variance: Array.from({ length: channels }, (_, i) => 0.5 + i),
};
const statistics = () => ({ mean: tf.tensor1d(given.mean), variance: tf.tensor1d(given.variance) });
const normalized =
  (compute: typeof batchNorm): Compute =>
  ([x, gamma, beta], mask, activation) => {
    const options = { epsilon, activation, momentum: 0.9 };
    return compute(x as tf.Tensor3D, mask, gamma as tf.Tensor1D, beta as tf.Tensor1D, statistics(), options)
      .y;
  };

const subjects: Record<string, Subject> = {
  addSteps: {
    formula: 'add',
    others: [[batch, time, channels]],
    lengths: [5, 2, 0],
    compute: ([a, b], mask, activation) => addSteps(a as tf.Tensor3D, b as tf.Tensor3D, mask, activation),
  },
  normalize: {
    formula: 'normalize',
    others: [[channels], [channels]],
    lengths: [5, 2, 0],
    compute: ([x, gamma, beta], mask, activation) =>
      normalize(x as tf.Tensor3D, mask, gamma as tf.Tensor1D, beta as tf.Tensor1D, statistics(), {
        epsilon,
        activation,
      }),
  },
  batchNorm: {
    formula: 'batchNorm',
    others: [[channels], [channels]],
    lengths: [5, 2, 0],
    compute: normalized(batchNorm),
  },
  'batchNorm without a mask': {
    formula: 'batchNorm',
    others: [[channels], [channels]],
    lengths: null,
    compute: normalized(batchNorm),
  },
};

const fused: Subject = { ...subjects['batchNorm without a mask'], compute: normalized(fusedBatchNorm) };

const reference = `
def forward(case, x, *others):
    m = np.array(case['mask'])[:, :, None]
    if case['formula'] == 'add':
        y = x + others[0]
    else:
        gamma, beta = others
        if case['formula'] == 'batchNorm':
            n = m.sum()
            mean = (m * x).sum((0, 1)) / n
            variance = (m * (x - mean) ** 2).sum((0, 1)) / n
        else:
            mean, variance = np.array(case['mean']), np.array(case['variance'])
        y = gamma * (x - mean) / np.sqrt(variance + case['epsilon']) + beta
    return m * (np.maximum(y, 0) if case['activation'] == 'relu' else y)
`;

async function expectDefinition(
  run: typeof python,
  { formula, others, lengths, compute }: Subject,
): Promise<void> {
  const rows = lengths ?? Array.from({ length: batch }, () => time);
  const mask = rows.map((length) => Array.from({ length: time }, (_, t) => (t < length ? 1 : 0)));
  const steps = lengths === null ? null : tf.tensor2d(mask, [batch, time], 'bool');
  const inputs = [[batch, time, channels], ...others].map((shape, i) => waves(shape, i + 1));
  for (const activation of fusedActivations) {
    const definition = { forward: reference, given: { formula, activation, mask, epsilon, ...given } };
    const subject = { inputs, compute: (...values: tf.Tensor[]) => compute(values, steps, activation) };
    const deviations = await deviationsFrom(definition, subject, run);
    expect(
      deviations.filter((deviation) => !(deviation < 1)),
      activation,
    ).toEqual([]);
  }
}

describe.each(['tensorflow', 'cpu'])('on the backend %s', (backend) => {
  beforeEach(async () => {
    await tf.setBackend(backend);
  });

  for (const [name, subject] of Object.entries(subjects)) {
    testWithPython(`${name} has the values and gradients of its definition`, async ({ python }) => {
      await expectDefinition(python, subject);
    });
  }
});

testWithPython(
  "TensorFlow's fused batchNorm has the values and gradients of the definition",
  async ({ python, skip }) => {
    const { backend } = await loadEngine();
    await tf.setBackend(backend);
    if (!hasNative('MasqFusedBatchNorm')) skip('TensorFlow is not installed.');
    await expectDefinition(python, fused);
  },
);
