// Dropout: what it drops depends on seed, update, row, step and channel, on nothing else; recorded or not.
import tf from '#tfjs';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { paddedBatch } from '../../test/support/sequences.js';
import { compile, loadEngine } from '../engine/index.js';
import { maskedDropout, maskFromLengths, sequenceMask } from './index.js';
import type { MaskedDropoutArgs } from './maskedDropout.js';

beforeAll(() => loadEngine());

/** A layer that has been called `calls` times, as one that was saved then. */
function layerAfter(calls: number, args: Partial<MaskedDropoutArgs> = {}): tf.layers.Layer {
  const layer = maskedDropout({ rate: 0.4, seed: 5, name: 'drop', ...args });
  layer.build([null, null, 4]);
  layer.setWeights([tf.tensor1d([calls], 'int32')]);
  return layer;
}

const train = (layer: tf.layers.Layer, x: tf.Tensor, mask?: tf.Tensor2D): tf.Tensor =>
  layer.apply(x, { training: true, ...(mask === undefined ? {} : { mask }) }) as tf.Tensor;

const valuesOf = (tensor: tf.Tensor): number[] => Array.from(tensor.dataSync());

describe.each(['tensorflow', 'cpu'])('maskedDropout on the backend %s', (backend) => {
  beforeEach(async () => {
    await tf.setBackend(backend);
  });

  test('drops its share of the values, and scales the others so that their mean stays', () => {
    const y = valuesOf(train(layerAfter(0), tf.fill([10, 100, 10], 3)));
    const dropped = y.filter((value) => value === 0).length;
    // Five standard errors.
    expect(Math.abs(dropped - 4000)).toBeLessThan(5 * Math.sqrt(10_000 * 0.4 * 0.6));
    expect(y.every((value) => value === 0 || Math.abs(value - 5) < 1e-5)).toBe(true);
  });

  test('sends the gradient through the values that it keeps, scaled alike', () => {
    const x = tf.ones([3, 8, 4]);
    const gradient = tf.grad((x) => train(layerAfter(2), x))(x);
    expect(valuesOf(gradient)).toEqual(valuesOf(train(layerAfter(2), x)));
  });

  test('draws the same noise for a step however far it is padded, and leaves padding 0', () => {
    const lengths = [5, 1, 0, 3];
    const run = (time: number, fill: number): tf.Tensor => {
      const { x, mask } = paddedBatch({ channels: 4, lengths, time, fill });
      return tf.slice(train(layerAfter(7), x, mask), [0, 0, 0], [-1, 5, -1]);
    };
    const expected = valuesOf(run(5, 0));
    expect(expected.some((value) => value !== 0)).toBe(true);
    for (const [time, fill] of [
      [9, NaN],
      [31, 1e30],
      [6, Infinity],
    ])
      // prettier-ignore
      expect(valuesOf(run(time, fill))).toEqual(expected);
  });

  test('draws anew at every call, for every seed and for every name, and the same again from the same start', () => {
    const x = tf.ones([4, 16, 4]);
    const layer = layerAfter(0);
    const draws = [
      ...Array.from({ length: 3 }, () => valuesOf(train(layer, x))),
      valuesOf(train(layerAfter(0, { seed: 6 }), x)),
      valuesOf(train(layerAfter(0, { name: 'other' }), x)),
    ];
    expect(new Set(draws.map((draw) => draw.join())).size).toBe(5);
    const again = layerAfter(0);
    for (const draw of draws.slice(0, 3)) expect(valuesOf(train(again, x))).toEqual(draw);
    expect(valuesOf(train(layerAfter(2), x))).toEqual(draws[2]);
  });

  test('keeps or drops whole recordings, whatever the padding, where that is its unit', () => {
    const layer = (): tf.layers.Layer => layerAfter(3, { unit: 'recording' });
    const rows = 1000;
    const y = tf.unstack(train(layer(), tf.fill([rows, 2, 3], 3))).map(valuesOf);
    for (const row of y) expect(new Set(row.map((value) => value.toFixed(4))).size).toBe(1);
    const dropped = y.filter(([value]) => value === 0).length;
    expect(Math.abs(dropped - 0.4 * rows)).toBeLessThan(5 * Math.sqrt(rows * 0.4 * 0.6));
    expect(y.every(([value]) => value === 0 || Math.abs(value - 5) < 1e-5)).toBe(true);
    const short = paddedBatch({ channels: 4, lengths: [5, 1, 0, 3], time: 5, fill: 0 });
    const long = paddedBatch({ channels: 4, lengths: [5, 1, 0, 3], time: 9, fill: NaN });
    const padded = tf.slice(train(layer(), long.x, long.mask), [0, 0, 0], [-1, 5, -1]);
    expect(valuesOf(padded)).toEqual(valuesOf(train(layer(), short.x, short.mask)));
    const x = tf.ones([8, 2, 4]);
    const gradient = tf.grad((x) => train(layer(), x))(x);
    expect(valuesOf(gradient)).toEqual(valuesOf(train(layer(), x)));
    expect(() => layerAfter(0, { unit: 'row' as never })).toThrow(
      'Layer "drop": unit is "row"; expected value or recording.',
    );
  });

  test('changes nothing in inference and with a rate of 0, and does not count those calls', () => {
    const { x, mask } = paddedBatch({ channels: 4, lengths: [3, 2], time: 4, fill: 0 });
    const layer = layerAfter(1);
    expect(valuesOf(layer.apply(x, { mask }) as tf.Tensor)).toEqual(valuesOf(x));
    const idle = layerAfter(1, { rate: 0 });
    expect(valuesOf(train(idle, x, mask))).toEqual(valuesOf(x));
    for (const { weights } of [layer, idle]) expect(valuesOf(weights[0].read())).toEqual([1]);
  });

  test('drops from `[batch, channels]` too', () => {
    const layer = layerAfter(0, { name: 'flat' });
    const y = train(layer, tf.ones([50, 40]));
    const kept = valuesOf(y).filter((value) => value !== 0);
    expect(Math.abs(kept.length - 1200)).toBeLessThan(5 * Math.sqrt(2000 * 0.4 * 0.6));
  });
});

