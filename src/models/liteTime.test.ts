// LITE has the published size, and is the published network, row by row without padding, computed in NumPy; LITEMV likewise.
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { testWithPython } from '../../test/support/python.js';
import { loadEngine } from '../engine/index.js';
import { buildModel, modelCost } from './index.js';

beforeAll(() => loadEngine());

/** Trainable parameters without the output layer. */
function bodySize(options: object, channels: number): number {
  const model = buildModel({ name: 'lite-time', ...options }, { channels, classes: 2, seed: 1 });
  const { layers } = modelCost(model, 100);
  return layers.filter(({ name }) => name !== 'logits').reduce((sum, { parameters }) => sum + parameters, 0);
}

/** Two blocks of a separable convolution after a first one that is `width` wide. */
const separableBlocks = (width: number): number =>
  20 * width + width * 32 + 2 * 32 + (10 * 32 + 32 * 32 + 2 * 32);

test('LITE for one channel has the published 9,814 parameters without the output layer; fixed filters are none', () => {
  const width = 3 * 32 + 17;
  const first = (40 + 20 + 10) * 32 + 2 * width;
  expect(first + separableBlocks(width)).toBe(9814);
  expect(bodySize({}, 1)).toBe(9814);
});

test('LITEMV, for more than one channel, has separable convolutions and 17 fixed filters for each channel', () => {
  const width = 3 * 32 + 17 * 6;
  const first = (40 + 20 + 10) * 6 + 3 * 6 * 32 + 2 * width;
  expect(bodySize({}, 6)).toBe(first + separableBlocks(width));
  const shared = 3 * 32 + 17;
  const joint = (40 + 20 + 10) * 6 * 32 + 2 * shared;
  expect(bodySize({ multivariate: false }, 6)).toBe(joint + separableBlocks(shared));
});

test('networks of an ensemble have the same layers by other names, and start from other weights', () => {
  const context = { channels: 2, classes: 3, seed: 1 };
  const [one, two] = [1, 2].map((networks) =>
    buildModel({ name: 'lite-time', filters: 2, networks }, context),
  );
  expect(two.outputs.map(({ shape }) => shape)).toEqual([[null, 3], [null, 3]]); // prettier-ignore
  const names = one.layers.map(({ name }) => name).slice(3);
  expect(
    two.layers
      .map(({ name }) => name)
      .slice(3)
      .sort(),
  ).toEqual(['net1_', 'net2_'].flatMap((prefix) => names.map((name) => prefix + name)).sort());
  const kernel = (name: string) => Array.from(two.getLayer(name).getWeights()[0].dataSync());
  expect(kernel('net1_logits')).not.toEqual(kernel('net2_logits'));
});

test('sizes that no fixed filter has are refused', () => {
  expect(() =>
    buildModel({ name: 'lite-time', handCrafted: [2, 6] }, { channels: 1, classes: 2, seed: 1 }),
  ).toThrow('Model "lite-time": handCrafted.1: expected 2 or a multiple of 4, found 6.');
});

testWithPython.for([
  { channels: 1, multivariate: false },
  { channels: 3, multivariate: false },
  { channels: 3, multivariate: true },
])('gives the logits of the published network for each recording alone: %o', async (given, { python }) => {
  const { channels, multivariate } = given;
  const options = {
    filters: 3,
    kernelSizes: [8, 4, 2],
    separableKernelSizes: [4, 3],
    handCrafted: [2, 4, 8],
  };
  const choice = { name: 'lite-time', ...options, multivariate };
  const model = buildModel(choice, { channels, classes: 2, seed: 1 });
  // Statistics and scales as after training: of fresh ones some would not show in the output.
  model.setWeights(
    model.getWeights().map((weight, i) => {
      if (weight.rank !== 1) return weight;
      return tf.randomUniform(weight.shape, 0.5, 1.5, 'float32', i);
    }),
  );
  const weights = Object.fromEntries(
    model.layers.map((layer) => [layer.name, layer.getWeights().map((weight) => weight.arraySync())]),
  );
  const lengths = [11, 4, 1];
  const x = tf.randomNormal<tf.Rank.R3>([3, 11, channels], 0, 1, 'float32', 5);
  const rows = x.arraySync().map((row, i) => row.slice(0, lengths[i]));
  const expected = (await python(numpyNetwork, { rows, weights, multivariate })) as number[][];
  const logits = model.predict([x, tf.tensor2d(lengths, [3, 1], 'int32')]) as tf.Tensor2D;
  const difference = tf.max(tf.abs(tf.sub(logits, tf.tensor2d(expected)))).dataSync()[0];
  expect(difference).toBeLessThan(1e-4);
});

/** The networks of the two papers for recordings without padding, `[time, channels]`. */
const numpyNetwork = `
import numpy as np

def fixed_filters(sizes):
    rising = [np.where(np.arange(k) % 2 == 0, -1.0, 1.0) for k in sizes]
    falling = [np.where(np.arange(k) % 2 == 1, -1.0, 1.0) for k in sizes]
    peaks = []
    for k in sizes[1:]:
        left = np.linspace(0, 1, k // 4 + 1)[1:] ** 2
        right = left[::-1]
        peaks.append(np.concatenate([-left, -right, 2 * left, 2 * right, -left, -right]))
    return rising + falling + peaks

def main(data):
    weights = {name: [np.array(w) for w in ws] for name, ws in data["weights"].items()}

    def taps(x, count, dilation=1):
        extent = (count - 1) * dilation
        padded = np.pad(x, ((extent // 2, extent - extent // 2), (0, 0)))
        return [padded[k * dilation : k * dilation + len(x)] for k in range(count)]

    def conv(x, name):
        kernel = weights[name][0]
        return sum(tap @ w for tap, w in zip(taps(x, len(kernel)), kernel))

    def separable(x, name, dilation=1):
        kernel = weights[name + "_depthwise"][0]
        each = sum(tap * w[0] for tap, w in zip(taps(x, len(kernel), dilation), kernel))
        return conv(each, name + "_pointwise")

    def fixed(x):
        outputs = [sum(tap * w for tap, w in zip(taps(x, len(f)), f)) for f in fixed_filters([2, 4, 8])]
        if data["multivariate"]:
            return np.maximum(np.stack(outputs, 2).reshape(len(x), -1), 0)
        return np.maximum(np.stack([output.sum(1) for output in outputs], 1), 0)

    def normed(x, name):
        gamma, beta, mean, variance = weights[name + "_norm"]
        return np.maximum(gamma * (x - mean) / np.sqrt(variance + 1e-3) + beta, 0)

    def logits(x):
        first = separable if data["multivariate"] else conv
        branches = [first(x, f"block1_conv{i}") for i in (1, 2, 3)] + [fixed(x)]
        x = normed(np.concatenate(branches, 1), "block1")
        x = normed(separable(x, "block2", 2), "block2")
        x = normed(separable(x, "block3", 4), "block3")
        kernel, bias = weights["logits"]
        return x.mean(0) @ kernel + bias

    return [logits(np.array(row)).tolist() for row in data["rows"]]
`;
