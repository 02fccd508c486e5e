// ConvTran has the size of the authors' code, and is the authors' network, row by row without padding, computed in NumPy.
import { beforeAll, expect, test } from 'vitest';
import { expectNumpyLogits } from '../../test/support/numpyNetworks.js';
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
    'Model "conv-tran": heads: expected a divisor of embedding (16), found 3; give both.',
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
    const options = { embedding: 6, kernelSize: 4, expansion: 2, feedForward: 5, maximumDistance: 10 };
    const choice = { name: 'conv-tran', heads: 2, ...options, bias: true };
    const model = buildModel(choice, { channels: 3, classes: 4, seed: 1 });
    await expectNumpyLogits(python, model, network, [11, 4, 1]);
  },
);

/** The network of https://github.com/Navidfoumani/ConvTran; its images `[filters, channels, time]` are `[time, channels, filters]`. */
const network = `
heads = 2

def embed(x):
    # Every channel is convolved with all temporal filters; the spatial ones then read all channels at once.
    image = np.stack([conv(channel[:, None], "temporal_conv") for channel in x.T], 1)
    image = gelu(norm(image, "temporal_conv_norm"))
    # Rows of the kernel are the filters of the first channel, then those of the second.
    return conv_norm(image.reshape(len(x), -1), "spatial_conv", gelu)

def positions(time, width):
    frequencies = np.exp(np.arange(0, width, 2) * (-np.log(10000.0) / width))
    angles = np.arange(time)[:, None] * frequencies * (width / time)
    return np.stack([np.sin(angles), np.cos(angles)], -1).reshape(time, width)

def attend(x):
    query, key, value, distances = weights["self_attention"]
    q, k, v = x @ query, x @ key, x @ value
    steps = np.arange(len(x))
    width, parts = x.shape[1] // heads, []
    for h in range(heads):
        own = slice(h * width, (h + 1) * width)
        powers = np.exp(q[:, own] @ k[:, own].T * x.shape[1] ** -0.5)
        attention = powers / powers.sum(-1, keepdims=True)
        attention = attention + distances[steps[:, None] - steps[None, :] + len(distances) // 2, h]
        parts.append(attention @ v[:, own])
    return layer_norm(np.concatenate(parts, 1), "self_attention_norm", 1e-5)

def logits(x):
    x = embed(x)
    x = layer_norm(x + attend(x + positions(*x.shape)), "attention_norm", 1e-5)
    hidden = relu(conv(x, "feed_forward_hidden"))
    x = layer_norm(x + conv(hidden, "feed_forward_output"), "feed_forward_norm", 1e-5)
    return dense(x.mean(0), "logits")
`;
