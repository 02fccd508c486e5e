// ConvTran has the size of the authors' code, and is the authors' network, row by row without padding, computed in NumPy.
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { testWithPython } from '../../test/support/python.js';
import { loadEngine } from '../engine/index.js';
import { buildModel, modelCost } from './index.js';

beforeAll(() => loadEngine());

test("ConvTran with biases has the authors' number of parameters for recordings of 100 steps", () => {
  const [channels, classes, steps, embedding, heads, hidden] = [6, 4, 100, 16, 8, 256];
  const filters = 4 * embedding;
  const temporal = 8 * filters + filters + 2 * filters;
  const spatial = channels * filters * embedding + embedding + 2 * embedding;
  const attention = 3 * embedding ** 2 + (2 * steps - 1) * heads + 2 * embedding;
  const feedForward = embedding * hidden + hidden + hidden * embedding + embedding;
  const norms = 2 * 2 * embedding;
  const output = embedding * classes + classes;
  const model = (options: object) =>
    buildModel({ name: 'conv-tran', maximumDistance: steps - 1, ...options }, { channels, classes, seed: 1 });
  const published = temporal + spatial + attention + feedForward + norms + output;
  expect(modelCost(model({ bias: true }), steps).parameters).toBe(published);
  expect(modelCost(model({}), steps).parameters).toBe(published - filters - embedding);
});

test('position codes can be left out, and heads must divide the embedding', () => {
  const names = (options: object) =>
    buildModel({ name: 'conv-tran', ...options }, { channels: 2, classes: 2, seed: 1 }).weights.map(
      ({ name }) => name,
    );
  expect(names({}).filter((name) => name.includes('distances'))).toHaveLength(1);
  expect(names({ relativePosition: 'none' }).filter((name) => name.includes('distances'))).toEqual([]);
  const layers = buildModel(
    { name: 'conv-tran', absolutePosition: 'none' },
    { channels: 2, classes: 2, seed: 1 },
  ).layers;
  expect(layers.filter(({ name }) => name.startsWith('position'))).toEqual([]);
  expect(() => names({ heads: 3 })).toThrow(
    'Model "conv-tran": heads: expected a divisor of embedding (16), found 3.',
  );
});

test('blocks of the transformer follow one another; the absolute position is added before the first', () => {
  const { layers } = buildModel({ name: 'conv-tran', depth: 2 }, { channels: 2, classes: 2, seed: 1 });
  const inputsOf = (name: string) =>
    layers
      .find((layer) => layer.name === name)
      ?.inboundNodes[0].inputTensors.map((tensor) => tensor.sourceLayer.name);
  expect(inputsOf('self_attention')).toEqual(['position_dropout']);
  expect(inputsOf('attention_add')).toEqual(['spatial_conv_norm', 'self_attention_norm']);
  expect(inputsOf('block2_self_attention')).toEqual(['feed_forward_norm']);
  expect(inputsOf('pool')).toEqual(['block2_feed_forward_norm']);
});

testWithPython(
  "ConvTran gives the logits of the authors' network for each recording alone",
  async ({ python }) => {
    const [channels, classes, heads] = [3, 4, 2];
    const options = { embedding: 6, kernelSize: 4, expansion: 2, heads, feedForward: 5, maximumDistance: 10 };
    const model = buildModel({ name: 'conv-tran', ...options, bias: true }, { channels, classes, seed: 1 });
    // Statistics, scales, biases and distances as after training: of fresh ones some would not show in the output.
    const weights = model.getWeights().map((weight, i) => {
      if (weight.dtype === 'int32' || (weight.rank > 1 && weight.shape[0] !== 21)) return weight;
      return tf.randomUniform(weight.shape, 0.5, 1.5, 'float32', i);
    });
    model.setWeights(weights);
    const named = Object.fromEntries(
      model.layers.map((layer) => [layer.name, layer.getWeights().map((weight) => weight.arraySync())]),
    );
    const lengths = [11, 4, 1];
    const x = tf.randomNormal<tf.Rank.R3>([3, 11, channels], 0, 1, 'float32', 5);
    const rows = x.arraySync().map((row, i) => row.slice(0, lengths[i]));
    const expected = (await python(numpyNetwork, { rows, weights: named, heads })) as number[][];
    const logits = model.predict([x, tf.tensor2d(lengths, [3, 1], 'int32')]) as tf.Tensor2D;
    const difference = tf.max(tf.abs(tf.sub(logits, tf.tensor2d(expected)))).dataSync()[0];
    expect(difference).toBeLessThan(1e-4);
  },
);

