// Simplified recordings do less and give the same: fewer maskings, and casts inside the operations beside them.
import tf from '#tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadEngine } from '../index.js';
import { convolutions } from '../kernels/convolution.js';
import { batchNorm, hasNative, maskSteps, withPrecision, type Precision } from '../kernels/index.js';
import { ownConvolution } from '../kernels/ownConvolution.js';
import { nodeBackend } from './backend.js';
import { compile } from './program.js';
import { record } from './recorder.js';
import { simplify } from './simplify.js';

let kernel: tf.Tensor3D;

beforeAll(async () => {
  await loadEngine();
  kernel = tf.randomNormal<tf.Rank.R3>([3, channels, channels], 0, 1, 'float32', 1);
});

const [rows, time, channels] = [2, 6, 3];
const inputs = {
  x: { shape: [rows, time, channels], dtype: 'float32' },
  lengths: { shape: [rows], dtype: 'int32' },
} as const;
const window = { left: 1, steps: time, stride: 1, dilation: 1 };
type Kind = keyof typeof convolutions;
const kinds: Kind[] = ['own', 'masked'];

/** Made within the recorded function, as layers make theirs. */
function maskOf(lengths: tf.Tensor): tf.Tensor2D {
  return tf.less(tf.range(0, time, 1, 'int32').expandDims(0), tf.expandDims(lengths, 1));
}

function normalized(x: tf.Tensor3D, mask: tf.Tensor2D): tf.Tensor3D {
  const [ones, zeros] = [tf.ones<tf.Rank.R1>([channels]), tf.zeros<tf.Rank.R1>([channels])];
  const options = { epsilon: 1e-3, activation: 'relu', momentum: 0.9 } as const;
  return batchNorm(x, mask, ones, zeros, { mean: zeros, variance: ones }, options).y;
}

/** Two blocks, each masked before and after its convolution, as layers do it. */
function blocks(kind: Kind, x: tf.Tensor3D, lengths: tf.Tensor): tf.Tensor3D {
  const block = (y: tf.Tensor3D): tf.Tensor3D => {
    const masks = { input: maskOf(lengths), output: maskOf(lengths) };
    return normalized(convolutions[kind](y, kernel, { window, masks }), maskOf(lengths));
  };
  return block(block(x));
}

/** Why a kind of convolution cannot be tried in a precision; undefined where it can. */
function lacking(kind: Kind, precision: Precision): string | undefined {
  const has = kind === 'masked' || hasNative(ownConvolution(precision).output);
  return has ? undefined : "this processor has no convolution of masq's own";
}

function operationsOf(
  precision: Precision,
  run: (x: tf.Tensor3D, lengths: tf.Tensor) => tf.Tensor,
): string[] {
  const recordable = {
    inputs: Object.values(inputs),
    state: [],
    run: ([x, lengths]: tf.Tensor[]) => [withPrecision(precision, () => run(x as tf.Tensor3D, lengths))],
  };
  return simplify(record(nodeBackend(), recordable)).nodes.map(({ operation }) => operation);
}

const count = (operations: readonly string[], name: string): number =>
  operations.filter((operation) => operation === name).length;

