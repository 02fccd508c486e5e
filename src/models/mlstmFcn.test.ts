// MLSTM-FCN has the published size but for the width that the LSTM reads, and is the published network without the
// dimension shuffle, row by row without padding, computed in NumPy.
import { beforeAll, expect, test } from 'vitest';
import { expectNumpyLogits } from '../../test/support/numpyNetworks.js';
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
  const options = { filters: [16, 32, 4], kernelSizes: [4, 3, 2], lstmUnits: 5 };
  const model = buildModel({ name: 'mlstm-fcn', ...options }, { channels: 2, classes: 3, seed: 1 });
  await expectNumpyLogits(python, model, network, [11, 4, 1]);
});

/** The network of https://github.com/titu1994/MLSTM-FCN, its LSTM over time. */
const network = `
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
        y = squeeze_excite(conv_norm(y, name + "_conv", relu), name + "_attention", relu, sigmoid)
    pooled = conv_norm(y, "block3_conv", relu).mean(0)
    return dense(np.concatenate([lstm(x), pooled]), "logits")
`;
