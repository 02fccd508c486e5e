// The TCN has the size of the authors' code, is its network, row by row without padding, computed in NumPy, and sees as far back
// as its formula says.
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { testWithPython } from '../../test/support/python.js';
import { loadEngine } from '../engine/index.js';
import { buildModel, modelCost } from './index.js';

beforeAll(() => loadEngine());

test("TCN for sequential MNIST has the 66,910 parameters of the authors' code, published as 70K", () => {
  const convolution = (channels: number): number => 7 * channels * 25 + 25 + 25;
  const shortcut = 25 + 25;
  const expected = convolution(1) + shortcut + 15 * convolution(25) + (25 * 10 + 10);
  expect(expected).toBe(66_910);
  const model = buildModel({ name: 'tcn' }, { channels: 1, classes: 10, seed: 1 });
  expect(modelCost(model, 784).parameters).toBe(66_910);
});

test('TCN sees the last 1 + 2·(kernelSize - 1)·(2^depth - 1) steps and none before them', () => {
  const model = buildModel(
    { name: 'tcn', filters: 4, depth: 2, kernelSize: 3 },
    { channels: 1, classes: 2, seed: 1 },
  );
  const x = tf.randomNormal<tf.Rank.R3>([1, 20, 1], 0, 1, 'float32', 3);
  const lengths = tf.tensor2d([[18]], [1, 1], 'int32');
  const gradient = tf
    .grad((values) => tf.sum(model.apply([values, lengths]) as tf.Tensor))(x)
    .dataSync();
  const seen = Array.from(gradient.keys()).filter((t) => gradient[t] !== 0);
  expect(seen[0]).toBe(18 - (1 + 2 * 2 * 3));
  expect(seen.at(-1)).toBe(17);
});

testWithPython(
  "TCN gives the logits of the authors' network for each recording alone",
  async ({ python }) => {
    const options = { filters: 4, depth: 3, kernelSize: 3, dropout: 0.5 };
    const model = buildModel({ name: 'tcn', ...options }, { channels: 2, classes: 3, seed: 1 });
    // Lengths of filters and biases as after training.
    model.setWeights(
      model.getWeights().map((weight, i) => {
        if (weight.rank !== 1 || weight.dtype !== 'float32') return weight;
        return tf.randomUniform(weight.shape, 0.5, 1.5, 'float32', i);
      }),
    );
    const weights = Object.fromEntries(
      model.layers.map((layer) => [layer.name, layer.getWeights().map((weight) => weight.arraySync())]),
    );
    const lengths = [19, 4, 1];
    const x = tf.randomNormal<tf.Rank.R3>([3, 19, 2], 0, 1, 'float32', 5);
    const rows = x.arraySync().map((row, i) => row.slice(0, lengths[i]));
    const expected = (await python(numpyNetwork, { rows, weights })) as number[][];
    const logits = model.predict([x, tf.tensor2d(lengths, [3, 1], 'int32')]) as tf.Tensor2D;
    const difference = tf.max(tf.abs(tf.sub(logits, tf.tensor2d(expected)))).dataSync()[0];
    expect(difference).toBeLessThan(1e-4 * Math.max(...expected.flat().map(Math.abs)));
  },
);

/** The network of https://github.com/locuslab/TCN for recordings without padding, `[time, channels]`. */
const numpyNetwork = `
import numpy as np

def main(data):
    weights = {name: [np.array(w) for w in ws] for name, ws in data["weights"].items()}

    def conv(x, name, dilation):
        v, g, bias = weights[name]
        kernel = v * (g / np.sqrt((v ** 2).sum((0, 1))))
        padded = np.pad(x, (((len(v) - 1) * dilation, 0), (0, 0)))
        return bias + sum(padded[k * dilation : k * dilation + len(x)] @ w for k, w in enumerate(kernel))

    def logits(x):
        for level in (1, 2, 3):
            name, dilation = f"level{level}", 2 ** (level - 1)
            y = np.maximum(conv(x, name + "_conv1", dilation), 0)
            y = np.maximum(conv(y, name + "_conv2", dilation), 0)
            if x.shape[1] != y.shape[1]:
                kernel, bias = weights[name + "_shortcut"]
                x = x @ kernel[0] + bias
            x = np.maximum(x + y, 0)
        kernel, bias = weights["logits"]
        return x[-1] @ kernel + bias

    return [logits(np.array(row)).tolist() for row in data["rows"]]
`;
