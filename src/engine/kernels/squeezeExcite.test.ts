// Squeeze and excitation in one operation gives what its parts give, forward and backward, and sees no padding.
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
import { hasNative, nativeOutputs } from './native.js';
import { composedSqueezeExcite, squeezeExcite, type Bottleneck } from './squeezeExcite.js';

await loadEngine();

const lengths = [7, 1, 0, 5];

function bottleneckOf(channels: number, hidden: number, bias: boolean): Bottleneck {
  return {
    reduction: tf.randomNormal<tf.Rank.R2>([channels, hidden], 0, 1, 'float32', 11),
    reductionBias: bias ? tf.randomNormal<tf.Rank.R1>([hidden], 0, 1, 'float32', 12) : null,
    expansion: tf.randomNormal<tf.Rank.R2>([hidden, channels], 0, 1, 'float32', 13),
    expansionBias: bias ? tf.randomNormal<tf.Rank.R1>([channels], 0, 1, 'float32', 14) : null,
  };
}

/** Drawn step by step, so that more padding changes none of the others. */
function gradientLike({ shape: [batch, time, channels] }: tf.Tensor3D): tf.Tensor3D {
  const steps = Array.from({ length: time }, (_, step) =>
    tf.randomNormal<tf.Rank.R2>([batch, channels], 0, 1, 'float32', 100 + step),
  );
  return tf.stack(steps, 1) as tf.Tensor3D;
}

/** y, then the gradients of `Σ dy·y` in x, in the matrices and in the biases that there are. */
function run(
  compute: typeof squeezeExcite,
  { x, mask }: { x: tf.Tensor3D; mask: tf.Tensor2D | null },
  bottleneck: Bottleneck,
): tf.Tensor[] {
  const { reduction, expansion, reductionBias, expansionBias } = bottleneck;
  const biases = [reductionBias, expansionBias].filter((bias) => bias !== null);
  const at = (...[x, reduction, expansion, ...biases]: tf.Tensor[]) => {
    const [reductionBias = null, expansionBias = null] = biases as tf.Tensor1D[];
    return compute(x as tf.Tensor3D, mask, {
      reduction: reduction as tf.Tensor2D,
      reductionBias,
      expansion: expansion as tf.Tensor2D,
      expansionBias,
    });
  };
  const inputs = [x, reduction, expansion, ...biases];
  return [at(...inputs), ...tf.grads(at)(inputs, gradientLike(x))];
}

const shapes: Record<string, BatchOptions & { hidden: number }> = {
  'one channel, one hidden unit': { channels: 1, hidden: 1, lengths, time: 9 },
  '3 channels, 5 hidden units': { channels: 3, hidden: 5, lengths, time: 7, fill: Infinity },
  '17 channels, one hidden unit': { channels: 17, hidden: 1, lengths, time: 12, fill: -Infinity },
  '300 channels': { channels: 300, hidden: 18, lengths, time: 8 },
  'no valid step': { channels: 4, hidden: 2, lengths: [0, 0], time: 3 },
  'rows in several pieces': { channels: 64, hidden: 4, lengths: [1200, 600, 0, 512], time: 1300 },
};