describe('a simplified recording', () => {
  test("masks nothing around masq's own convolutions, and makes the mask once", ({ skip }) => {
    const reason = lacking('own', 'float32');
    if (reason !== undefined) skip(reason);
    const operations = operationsOf('float32', (x, lengths) => blocks('own', x, lengths));
    expect(count(operations, 'MasqConvolution')).toBe(2);
    expect(count(operations, 'MasqMaskSteps')).toBe(0);
    expect(count(operations, 'Less')).toBe(1);
  });

  test("masks the input of the first of TensorFlow's convolutions alone, and makes the mask once", () => {
    const operations = operationsOf('float32', (x, lengths) => blocks('masked', x, lengths));
    expect(count(operations, 'Conv2D')).toBe(2);
    expect(count(operations, 'MasqMaskSteps')).toBe(1);
    expect(count(operations, 'Less')).toBe(1);
  });

  test('masks what is read whole, and what another mask made 0', () => {
    const whole = operationsOf('float32', (x, lengths) =>
      maskSteps(convolutions.masked(x, kernel, { window, masks: null }), maskOf(lengths)),
    );
    expect(count(whole, 'MasqMaskSteps')).toBe(1);
    const other = operationsOf('float32', (x, lengths) => {
      const shorter = maskOf(tf.sub(lengths, tf.scalar(1, 'int32')));
      return maskSteps(normalized(x, maskOf(lengths)), shorter);
    });
    expect(count(other, 'MasqMaskSteps')).toBe(1);
  });

  test.for<[string, (x: tf.Tensor3D) => tf.Tensor3D, number]>([
    ['relu', (x) => tf.relu(x), 1],
    ['negation', (x) => tf.neg(x), 1],
    ['a sum with itself', (x) => tf.add(x, x), 1],
    ['sigmoid', (x) => tf.sigmoid(x), 2],
    ['exponential', (x) => tf.exp(x), 2],
    ['cosine', (x) => tf.cos(x), 2],
    ['product with what is not masked', (x) => tf.mul(x, tf.range(1, channels + 1)), 2],
    ['quotient by itself', (x) => tf.div(x, x), 2],
  ])('masks again after %s only where 0 may have become something else', ([, apply, expected]) => {
    const operations = operationsOf('float32', (x, lengths) => {
      const mask = maskOf(lengths);
      // The sum reads all of it.
      return tf.sum(maskSteps(apply(maskSteps(x, mask)), mask), 1);
    });
    expect(count(operations, 'MasqMaskSteps')).toBe(expected);
  });

  test('leaves out what nothing needs', () => {
    const operations = operationsOf('float32', (x, lengths) => {
      tf.exp(x);
      return tf.add(tf.sum(x), tf.sum(lengths));
    });
    expect(count(operations, 'Exp')).toBe(0);
    expect(count(operations, 'Sum')).toBe(2);
  });

  test.for<[Kind, number]>([
    ['own', 1],
    ['masked', 2],
  ])(
    'reads and writes bfloat16 where convolutions of kind %s want it: only what comes from outside is cast',
    ([kind, casts], { skip }) => {
      const reason = lacking(kind, 'bfloat16');
      if (reason !== undefined) skip(reason);
      const operations = operationsOf('bfloat16', (x, lengths) => blocks(kind, x, lengths));
      expect(count(operations, 'Cast')).toBe(casts);
    },
  );

  test.for(
    kinds.flatMap((kind) => (['float32', 'bfloat16'] as const).map((precision) => ({ kind, precision }))),
  )('gives the same bits with convolutions of kind $kind in $precision', ({ kind, precision }, { skip }) => {
    const reason = lacking(kind, precision);
    if (reason !== undefined) skip(reason);
    const network = (x: tf.Tensor, lengths: tf.Tensor) => blocks(kind, x as tf.Tensor3D, lengths);
    const run = (given: Record<string, tf.Tensor>): tf.NamedTensorMap =>
      withPrecision(precision, () => {
        const loss = (x: tf.Tensor) => tf.sum(tf.square(network(x, given.lengths)));
        const { value, grad } = tf.valueAndGrad(loss)(given.x);
        return { y: network(given.x, given.lengths), value, grad };
      });
    const program = compile({ state: [], entries: { blocks: { inputs, run } } });
    for (const [seed, lengths] of [
      [1, [6, 3]],
      [2, [1, 0]],
      [3, [6, 6]],
    ] as const) {
      // prettier-ignore
      const given = {
          x: tf.randomNormal<tf.Rank.R3>([rows, time, channels], 5, 2, 'float32', seed),
          lengths: tf.tensor1d([...lengths], 'int32'),
        };
      const [actual, expected] = [program.run('blocks', given), run(given)];
      for (const key of ['y', 'value', 'grad'])
        expect(actual[key].dataSync()).toEqual(expected[key].dataSync());
    }
    program.dispose();
  });
});
