// InceptionTime has the size of the authors' code, and is the authors' network, row by row without padding, computed in NumPy.
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { testWithPython } from '../../test/support/python.js';
import { drawWeights } from '../../test/support/smallModels.js';
import { loadEngine } from '../engine/index.js';
import { buildModel, modelCost } from './index.js';

beforeAll(() => loadEngine());

test('InceptionTime for one channel has the 420,192 parameters of the published code, without the output layer', () => {
  const width = 4 * 32;
  const first = (40 + 20 + 10) * 32 + 32 + 2 * width;
  const later = width * 32 + (40 + 20 + 10) * 32 * 32 + width * 32 + 2 * width;
  const shortcuts = width + 2 * width + (width * width + 2 * width);
  expect(first + 5 * later + shortcuts).toBe(420_192);
  const { layers } = modelCost(
    buildModel({ name: 'inception-time' }, { channels: 1, classes: 2, seed: 1 }),
    100,
  );
  const body = layers.filter((layer) => layer.name !== 'logits');
  expect(body.reduce((sum, layer) => sum + layer.parameters, 0)).toBe(420_192);
});

test('InceptionTime narrows only where there is more than one channel, and not with a bottleneck of 0', () => {
  const bottlenecks = (channels: number, options = {}) =>
    buildModel({ name: 'inception-time', depth: 2, ...options }, { channels, classes: 2, seed: 1 })
      .layers.map((layer) => layer.name)
      .filter((name) => name.endsWith('_bottleneck'));
  expect(bottlenecks(1)).toEqual(['module2_bottleneck']);
  expect(bottlenecks(2)).toEqual(['module1_bottleneck', 'module2_bottleneck']);
  expect(bottlenecks(2, { bottleneck: 0 })).toEqual([]);
});

testWithPython(
  "InceptionTime gives the logits of the authors' network for each recording alone",
  async ({ python }) => {
    const [channels, classes, depth] = [2, 3, 6];
    const options = { filters: 3, kernelSizes: [8, 4, 2], bottleneck: 4 };
    const model = buildModel({ name: 'inception-time', ...options }, { channels, classes, seed: 1 });
    drawWeights(model);
    const named = Object.fromEntries(
      model.layers.map((layer) => [layer.name, layer.getWeights().map((weight) => weight.arraySync())]),
    );
    const lengths = [11, 4, 1];
    const x = tf.randomNormal<tf.Rank.R3>([3, 11, channels], 0, 1, 'float32', 5);
    const rows = x.arraySync().map((row, i) => row.slice(0, lengths[i]));
    const expected = (await python(numpyNetwork, { rows, weights: named, depth })) as number[][];
    const logits = model.predict([x, tf.tensor2d(lengths, [3, 1], 'int32')]) as tf.Tensor2D;
    const difference = tf.max(tf.abs(tf.sub(logits, tf.tensor2d(expected)))).dataSync()[0];
    expect(difference).toBeLessThan(1e-4);
  },
);

/** The network of https://github.com/hfawaz/InceptionTime for recordings without padding, `[time, channels]`. */
const numpyNetwork = `
import numpy as np

def main(data):
    weights = {name: [np.array(w) for w in ws] for name, ws in data["weights"].items()}

    def conv(x, name):
        kernel = weights[name][0]
        left = (len(kernel) - 1) // 2
        padded = np.pad(x, ((left, len(kernel) - 1 - left), (0, 0)))
        return sum(padded[k : k + len(x)] @ kernel[k] for k in range(len(kernel)))

    def norm(x, name):
        gamma, beta, mean, variance = weights[name]
        return gamma * (x - mean) / np.sqrt(variance + 1e-3) + beta

    def pool(x):
        padded = np.pad(x, ((1, 1), (0, 0)), constant_values=-np.inf)
        return np.maximum(np.maximum(padded[:-2], padded[1:-1]), padded[2:])

    def logits(x):
        residual = x
        for d in range(1, data["depth"] + 1):
            narrow = conv(x, f"module{d}_bottleneck") if x.shape[1] > 1 else x
            branches = [conv(narrow, f"module{d}_conv{i}") for i in (1, 2, 3)]
            branches.append(conv(pool(x), f"module{d}_pool_conv"))
            x = np.maximum(norm(np.concatenate(branches, 1), f"module{d}_norm"), 0)
            if d % 3 == 0:
                name = f"shortcut{d // 3}"
                x = np.maximum(norm(conv(residual, name), f"{name}_norm") + x, 0)
                residual = x
        kernel, bias = weights["logits"]
        return x.mean(0) @ kernel + bias

    return [logits(np.array(row)).tolist() for row in data["rows"]]
`;
