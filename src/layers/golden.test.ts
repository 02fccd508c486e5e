// The masking contract in worked numbers: every layer alone and inside a tf.LayersModel.
import tf from '#tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { deviation, goldenCases, input, lengthsOf, type GoldenCase } from '../../test/support/golden.js';
import { trainableVariables } from '../../test/support/variables.js';
import { loadEngine } from '../engine/index.js';
import { lengthsFromMask, maskFromLengths } from './mask.js';
import { maskedBatchNorm, maskedConv1d, maskedGlobalPool1d, sequenceMask, squeezeExcite1d } from './index.js';
import type { Padding } from './convolutionLength.js';
import type { SqueezeName } from './squeeze.js';

beforeAll(() => loadEngine());

const poolNames: Record<string, SqueezeName> = { avg: 'average', max: 'max' };

/** Runs a layer on a case's `x`: by itself with a mask, and in a model after sequenceMask. */
function runBothWays(
  golden: GoldenCase,
  make: () => tf.layers.Layer,
  weights: tf.Tensor[],
  training = false,
): tf.Tensor[] {
  const x = input<tf.Rank.R3>(golden, 'x');
  const mask = maskFromLengths(tf.reshape(lengthsOf(golden), [-1]), x.shape[1]);
  const alone = make();
  alone.build(x.shape);
  alone.setWeights(weights);
  const eager = alone.apply(x, { mask, training }) as tf.Tensor;

  const values = tf.input({ shape: [null, x.shape[2]] });
  const lengths = tf.input({ shape: [1], dtype: 'int32' });
  const layer = make();
  const masked = sequenceMask().apply([values, lengths]) as tf.SymbolicTensor;
  const output = layer.apply(masked) as tf.SymbolicTensor;
  layer.setWeights(weights);
  const model = tf.model({ inputs: [values, lengths], outputs: output });
  return [eager, model.apply([x, lengthsOf(golden)], { training }) as tf.Tensor];
}

function expectGolden(actual: tf.Tensor[], golden: GoldenCase, name = 'y'): void {
  for (const tensor of actual) expect(deviation(tensor, golden.expected[name])).toBeLessThan(1);
}

describe('maskedGlobalPool1d', () => {
  const named = (golden: GoldenCase): string => String(golden.params.squeeze ?? golden.params.pool);
  test.each([
    ...goldenCases('squeeze', (golden) => named(golden) in poolNames),
    ...goldenCases('worked', (golden) => named(golden) in poolNames),
    ...goldenCases('global_pool'),
  ])('$id', (golden) => {
    expectGolden(
      runBothWays(golden, () => maskedGlobalPool1d({ pool: poolNames[named(golden)] }), []),
      golden,
    );
  });

  test.each(goldenCases('global_pool'))('$id with other fillings of the padding', (golden) => {
    const x = input<tf.Rank.R3>(golden, 'x');
    const mask = maskFromLengths(tf.reshape(lengthsOf(golden), [-1]), x.shape[1]);
    for (const filling of [...(golden.params.fill_invalid_with as number[]), NaN, -Infinity]) {
      const filled = tf.where(tf.expandDims(mask, 2).tile([1, 1, x.shape[2]]), x, tf.fill(x.shape, filling));
      const pooled = maskedGlobalPool1d({ pool: poolNames[named(golden)] }).apply(filled, { mask });
      expectGolden([pooled as tf.Tensor], golden);
    }
  });
});

describe('squeezeExcite1d', () => {
  const isSigmoid = (golden: GoldenCase): boolean => golden.params.act === 'sigmoid';
  const weights = (golden: GoldenCase): tf.Tensor[] =>
    golden.params.bias === true
      ? [matrix(golden, 'W1'), input(golden, 'b1'), matrix(golden, 'W2'), input(golden, 'b2')]
      : [matrix(golden, 'W1'), matrix(golden, 'W2')];
  const matrix = (golden: GoldenCase, name: string): tf.Tensor => tf.transpose(input(golden, name));
  const hidden = (golden: GoldenCase): number => (golden.inputs.W1 as number[]).length;

  test.each(goldenCases('se_block', isSigmoid))('$id', (golden) => {
    const make = () => squeezeExcite1d({ hidden: hidden(golden), bias: golden.params.bias === true });
    expectGolden(runBothWays(golden, make, weights(golden)), golden);
  });
});

describe('maskedBatchNorm', () => {
  const weights = (golden: GoldenCase): tf.Tensor[] =>
    ['gamma', 'beta', 'moving_mean', 'moving_var'].map((name) => input(golden, name));

  test.each(goldenCases('batch_norm', ({ params }) => params.mode === 'inference'))('$id', (golden) => {
    expectGolden(
      runBothWays(golden, () => maskedBatchNorm(), weights(golden)),
      golden,
    );
  });

  test.each(goldenCases('batch_norm', ({ params }) => params.mode === 'training'))('$id', (golden) => {
    const made: ReturnType<typeof maskedBatchNorm>[] = [];
    const make = () => {
      made.push(maskedBatchNorm());
      return made[made.length - 1];
    };
    expectGolden(runBothWays(golden, make, weights(golden), true), golden);
    for (const layer of made) {
      const [, , movingMean, movingVariance] = layer.getWeights();
      expectGolden([movingMean], golden, 'moving_mean');
      expectGolden([movingVariance], golden, 'moving_var');
    }
  });

  test.each(goldenCases('batch_norm', ({ params }) => params.mode === 'training'))(
    '$id: gradients',
    (golden) => {
      const x = input<tf.Rank.R3>(golden, 'x');
      const mask = maskFromLengths(tf.reshape(lengthsOf(golden), [-1]), x.shape[1]);
      const layer = maskedBatchNorm();
      layer.build(x.shape);
      layer.setWeights(weights(golden));
      const [gamma, beta] = trainableVariables(layer);
      const sum = (input: tf.Tensor) =>
        tf.sum<tf.Scalar>(tf.mul(layer.apply(input, { mask, training: true }) as tf.Tensor, dy));
      const dy = input(golden, 'dy');
      expectGolden([tf.grad(sum)(x)], golden, 'dx');
      const { grads } = tf.variableGrads(() => sum(x), [gamma, beta]);
      expectGolden([grads[gamma.name]], golden, 'dgamma');
      expectGolden([grads[beta.name]], golden, 'dbeta');
    },
  );
});

describe('maskedConv1d', () => {
  test.each(goldenCases('conv1d'))('$id', (golden) => {
    const kernel = input<tf.Rank.R3>(golden, 'kernel');
    const hasBias = golden.inputs.bias !== null;
    const { padding, stride, dilation } = golden.params as {
      padding: Padding;
      stride: number;
      dilation: number;
    };
    const [kernelSize, , filters] = kernel.shape;
    const make = () =>
      maskedConv1d({
        filters,
        kernelSize,
        padding,
        strides: stride,
        dilationRate: dilation,
        useBias: hasBias,
      });
    const weights = hasBias ? [kernel, input(golden, 'bias')] : [kernel];
    expectGolden(runBothWays(golden, make, weights), golden);

    const x = input<tf.Rank.R3>(golden, 'x');
    const mask = maskFromLengths(tf.reshape(lengthsOf(golden), [-1]), x.shape[1]);
    const layer = make();
    layer.build(x.shape);
    const [outputMask] = layer.computeMask(x, mask);
    expectGolden([lengthsFromMask(outputMask as tf.Tensor2D)], golden, 'lengths');
  });
});
