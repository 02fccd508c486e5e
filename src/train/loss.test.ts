import tf from '#tfjs';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { testWithPython } from '../../test/support/python.js';
import { uniforms } from '../../test/support/random.js';
import { loadEngine } from '../engine/index.js';
import { balancedClassWeights, softmaxCrossEntropy } from './loss.js';

beforeAll(async () => {
  await loadEngine();
});

interface Case {
  logits: number[][];
  labels: number[];
  labelSmoothing: number;
  weights?: number[];
}

function randomCase(seed: number, labelSmoothing: number, weights?: number[]): Case {
  const next = uniforms(seed);
  return {
    logits: Array.from({ length: 5 }, () => Array.from({ length: 4 }, () => 8 * (next() - 0.5))),
    labels: Array.from({ length: 5 }, () => Math.floor(next() * 4)),
    labelSmoothing,
    ...(weights && { weights }),
  };
}

function lossAndGradient({ logits, labels, labelSmoothing, weights }: Case) {
  const loss = (x: tf.Tensor2D) =>
    softmaxCrossEntropy(x, tf.tensor1d(labels, 'int32'), {
      labelSmoothing,
      classWeights: weights && tf.tensor1d(weights),
    });
  const { value, grad } = tf.valueAndGrad((x: tf.Tensor2D) => loss(x))(tf.tensor2d(logits));
  return { loss: value.dataSync()[0], gradient: Array.from(grad.dataSync()) };
}

// PyTorch's documented formula in float64, with the gradient by central differences.
const reference = `
import numpy as np
from scipy.special import log_softmax

def loss(x, y, s, w):
    log_p = log_softmax(x, axis=1)
    hard = -w[y] * log_p[np.arange(len(y)), y]
    smooth = -(w * log_p).sum(1) / x.shape[1]
    return ((1 - s) * hard + s * smooth).sum() / w[y].sum()

def main(cases):
    results = []
    for case in cases:
        x, y = np.array(case['logits']), np.array(case['labels'])
        w = np.array(case.get('weights', np.ones(x.shape[1])))
        f = lambda z: loss(z.reshape(x.shape), y, case['labelSmoothing'], w)
        steps = 1e-5 * np.eye(x.size)
        gradient = [(f(x.ravel() + h) - f(x.ravel() - h)) / 2e-5 for h in steps]
        results.append(dict(loss=f(x.ravel()), gradient=gradient))
    return results
`;

describe.each(['tensorflow', 'cpu'])('softmaxCrossEntropy on the backend %s', (backend) => {
  beforeEach(async () => {
    await tf.setBackend(backend);
  });

  testWithPython(
    "has the value and gradient of PyTorch's formula, smoothed and weighted",
    async ({ python }) => {
      const cases = [
        randomCase(1, 0),
        randomCase(2, 0.1),
        randomCase(3, 0, [0.5, 3, 1, 0.25]),
        randomCase(4, 0.2, [0.5, 3, 1, 0.25]),
      ];
      const expected = (await python(reference, cases)) as ReturnType<typeof lossAndGradient>[];
      cases.forEach((item, index) => {
        const { loss, gradient } = lossAndGradient(item);
        expect(loss).toBeCloseTo(expected[index].loss, 5);
        gradient.forEach((value, i) => {
          expect(value).toBeCloseTo(expected[index].gradient[i], 5);
        });
      });
    },
  );

  test('is ln 2 for two equal logits and finite, with a finite gradient, for huge ones', () => {
    expect(lossAndGradient({ logits: [[7, 7]], labels: [1], labelSmoothing: 0 }).loss).toBeCloseTo(
      Math.LN2,
      6,
    );
    const huge = lossAndGradient({ logits: [[1e30, -1e30]], labels: [1], labelSmoothing: 0 });
    expect(huge.loss).toBeCloseTo(2e30, -24);
    expect(huge.gradient).toEqual([1, -1]);
  });

  test.each([
    ['plain', {}],
    ['weighted', { weights: [0.5, 3, 1, 0.25] }],
    ['smoothed and weighted', { labelSmoothing: 0.2, weights: [0.5, 3, 1, 0.25] }],
  ])('sees nothing of rows without a recording, whatever their logits: %s', (_, options) => {
    const { logits, labels } = randomCase(5, 0);
    const settings = { labelSmoothing: 0, ...options };
    const alone = lossAndGradient({ logits, labels, ...settings });
    const filling = [[NaN, 1e30, -Infinity, 0], Array.from({ length: 4 }, () => 0)];
    const filled = lossAndGradient({
      logits: [...logits, ...filling],
      labels: [...labels, -1, -1],
      ...settings,
    });
    expect(filled.loss).toBeCloseTo(alone.loss, 6);
    filled.gradient.forEach((value, i) => {
      expect(value).toBeCloseTo(alone.gradient[i] ?? 0, 6);
    });
    const empty = lossAndGradient({ logits: filling, labels: [-1, -1], ...settings });
    expect(empty.loss).toBe(0);
    expect(empty.gradient.every((value) => value === 0)).toBe(true);
  });
});

describe('balancedClassWeights', () => {
  test('weighs each class by the inverse of its share', () => {
    expect(Array.from(balancedClassWeights(Int32Array.of(0, 0, 0, 1), 2))).toEqual([Math.fround(4 / 6), 2]);
  });

  test('refuses a class without recordings', () => {
    expect(() => balancedClassWeights(Int32Array.of(0, 0), 2)).toThrow('Class 1 has no recordings');
  });
});