test('a recorded training step draws anew at each run, what the steps draw that run one operation at a time', async () => {
  const { backend } = await loadEngine();
  await tf.setBackend(backend);
  if (backend !== 'tensorflow') return;
  const model = (): tf.LayersModel => {
    const values = tf.input({ shape: [null, 4] });
    const lengths = tf.input({ shape: [1], dtype: 'int32' });
    const masked = sequenceMask().apply([values, lengths]);
    const y = maskedDropout({ rate: 0.4, seed: 5, name: 'drop' }).apply(masked) as tf.SymbolicTensor;
    return tf.model({ inputs: [values, lengths], outputs: y });
  };
  const [recorded, eager] = [model(), model()];
  const x = tf.ones<tf.Rank.R3>([3, 6, 4]);
  const lengths = tf.tensor2d([6, 4, 2], [3, 1], 'int32');
  const run = (model: tf.LayersModel) => (inputs: Record<string, tf.Tensor>) => ({
    y: model.apply([inputs.x, inputs.lengths], { training: true }) as tf.Tensor,
  });
  const program = compile({
    state: recorded.weights.map((weight) => weight.read()).filter((value) => value instanceof tf.Variable),
    entries: {
      step: {
        inputs: { x: { shape: [3, 6, 4], dtype: 'float32' }, lengths: { shape: [3, 1], dtype: 'int32' } },
        run: run(recorded),
      },
    },
  });
  const draws = Array.from({ length: 4 }, () => valuesOf(program.run('step', { x, lengths }).y));
  expect(new Set(draws.map((draw) => draw.join())).size).toBe(4);
  for (const draw of draws) expect(valuesOf(run(eager)({ x, lengths }).y)).toEqual(draw);
  const [counter] = Object.values(program.readState());
  expect({ dtype: counter.dtype, calls: valuesOf(counter) }).toEqual({ dtype: 'int32', calls: [4] });
  program.dispose();
});

test('a mask that is none of its input, and rates without a meaning, are refused', () => {
  expect(() => maskedDropout({ rate: 1, name: 'drop' })).toThrow(
    'Layer "drop": rate is 1; expected 0 or more and below 1.',
  );
  const mask = maskFromLengths(tf.tensor1d([3], 'int32'), 4);
  expect(() => maskedDropout({ rate: 0.5, name: 'drop' }).apply(tf.ones([1, 5, 2]), { mask })).toThrow(
    'Layer "drop" got a mask of shape [1, 4] for an input of shape [1, 5, 2]',
  );
});
