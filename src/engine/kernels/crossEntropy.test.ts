// The loss, its gradient and the number of correct recordings in one operation are what plain operations compute.
import tf from '#tfjs';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { roundingDeviation } from '../../../test/support/sequences.js';
import { loadEngine } from '../load.js';
import {
  composedCrossEntropy,
  crossEntropy,
  mixedCrossEntropy,
  type CrossEntropyOptions,
} from './crossEntropy.js';
import { hasNative } from './native.js';

await loadEngine();

/** Loss and number of correct rows, then the gradient of thrice the loss. */
function run(
  compute: typeof crossEntropy,
  logits: tf.Tensor2D,
  labels: readonly number[],
  options: CrossEntropyOptions = {},
): tf.Tensor[] {
  const at = (x: tf.Tensor) => compute(x as tf.Tensor2D, tf.tensor1d([...labels], 'int32'), options);
  const { loss, correct } = at(logits);
  return [loss, correct, tf.grad((x) => at(x).loss)(logits, tf.scalar(3))];
}

const random = (batch: number, classes: number): tf.Tensor2D =>
  tf.randomNormal([batch, classes], 0, 3, 'float32', 1);

describe.runIf(hasNative('MasqCrossEntropy'))('cross-entropy in one operation', () => {
  const cases: Record<string, { batch: number; classes: number; labels: (row: number) => number }> = {
    'two classes': { batch: 5, classes: 2, labels: (row) => row % 2 },
    '17 classes and rows without a recording': {
      batch: 9,
      classes: 17,
      labels: (row) => (row % 3) * 5 - 1,
    },
    'no recording': { batch: 3, classes: 4, labels: () => -1 },
    'many rows and classes': { batch: 300, classes: 300, labels: (row) => row - 1 },
  };

  describe.each([
    ['plain', false, 0],
    ['smoothed', false, 0.1],
    ['weighted', true, 0],
    ['smoothed and weighted', true, 0.3],
  ])('%s', (_, weighted, labelSmoothing) => {
    test.each(Object.entries(cases))(
      'is what plain operations compute: %s',
      (_, { batch, classes, labels }) => {
        tf.tidy(() => {
          const classWeights: tf.Tensor1D | undefined = weighted
            ? tf.add(0.5, tf.range(0, classes, 1, 'float32'))
            : undefined;
          const options = { labelSmoothing, classWeights };
          const rows = Array.from({ length: batch }, (_, row) => labels(row));
          const results = run(crossEntropy, random(batch, classes), rows, options);
          const expected = run(composedCrossEntropy, random(batch, classes), rows, options);
          const deviations = results.map((tensor, i) => roundingDeviation(tensor, expected[i]));
          expect(deviations.filter((deviation) => !(deviation < 1))).toEqual([]);
        });
      },
    );
  });

  test('has gradients that add up to 0 in each row, and to the differences of its values', () => {
    tf.tidy(() => {
      const logits = random(4, 5);
      const options = { labelSmoothing: 0.2, classWeights: tf.tensor1d([1, 2, 0.5, 3, 0.1]) };
      const [, , gradient] = run(crossEntropy, logits, [0, 4, -1, 2], options);
      const sums = tf.sum(gradient, 1).dataSync();
      for (const sum of sums) expect(sum).toBeCloseTo(0, 6);
      const direction = tf.reverse(random(4, 5));
      const lossAt = (step: number): number =>
        run(crossEntropy, tf.add(logits, tf.mul(direction, step)), [0, 4, -1, 2], options)[0].dataSync()[0];
      const slope = tf.sum(tf.mul(gradient, direction)).dataSync()[0] / 3;
      expect((lossAt(5e-3) - lossAt(-5e-3)) / 1e-2).toBeCloseTo(slope, 2);
    });
  });

  test('takes the first of equal logits for the largest, and none beside NaN', () => {
    tf.tidy(() => {
      const logits = tf.tensor2d([
        [1, 2, 2],
        [1, 2, 2],
        [Infinity, 0, 1],
        [-Infinity, -Infinity, -Infinity],
        [5, NaN, 0],
        [NaN, NaN, NaN],
        [NaN, 9, 9],
      ]);
      const correct = (labels: number[]) =>
        crossEntropy(logits, tf.tensor1d(labels, 'int32')).correct.dataSync()[0];
      expect(correct([1, -1, -1, -1, -1, -1, -1])).toBe(1);
      expect(correct([-1, 2, -1, -1, -1, -1, -1])).toBe(0);
      expect(correct([-1, -1, 0, -1, -1, -1, -1])).toBe(1);
      expect(correct([-1, -1, -1, 0, -1, -1, -1])).toBe(1);
      expect(correct([-1, -1, -1, -1, 0, 0, 1])).toBe(0);
    });
  });

  test('keeps NaN in the loss and in the gradient of its own row', () => {
    tf.tidy(() => {
      const logits = tf.tensor2d([
        [1, NaN],
        [0, 0],
        [NaN, NaN],
      ]);
      const [loss, , gradient] = run(crossEntropy, logits, [0, 1, -1]);
      expect(loss.dataSync()[0]).toBeNaN();
      expect(Array.from(gradient.dataSync())).toEqual([NaN, NaN, 0.75, -0.75, 0, 0]);
    });
  });

  test('refuses a label that is no class', () => {
    expect(() => crossEntropy(random(1, 3), tf.tensor1d([3], 'int32'))).toThrow('number of classes');
  });
});

