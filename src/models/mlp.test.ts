// The multilayer perceptron is the published network on recordings of the length that it wants, and on others after linear
// interpolation, computed in NumPy.
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { testWithPython } from '../../test/support/python.js';
import { loadEngine } from '../engine/index.js';
import { buildModel, modelCost } from './index.js';

beforeAll(() => loadEngine());

const context = { channels: 2, classes: 3, seed: 1 };

test('the perceptron has three dense layers of 500 units on all values of 128 steps', () => {
  const { parameters } = modelCost(buildModel({ name: 'mlp' }, context), 90);
  expect(parameters).toBe((128 * 2 + 1) * 500 + 2 * 501 * 500 + 501 * 3);
});

test('the perceptron refuses attention, for which it has no place, and dropout of another number of layers', () => {
  expect(() => buildModel({ name: 'mlp', attention: 'squeeze-excite' }, context)).toThrow(
    'Model "mlp" has no place for attention, found "squeeze-excite"; expected none.',
  );
  expect(() => buildModel({ name: 'mlp', units: [10] }, context)).toThrow(
    'Model "mlp": dropout: expected one entry more than units (1), found 4.',
  );
});

testWithPython(
  'the perceptron gives the logits of the published network for each recording',
  async ({ python }) => {
    const model = buildModel({ name: 'mlp', length: 8, units: [7, 6, 5] }, context);
    const weights = Object.fromEntries(
      model.layers.map((layer) => [layer.name, layer.getWeights().map((weight) => weight.arraySync())]),
    );
    const lengths = [8, 11, 3, 1];
    const x = tf.randomNormal<tf.Rank.R3>([4, 11, 2], 0, 1, 'float32', 5);
    const rows = x.arraySync().map((row, i) => row.slice(0, lengths[i]));
    const expected = (await python(numpyNetwork, { rows, weights })) as number[][];
    const logits = model.predict([x, tf.tensor2d(lengths, [4, 1], 'int32')]) as tf.Tensor2D;
    const difference = tf.max(tf.abs(tf.sub(logits, tf.tensor2d(expected)))).dataSync()[0];
    expect(difference).toBeLessThan(1e-5);
  },
);

/** The network for recordings without padding, `[time, channels]`; those of 8 steps are taken as they are. */
const numpyNetwork = `
import numpy as np

def main(data):
    weights = {name: [np.array(w) for w in ws] for name, ws in data["weights"].items()}

    def logits(x):
        if len(x) != 8:
            x = np.stack([np.interp(np.linspace(0, len(x) - 1, 8), np.arange(len(x)), c) for c in x.T], 1)
        y = x.ravel()
        for name in ("dense1", "dense2", "dense3"):
            kernel, bias = weights[name]
            y = np.maximum(y @ kernel + bias, 0)
        kernel, bias = weights["logits"]
        return y @ kernel + bias

    return [logits(np.array(row)).tolist() for row in data["rows"]]
`;
