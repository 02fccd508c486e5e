import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { testWithPython } from '../../test/support/python.js';
import { uniforms } from '../../test/support/random.js';
import { clipByGlobalNorm, createOptimizer, decays, type OptimizerConfig } from './optimizers.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** The parameter after each step with the given gradients and a rate that varies. */
function run(config: OptimizerConfig, decay: boolean, start: number[], gradients: number[][]): number[][] {
  const optimizer = createOptimizer(config);
  let parameter: tf.Tensor = tf.tensor1d(start);
  let slots = optimizer.slots.map(() => tf.zeros([start.length]));
  return gradients.map((gradient, index) => {
    const update = optimizer.updateAt({
      learningRate: tf.scalar(0.01 / (1 + index)),
      step: tf.scalar(index + 1),
    });
    const updated = update({ parameter, gradient: tf.tensor1d(gradient), slots, decay });
    ({ parameter, slots } = updated);
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

describe('createOptimizer', () => {
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