describe.each(['tensorflow', 'cpu'])('cross-entropy of mixed labels on the backend %s', (backend) => {
  beforeEach(async () => {
    await tf.setBackend(backend);
  });
  afterAll(async () => {
    await tf.setBackend('tensorflow');
  });

  /** The third row holds no recording, the fourth has no partner. */
  const logits = [
    [2, 0, -1],
    [0.5, 1.5, 0],
    [NaN, Infinity, 0],
    [-1, 0, 1],
  ];
  const labels = [0, 2, -1, 2];
  const partners = [1, 1, -1, -1];
  const shares = [0.25, 0.75, 0, 0];

  function mixed(x: tf.Tensor2D, options: CrossEntropyOptions = {}) {
    const partner = { labels: tf.tensor1d(partners, 'int32'), shares: tf.tensor1d(shares) };
    return mixedCrossEntropy(x, tf.tensor1d(labels, 'int32'), partner, options);
  }

  /** The formula, row by row in float64. */
  function byHand(x: readonly number[][], smoothing: number, weights: readonly number[]) {
    let [loss, total] = [0, 0];
    x.forEach((row, n) => {
      if (labels[n] < 0) return;
      const logSum = Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
      const entropy = (label: number): number => weights[label] * (logSum - row[label]);
      const even = row.reduce((sum, _, c) => sum + entropy(c), 0) / row.length;
      const both = (of: (label: number) => number): number =>
        (1 - shares[n]) * of(labels[n]) + (shares[n] > 0 ? shares[n] * of(partners[n]) : 0);
      loss += (1 - smoothing) * both(entropy) + smoothing * even;
      total += both((label) => weights[label]);
    });
    return loss / total;
  }

  test.each([
    ['plain', 0, undefined],
    ['smoothed', 0.1, undefined],
    ['weighted', 0, [0.5, 3, 1]],
    ['smoothed and weighted', 0.3, [0.5, 3, 1]],
  ])('has the value of the formula and the gradient of its differences: %s', (_, labelSmoothing, weights) => {
    tf.tidy(() => {
      const options = { labelSmoothing, classWeights: weights && tf.tensor1d(weights) };
      const { value, grad } = tf.valueAndGrad((x: tf.Tensor) => mixed(x as tf.Tensor2D, options).loss)(
        tf.tensor2d(logits),
      );
      const expected = (x: readonly number[][]) => byHand(x, labelSmoothing, weights ?? [1, 1, 1]);
      expect(value.dataSync()[0]).toBeCloseTo(expected(logits), 5);
      const gradient = grad.dataSync();
      logits.forEach((row, n) => {
        row.forEach((_, c) => {
          const moved = (by: number) =>
            logits.map((values, m) => values.map((value, d) => (m === n && d === c ? value + by : value)));
          const slope = labels[n] < 0 ? 0 : (expected(moved(1e-5)) - expected(moved(-1e-5))) / 2e-5;
          expect(gradient[3 * n + c]).toBeCloseTo(slope, 5);
        });
      });
    });
  });

  test('counts a row as correct where the label with the larger share has the largest logit', () => {
    // The first two and the last row are: of the second it is the partner that weighs more.
    expect(tf.tidy(() => mixed(tf.tensor2d(logits)).correct.dataSync()[0])).toBe(3);
  });

  test('is that of one label where nothing is mixed', () => {
    tf.tidy(() => {
      const x = tf.tensor2d(logits);
      const one = tf.tensor1d(labels, 'int32');
      const none = { labels: tf.tensor1d([-1, -1, -1, -1], 'int32'), shares: tf.tensor1d([0, 0, 0, 0]) };
      const options = { labelSmoothing: 0.2, classWeights: tf.tensor1d([2, 1, 3]) };
      const [both, alone] = [mixedCrossEntropy(x, one, none, options), crossEntropy(x, one, options)];
      expect(both.loss.dataSync()[0]).toBeCloseTo(alone.loss.dataSync()[0], 6);
      expect(both.correct.dataSync()).toEqual(alone.correct.dataSync());
    });
  });
});
