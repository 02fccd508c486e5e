// MLSTM-FCN has the published size but for the width that the LSTM reads, and is the published network without the
// dimension shuffle, row by row without padding, computed in NumPy.
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { testWithPython } from '../../test/support/python.js';
import { loadEngine } from '../engine/index.js';
import { buildModel, modelCost } from './index.js';

beforeAll(() => loadEngine());

test('MLSTM-FCN with bias has the parameters of the published code, where the LSTM reads the padded length instead of the channels', () => {
  const [channels, classes, units] = [12, 9, 8];
  // The authors' japanese_vowels_model.py: convolutions, batch norms, squeeze and excitation, LSTM, output layer.
  const convolutions = (8 * channels + 1) * 128 + (5 * 128 + 1) * 256 + (3 * 256 + 1) * 128;
  const published = (width: number): number =>
    convolutions +
    2 * 512 +
    2 * 128 * 8 +
    2 * 256 * 16 +
    4 * units * (width + units + 1) +
    (units + 128 + 1) * classes;
  const model = buildModel({ name: 'mlstm-fcn', bias: true }, { channels, classes, seed: 1 });
  expect(modelCost(model, 29).parameters).toBe(published(channels));
});

test('the cost of the LSTM is counted: 4·(C + U)·U products with the weights at each step, and 3·U of the gates', () => {
  const model = buildModel({ name: 'mlstm-fcn', lstmUnits: 16 }, { channels: 3, classes: 2, seed: 1 });
  const lstm = modelCost(model, 50).layers.find(({ name }) => name === 'lstm');
  expect(lstm).toMatchObject({ outputShape: [16], macs: 50 * (4 * (3 + 16) * 16 + 3 * 16) });
});

test('dropout reaches the state of the LSTM alone', () => {
  const model = buildModel({ name: 'mlstm-fcn', filters: [4, 4, 4] }, { channels: 2, classes: 2, seed: 1 });
  const dropouts = model.layers.filter((layer) => layer.getClassName() === 'MaskedDropout');
  expect(dropouts.map((layer) => layer.getConfig().rate)).toEqual([0.8]);
  expect(dropouts[0].inboundNodes[0].inputTensors[0].sourceLayer.name).toBe('lstm');
});

testWithPython('MLSTM-FCN gives the logits of the network for each recording alone', async ({ python }) => {
  const [channels, classes] = [2, 3];
  const options = { filters: [16, 32, 4], kernelSizes: [4, 3, 2], lstmUnits: 5 };
  const model = buildModel({ name: 'mlstm-fcn', ...options }, { channels, classes, seed: 1 });
  // Statistics and scales as after training: of fresh ones some would not show in the output.
  const weights = model.getWeights().map((weight, i) => {
    if (weight.rank !== 1 || weight.dtype !== 'float32') return weight;
    return tf.randomUniform(weight.shape, 0.5, 1.5, 'float32', i);
  });
  model.setWeights(weights);
  const named = Object.fromEntries(
    model.layers.map((layer) => [layer.name, layer.getWeights().map((weight) => weight.arraySync())]),
  );
  const lengths = [11, 4, 1];
  const x = tf.randomNormal<tf.Rank.R3>([3, 11, channels], 0, 1, 'float32', 5);
  const rows = x.arraySync().map((row, i) => row.slice(0, lengths[i]));
  const expected = (await python(numpyNetwork, { rows, weights: named })) as number[][];
  const logits = model.predict([x, tf.tensor2d(lengths, [3, 1], 'int32')]) as tf.Tensor2D;
  const difference = tf.max(tf.abs(tf.sub(logits, tf.tensor2d(expected)))).dataSync()[0];
  expect(difference).toBeLessThan(1e-4);
});

/** The network of https://github.com/titu1994/MLSTM-FCN, its LSTM over time, for recordings `[time, channels]`. */
const numpyNetwork = `
import numpy as np

def main(data):
    weights = {name: [np.array(w) for w in ws] for name, ws in data["weights"].items()}
    sigmoid = lambda z: 1 / (1 + np.exp(-z))

    def block(x, name):
        kernel = weights[f"{name}_conv"][0]
        left = (len(kernel) - 1) // 2
        padded = np.pad(x, ((left, len(kernel) - 1 - left), (0, 0)))
        y = sum(padded[k : k + len(x)] @ kernel[k] for k in range(len(kernel)))
        gamma, beta, mean, variance = weights[f"{name}_conv_norm"]
        return np.maximum(gamma * (y - mean) / np.sqrt(variance + 1e-3) + beta, 0)

    def squeeze_excite(x, name):
        reduction, expansion = weights[name]
        return x * sigmoid(np.maximum(x.mean(0) @ reduction, 0) @ expansion)

    def lstm(x):
        kernel, recurrent_kernel, bias = weights["lstm"]
        h = c = np.zeros(len(recurrent_kernel))
        for step in x:
            i, f, g, o = np.split(step @ kernel + h @ recurrent_kernel + bias, 4)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
        return h

    def logits(x):
        y = x
        for name in ("block1", "block2"):
            y = squeeze_excite(block(y, name), f"{name}_attention")
        kernel, bias = weights["logits"]
        return np.concatenate([lstm(x), block(y, "block3").mean(0)]) @ kernel + bias

    return [logits(np.array(row)).tolist() for row in data["rows"]]
`;