/**
 * The network of https://github.com/Navidfoumani/ConvTran for recordings without padding, `[time, channels]`, in
 * inference; its images `[filters, channels, time]` are here arrays of those axes.
 */
const numpyNetwork = `
import math
import numpy as np

def main(data):
    weights = {name: [np.array(w) for w in ws] for name, ws in data["weights"].items()}

    def norm(x, name):
        gamma, beta, mean, variance = (w.reshape(-1, *[1] * (x.ndim - 1)) for w in weights[name])
        return gamma * (x - mean) / np.sqrt(variance + 1e-3) + beta

    def layer_norm(x, name):
        gamma, beta = weights[name]
        centred = x - x.mean(-1, keepdims=True)
        return gamma * centred / np.sqrt((centred ** 2).mean(-1, keepdims=True) + 1e-5) + beta

    gelu = np.vectorize(lambda v: v * (1 + math.erf(v / math.sqrt(2))) / 2)

    def dense(x, name):
        kernel, bias = weights[name]
        return x @ kernel.reshape(kernel.shape[-2:]) + bias

    def embed(x):
        kernel, bias = weights["temporal_conv"]
        left = (len(kernel) - 1) // 2
        padded = np.pad(x, ((left, len(kernel) - 1 - left), (0, 0)))
        image = sum(np.einsum("tc,f->fct", padded[k : k + len(x)], kernel[k, 0]) for k in range(len(kernel)))
        image = gelu(norm(image + bias[:, None, None], "temporal_conv_norm"))
        kernel, bias = weights["spatial_conv"]
        # Rows of the kernel are the filters of the first channel, then those of the second.
        kernel = kernel[0].reshape(x.shape[1], image.shape[0], -1)
        narrow = np.einsum("fct,cfe->et", image, kernel) + bias[:, None]
        return gelu(norm(narrow, "spatial_conv_norm")).T

    def positions(time, width):
        frequencies = np.exp(np.arange(0, width, 2) * (-np.log(10000.0) / width))
        angles = np.arange(time)[:, None] * frequencies * (width / time)
        return np.stack([np.sin(angles), np.cos(angles)], -1).reshape(time, width)

    def attend(x):
        query, key, value, distances = weights["self_attention"]
        q, k, v = x @ query, x @ key, x @ value
        heads, steps = data["heads"], np.arange(len(x))
        width, parts = x.shape[1] // heads, []
        for h in range(heads):
            own = slice(h * width, (h + 1) * width)
            powers = np.exp(q[:, own] @ k[:, own].T * x.shape[1] ** -0.5)
            attention = powers / powers.sum(-1, keepdims=True)
            attention = attention + distances[steps[:, None] - steps[None, :] + len(distances) // 2, h]
            parts.append(attention @ v[:, own])
        return layer_norm(np.concatenate(parts, 1), "self_attention_norm")

    def logits(x):
        x = embed(x)
        x = layer_norm(x + attend(x + positions(*x.shape)), "attention_norm")
        hidden = np.maximum(dense(x, "feed_forward_hidden"), 0)
        x = layer_norm(x + dense(hidden, "feed_forward_output"), "feed_forward_norm")
        return dense(x.mean(0), "logits")

    return [logits(np.array(row)).tolist() for row in data["rows"]]
`;
