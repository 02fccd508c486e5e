// Every way to compute a masked batch normalisation gives the same, forward and backward, and sees no padding.
import tf from '#tfjs';
import { describe, expect, test } from 'vitest';
import {
  paddedBatch,
  paddedValues,
  roundingDeviation,
  validValues,
  type BatchOptions,
} from '../../../test/support/sequences.js';
import { loadEngine } from '../load.js';
import { fusedActivations } from './activation.js';
import { composedBatchNorm, fusedBatchNorm, nativeBatchNorm, type batchNorm } from './batchNorm.js';
import { hasNative } from './native.js';
import { composedNormalize, normalize } from './normalize.js';

await loadEngine();

const lengths = [7, 1, 0, 5];

/** y, mean, variance, count and moved averages, then the gradients of `Σ dy·y`. */
function run(
  compute: typeof batchNorm,
  { x, mask }: { x: tf.Tensor3D; mask: tf.Tensor2D | null },
  activation: (typeof fusedActivations)[number],
): tf.Tensor[] {
  const shape: [number] = [x.shape[2]];
  const gamma = tf.randomUniform(shape, 0.5, 2, 'float32', 2);
  const beta = tf.randomNormal(shape, 0, 1, 'float32', 3);
  // Drawn step by step, so that more padding changes none of the others.
  const steps = Array.from({ length: x.shape[1] }, (_, step) =>
    tf.randomNormal([x.shape[0], x.shape[2]], 0, 1, 'float32', 100 + step),
  );
  const dy = tf.stack(steps, 1);
  const moving = {
    mean: tf.randomNormal<tf.Rank.R1>(shape, 0, 1, 'float32', 4),
    variance: tf.randomUniform<tf.Rank.R1>(shape, 0.5, 2, 'float32', 5),
  };
  const options = { epsilon: 1e-3, activation, momentum: 0.9 };
  const at = (...[x, gamma, beta]: tf.Tensor[]) =>
    compute(x as tf.Tensor3D, mask, gamma as tf.Tensor1D, beta as tf.Tensor1D, moving, options);
  const { y, mean, variance, count, moved } = at(x, gamma, beta);
  const statistics = [mean, variance, count, moved.mean, moved.variance];
  return [y, ...statistics, ...tf.grads((...inputs) => at(...inputs).y)([x, gamma, beta], dy)];
}

function expectSame(actual: tf.Tensor[], expected: tf.Tensor[]): void {
  const deviations = actual.map((tensor, i) => roundingDeviation(tensor, expected[i]));
  expect(deviations.filter((deviation) => !(deviation < 1))).toEqual([]);
}

const shapes: Record<string, BatchOptions> = {
  'one channel': { channels: 1, lengths, time: 9 },
  '3 channels': { channels: 3, lengths, time: 7, fill: Infinity },
  '16 channels': { channels: 16, lengths, time: 12, fill: -Infinity },
  '17 channels': { channels: 17, lengths, time: 8, fill: 3e38 },
  '300 channels': { channels: 300, lengths, time: 8 },
  'one valid step': { channels: 4, lengths: [0, 1], time: 3 },
  'no valid step': { channels: 4, lengths: [0, 0], time: 3 },
  'no padding': { channels: 5, lengths: [6, 6], time: 6 },
  'rows in several pieces': { channels: 64, lengths: [1200, 600, 0, 512], time: 1300 },
};

