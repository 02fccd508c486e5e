// The layer is Keras's LSTM for each recording alone, and begins as it does there.
import tf from '#tfjs';
import { beforeAll, expect, test } from 'vitest';
import { testWithPython } from '../../test/support/python.js';
import { roundingDeviation } from '../../test/support/sequences.js';
import { loadEngine } from '../engine/index.js';
import { maskedLstm, maskFromLengths } from './index.js';

beforeAll(() => loadEngine());

const lengths = [6, 2, 1, 0];
const mask = () => maskFromLengths(tf.tensor1d(lengths, 'int32'), 9);

testWithPython("gives the last state of each recording from Keras's weights", async ({ python }) => {
  const layer = maskedLstm({ units: 5 });
  const x = tf.randomNormal<tf.Rank.R3>([4, 9, 3], 0, 1, 'float32', 1);
  layer.build(x.shape);
  const weights = layer.getWeights().map(({ shape }, i) => tf.randomNormal(shape, 0, 1, 'float32', 2 + i));
  layer.setWeights(weights);
  const rows = x.arraySync().map((steps, row) => steps.slice(0, lengths[row]));
  const given = { rows, weights: weights.map((weight) => weight.arraySync()) };
  const expected = (await python(lastStates, given)) as number[][];
  const actual = layer.apply(x, { mask: mask() }) as tf.Tensor;
  expect(roundingDeviation(actual, tf.tensor2d(expected))).toBeLessThan(1);
});

/** `get_weights()` of Keras: kernel, recurrent kernel, bias, each for the gates i, f, c, o. */
const lastStates = `
import numpy as np

def main(data):
    kernel, recurrent_kernel, bias = [np.array(weight) for weight in data["weights"]]
    units = len(recurrent_kernel)
    gate = lambda k: slice(k * units, (k + 1) * units)
    sigmoid = lambda z: 1 / (1 + np.exp(-z))

    def last_state(row):
        h = c = np.zeros(units)
        for step in row:
            z = [np.array(step) @ kernel[:, gate(k)] + h @ recurrent_kernel[:, gate(k)] + bias[gate(k)] for k in range(4)]
            c = sigmoid(z[1]) * c + sigmoid(z[0]) * np.tanh(z[2])
            h = sigmoid(z[3]) * np.tanh(c)
        return h.tolist()

    return [last_state(row) for row in data["rows"]]
`;

test('gives all states where asked, the last valid one among them, and passes the mask on', () => {
  const [last, all] = [false, true].map((returnSequences) => maskedLstm({ units: 2, returnSequences }));
  const x = tf.randomNormal<tf.Rank.R3>([4, 9, 3], 0, 1, 'float32', 1);
  for (const layer of [last, all]) layer.build(x.shape);
  all.setWeights(last.getWeights());
  const states = (all.apply(x, { mask: mask() }) as tf.Tensor3D).arraySync();
  const expected = (last.apply(x, { mask: mask() }) as tf.Tensor2D).arraySync();
  expect(lengths.slice(0, 3).map((length, row) => states[row][length - 1])).toEqual(expected.slice(0, 3));
  expect(all.computeMask(x, mask())[0].shape).toEqual([4, 9]);
  expect(last.computeMask(x, mask())).toEqual([null]);
  expect(all.computeOutputShape([null, null, 3])).toEqual([null, null, 2]);
  expect(last.computeOutputShape([null, null, 3])).toEqual([null, 2]);
});

test('begins with an orthogonal recurrent kernel and forgets hardly anything, the same for the same seed', () => {
  const begin = (seed: number, units = 3): tf.Tensor[] => {
    const layer = maskedLstm({ units, name: 'lstm', seed });
    layer.build([null, null, 2]);
    return layer.getWeights();
  };
  const [, large] = begin(1, 128);
  expect(roundingDeviation(tf.matMul(large, large, false, true), tf.eye(128))).toBeLessThan(1);
  const [, , bias] = begin(1);
  expect(Array.from(bias.dataSync())).toEqual([0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
  const values = (seed: number) => begin(seed).map((weight) => Array.from(weight.dataSync()));
  expect(values(1)).toEqual(values(1));
  expect(values(1).map((each, i) => each.join() === values(2)[i].join())).toEqual([false, false, true]);
});

test('refuses a width that is none', () => {
  expect(() => maskedLstm({ units: 0, name: 'lstm' })).toThrow(
    'Layer "lstm": units is 0; expected a positive integer.',
  );
});