describe.runIf(hasNative('MasqSqueezeExcite'))('squeeze and excitation in one operation', () => {
  describe.each([
    ['without biases', false],
    ['with biases', true],
  ])('%s', (_, bias) => {
    test.each(Object.entries(shapes))('is what its parts compute: %s', (_, { hidden, ...options }) => {
      tf.tidy(() => {
        const batch = paddedBatch(options);
        const bottleneck = bottleneckOf(options.channels, hidden, bias);
        const results = run(squeezeExcite, batch, bottleneck);
        const expected = run(composedSqueezeExcite, batch, bottleneck);
        expect(results.length).toBe(expected.length);
        const deviations = results.map((tensor, i) => roundingDeviation(tensor, expected[i]));
        expect(deviations.filter((deviation) => !(deviation < 1))).toEqual([]);
        const [y, dx] = results;
        const padding = [y, dx].flatMap((tensor) => paddedValues(tensor, options.lengths));
        expect(padding.filter((value) => value !== 0)).toEqual([]);
      });
    });
  });

  test('has the gradients that differences of its values show', () => {
    tf.tidy(() => {
      const { x, mask } = paddedBatch({ channels: 5, lengths: [4, 1, 0], time: 4, fill: 0 });
      const bottleneck = bottleneckOf(5, 2, true);
      const [, dx, dreduction, dexpansion, dreductionBias, dexpansionBias] = run(
        squeezeExcite,
        { x, mask },
        bottleneck,
      );
      const dy = gradientLike(x);
      const loss = (changed: Partial<Bottleneck>, values = x): number => {
        const y = squeezeExcite(values, mask, { ...bottleneck, ...changed });
        return tf.sum(tf.mul(dy, y)).dataSync()[0];
      };
      /** The derivative along a direction by central differences, beside the one by the gradient. */
      const compare = <T extends tf.Tensor>(
        at: T,
        gradient: tf.Tensor,
        evaluate: (at: T) => number,
      ): void => {
        const direction = tf.randomNormal(at.shape, 0, 1, 'float32', 21);
        const step = tf.mul<T>(direction, 1e-2);
        const difference = (evaluate(tf.add<T>(at, step)) - evaluate(tf.sub<T>(at, step))) / 2e-2;
        const slope = tf.sum(tf.mul(gradient, direction)).dataSync()[0];
        expect(Math.abs(difference - slope)).toBeLessThan(2e-3 * Math.max(1, Math.abs(slope)));
      };
      compare(x, dx, (values) => loss({}, values));
      compare(bottleneck.reduction, dreduction, (reduction) => loss({ reduction }));
      compare(bottleneck.expansion, dexpansion, (expansion) => loss({ expansion }));
      const { reductionBias, expansionBias } = bottleneck;
      if (reductionBias === null || expansionBias === null) throw new Error('The bottleneck has biases.');
      compare(reductionBias, dreductionBias, (reductionBias) => loss({ reductionBias }));
      compare(expansionBias, dexpansionBias, (expansionBias) => loss({ expansionBias }));
    });
  });

  test('takes null for a mask of valid steps only', () => {
    tf.tidy(() => {
      const { x, mask } = paddedBatch({ channels: 6, lengths: [5, 5], time: 5 });
      const [masked, unmasked] = [mask, null].map((mask) =>
        run(squeezeExcite, { x, mask }, bottleneckOf(6, 3, true)),
      );
      expect(unmasked.map((tensor) => tensor.dataSync())).toEqual(masked.map((tensor) => tensor.dataSync()));
    });
  });

  test('gives the same to the last bit whatever the padding', () => {
    tf.tidy(() => {
      const lengths = [1200, 600, 0, 512];
      const [short, long] = [
        { time: 1200, fill: 0 },
        { time: 1777, fill: NaN },
      ].map((padding) => {
        const batch = paddedBatch({ channels: 65, lengths, ...padding });
        const [y, dx, ...ofWeights] = run(squeezeExcite, batch, bottleneckOf(65, 7, true));
        return [
          ...[y, dx].map((tensor) => validValues(tensor, lengths)),
          ...ofWeights.map((tensor) => Array.from(tensor.dataSync())),
        ];
      });
      expect(long).toEqual(short);
    });
  });

  test('has gates as exact as float32 allows, from one end to the other, and NaN for NaN', () => {
    tf.tidy(() => {
      const sums = [-1000, -87, -20, -3.46, -1e-3, -0, 1e-3, 0.7, 5, 16, 1000, NaN];
      const channels = sums.length;
      const [, , , gate] = nativeOutputs('MasqSqueezeExcite', {
        x: tf.zeros([1, 1, channels]),
        mask: tf.ones([1, 1], 'bool'),
        reduction: tf.zeros([channels, 1]),
        reductionBias: tf.zeros([1]),
        expansion: tf.zeros([1, channels]),
        expansionBias: tf.tensor1d(sums),
      });
      for (const [i, value] of gate.dataSync().entries()) {
        const exact = 1 / (1 + Math.exp(-Math.fround(sums[i])));
        if (Number.isNaN(exact)) expect(value).toBeNaN();
        else expect(Math.abs(value - exact)).toBeLessThanOrEqual(3e-7 * exact + 2e-38);
      }
    });
  });
});