describe.runIf(hasNative('MasqBatchNorm')).each(fusedActivations)('in own operations, %s', (activation) => {
  test.each(Object.entries(shapes))('is what plain operations compute: %s', (_, options) => {
    tf.tidy(() => {
      const batch = paddedBatch(options);
      const results = run(nativeBatchNorm, batch, activation);
      expectSame(results, run(composedBatchNorm, batch, activation));
      const [y, , , , , , dx] = results;
      const padding = [y, dx].flatMap((tensor) => paddedValues(tensor, options.lengths));
      expect(padding.filter((value) => value !== 0)).toEqual([]);
    });
  });

  test('takes null for a mask of valid steps only', () => {
    tf.tidy(() => {
      const { x, mask } = paddedBatch(shapes['no padding']);
      const [masked, unmasked] = [mask, null].map((mask) => run(nativeBatchNorm, { x, mask }, activation));
      expect(unmasked.map((tensor) => tensor.dataSync())).toEqual(masked.map((tensor) => tensor.dataSync()));
    });
  });

  test('gives the same to the last bit whatever the padding', () => {
    tf.tidy(() => {
      const results = [
        { time: 1200, fill: 0 },
        { time: 1777, fill: NaN },
      ].map((padding) => {
        const lengths = [1200, 600, 0, 512];
        const batch = paddedBatch({ channels: 64, lengths, ...padding });
        const [y, mean, variance, count, movedMean, movedVariance, dx, ...others] = run(
          nativeBatchNorm,
          batch,
          activation,
        );
        return [
          ...[y, dx].map((tensor) => validValues(tensor, lengths)),
          ...[mean, variance, count, movedMean, movedVariance, ...others].map((tensor) =>
            Array.from(tensor.dataSync()),
          ),
        ];
      });
      expect(results[1]).toEqual(results[0]);
    });
  });

  test('is what plain operations compute from given statistics', () => {
    tf.tidy(() => {
      const batch = paddedBatch({ channels: 17, lengths, time: 9 });
      const given = { mean: tf.randomNormal<tf.Rank.R1>([17]), variance: tf.randomUniform<tf.Rank.R1>([17]) };
      const by =
        (compute: typeof normalize): typeof batchNorm =>
        (x, mask, gamma, beta, moved, options) => ({
          y: compute(x, mask, gamma, beta, given, options),
          ...given,
          count: tf.scalar(0),
          moved,
        });
      const results = run(by(normalize), batch, activation);
      expectSame(results, run(by(composedNormalize), batch, activation));
      expect(paddedValues(results[0], lengths).filter((value) => value !== 0)).toEqual([]);
    });
  });
});

test('in plain operations, ReLU within is ReLU after it', () => {
  tf.tidy(() => {
    const reluAfter: typeof batchNorm = (x, mask, gamma, beta, moving, options) => {
      const linear = { ...options, activation: 'linear' } as const;
      const { y, ...others } = composedBatchNorm(x, mask, gamma, beta, moving, linear);
      return { y: tf.relu(y), ...others };
    };
    const batch = paddedBatch({ channels: 5, lengths, time: 9 });
    expectSame(run(composedBatchNorm, batch, 'relu'), run(reluAfter, batch, 'linear'));
  });
});

test.runIf(hasNative('MasqBatchNorm'))('keeps the variance of values far from 0', () => {
  tf.tidy(() => {
    const rows = [3000, 1500];
    const { x, mask } = paddedBatch({ channels: 33, lengths: rows, time: 3000, mean: 4096, spread: 0.01 });
    const gamma = tf.ones<tf.Rank.R1>([33]);
    const options = { epsilon: 1e-3, activation: 'linear', momentum: 0.9 } as const;
    const beta = tf.zerosLike(gamma);
    const { mean, variance } = nativeBatchNorm(
      x,
      mask,
      gamma,
      beta,
      { mean: beta, variance: gamma },
      options,
    );
    const [means, variances] = [mean, variance].map((tensor) => tensor.dataSync());
    const values = validValues(x, rows);
    for (let channel = 0; channel < 33; channel++) {
      const own = values.filter((_, i) => i % 33 === channel);
      const exact = own.reduce((sum, value) => sum + value, 0) / own.length;
      const spread = own.reduce((sum, value) => sum + (value - exact) ** 2, 0) / own.length;
      expect(Math.abs(means[channel] / exact - 1)).toBeLessThan(1e-7);
      expect(Math.abs(variances[channel] / spread - 1)).toBeLessThan(1e-5);
    }
  });
});

describe.runIf(hasNative('MasqFusedBatchNorm')).each(fusedActivations)(
  "in TensorFlow's fused operation, %s",
  (activation) => {
    test.each([
      { lengths: [6, 6, 6], channels: 16 },
      { lengths: [1], channels: 3 },
    ])('is what plain operations compute: $lengths', (options) => {
      tf.tidy(() => {
        const { x } = paddedBatch({ ...options, time: options.lengths[0], mean: 2 });
        const batch = { x, mask: null };
        expectSame(run(fusedBatchNorm, batch, activation), run(composedBatchNorm, batch, activation));
      });
    });
  },
);
