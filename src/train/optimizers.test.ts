import tf from '#tfjs';
import { beforeEach, describe, expect, test } from 'vitest';
import { testWithPython } from '../../test/support/python.js';
import { uniforms } from '../../test/support/random.js';
import { loadEngine } from '../engine/index.js';
import { clipByGlobalNorm, createOptimizer, decays, type OptimizerConfig } from './optimizers.js';

// The native backend, where it is installed, updates all parameters in one operation of masq's own.
const { backend } = await loadEngine();
const backends = backend === 'cpu' ? ['cpu'] : ['cpu', backend];

beforeEach(async () => {
  await tf.setBackend('cpu');
});

/** The parameter after each step with the given gradients and a rate that varies. */
function run(config: OptimizerConfig, decay: boolean, start: number[], gradients: number[][]): number[][] {
  const optimizer = createOptimizer(config);
  let parameter: tf.Tensor = tf.tensor1d(start);
  let slots: readonly tf.Tensor[] = optimizer.slots.map(() => tf.zeros([start.length]));
  return gradients.map((gradient, index) => {
    const numbers = { learningRate: tf.scalar(0.01 / (1 + index)), step: tf.scalar(index + 1) };
    const input = { parameter, gradient: tf.tensor1d(gradient), slots, decay };
    [{ parameter, slots }] = optimizer.update([input], numbers);
    return Array.from(parameter.dataSync());
  });
}

const reference = `
import numpy as np

def adamw(c, w, gradients):
    m = v = 0
    for t, g in enumerate(gradients, 1):
        m = c['beta1'] * m + (1 - c['beta1']) * g
        v = c['beta2'] * v + (1 - c['beta2']) * g ** 2
        m_hat, v_hat = m / (1 - c['beta1'] ** t), v / (1 - c['beta2'] ** t)
        w = w - 0.01 / t * (m_hat / (np.sqrt(v_hat) + c['epsilon']) + c['weightDecay'] * w)
        yield w.tolist()

def sgd(c, w, gradients):
    b = 0
    for t, g in enumerate(gradients, 1):
        g = g + c['weightDecay'] * w
        b = c['momentum'] * b + g
        w = w - 0.01 / t * (g + c['momentum'] * b if c['nesterov'] else b)
        yield w.tolist()

def main(data):
    w, gradients = np.array(data['start']), np.array(data['gradients'])
    rules = dict(adamw=adamw, sgd=sgd)
    return [list(rules[c['name']](c, w, gradients)) for c in data['configs']]
`;

describe.each(backends)('createOptimizer on %s', (name) => {
  beforeEach(async () => {
    await tf.setBackend(name);
  });

  testWithPython(
    'follows the published rules for 20 steps, bias correction and decay included',
    async ({ python }) => {
      const next = uniforms(3);
      const start = [1, -2, 0.5, 0.01];
      const gradients = Array.from({ length: 20 }, () =>
        start.map((_, i) => (next() - 0.3) * 10 ** (1 - 2 * i)),
      );
      const adamw = { name: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
      const configs: OptimizerConfig[] = [
        { ...adamw, weightDecay: 0 },
        { ...adamw, weightDecay: 0.1 },
        { ...adamw, weightDecay: 0.01, beta1: 0.8, beta2: 0.9, epsilon: 1e-3 },
        { name: 'sgd', momentum: 0, nesterov: false, weightDecay: 0.1 },
        { name: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 0.1 },
        { name: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 0 },
      ];
      const expected = (await python(reference, { configs, start, gradients })) as number[][][];
      configs.forEach((config, index) => {
        const found = run(config, true, start, gradients).flat();
        const differences = expected[index].flat().map((value, i) => Math.abs(value - found[i]));
        expect(Math.max(...differences), JSON.stringify(config)).toBeLessThan(1e-6);
      });
    },
  );

  test('moves a parameter by the learning rate at the first AdamW step, however small the gradient', () => {
    const config = { name: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-12, weightDecay: 0 } as const;
    const [[large, small]] = run(config, true, [0, 0], [[1000, 1e-6]]);
    expect(large).toBeCloseTo(-0.01, 7);
    expect(small).toBeCloseTo(-0.01, 7);
  });

  test('leaves a parameter that does not decay where its gradient is zero', () => {
    const config = { name: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.5 } as const;
    expect(run(config, false, [3], [[0]])).toEqual([[3]]);
    expect(run({ name: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 1 }, false, [3], [[0]])).toEqual([
      [3],
    ]);
  });
});

test.runIf(backends.length > 1)(
  'many parameters at once move as each does alone, those that decay and those that do not',
  async () => {
    const next = uniforms(5);
    const sizes = [1, 17, 0, 20_000, 70_000];
    const draw = () => sizes.map((size) => Array.from({ length: size }, () => next() - 0.5));
    const [values, gradients, first, second] = [draw(), draw(), draw(), draw().map((v) => v.map(Math.abs))];
    const configs: OptimizerConfig[] = [
      { name: 'adamw', weightDecay: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
      { name: 'sgd', weightDecay: 0.1, momentum: 0.9, nesterov: false },
      { name: 'sgd', weightDecay: 0.1, momentum: 0.9, nesterov: true },
      { name: 'sgd', weightDecay: 0.1, momentum: 0, nesterov: false },
    ];
    for (const config of configs) {
      const results = [];
      for (const name of backends) {
        await tf.setBackend(name);
        const optimizer = createOptimizer(config);
        const inputs = sizes.map((_, i) => ({
          parameter: tf.tensor1d(values[i]),
          gradient: tf.tensor1d(gradients[i]),
          slots: optimizer.slots.map((_, slot) => tf.tensor1d([first, second][slot][i])),
          decay: i % 2 === 1,
        }));
        const numbers = { learningRate: tf.scalar(0.01), step: tf.scalar(7) };
        const updated = optimizer.update(inputs, numbers);
        results.push(
          updated.flatMap(({ parameter, slots }) => [parameter, ...slots].map((t) => t.dataSync())),
        );
      }
      const [plain, own] = results.map((tensors) => tensors.map((values) => Array.from(values)));
      const differences = own.map((values, i) =>
        values.reduce((most, value, j) => Math.max(most, Math.abs(value - plain[i][j])), 0),
      );
      expect(Math.max(...differences), JSON.stringify(config)).toBeLessThan(1e-6);
    }
  },
);

test('weight decay is for kernels, not for biases, scales and offsets', () => {
  expect([[8, 12, 128], [128, 9], [128], []].map(decays)).toEqual([true, true, false, false]);
});

describe('clipByGlobalNorm', () => {
  function clip(gradients: number[][], maxNorm: number): number[][] {
    return clipByGlobalNorm(
      gradients.map((gradient) => tf.tensor1d(gradient)),
      maxNorm,
    ).map((gradient) => Array.from(gradient.dataSync()));
  }

  test('scales all gradients by one factor when their joint norm is above the limit', () => {
    expect(clip([[3, 0], [4]], 1)).toEqual([[Math.fround(0.6), 0], [Math.fround(0.8)]]);
  });

  test('leaves gradients within the limit as they are, zero included', () => {
    expect(clip([[3, 0], [4]], 5)).toEqual([[3, 0], [4]]);
    expect(clip([[0], [0]], 1)).toEqual([[0], [0]]);
  });

  test.each([Infinity, -Infinity, NaN, 1e30])(
    'makes every gradient NaN when the norm overflows: %d',
    (value) => {
      expect(clip([[1, value], [2]], 1)).toEqual([[NaN, NaN], [NaN]]);
    },
  );
});
