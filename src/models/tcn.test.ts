// The TCN has the size of the authors' code, is its network, row by row without padding, computed in NumPy, and sees as far back
// as its formula says.
import tf from '#tfjs';
import { beforeAll, expect, test } from 'vitest';
import { expectNumpyLogits } from '../../test/support/numpyNetworks.js';
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
    await expectNumpyLogits(python, model, network, [19, 4, 1]);
  },
);

/** The network of https://github.com/locuslab/TCN. */
const network = `
def causal(x, name, dilation):
    v, g, bias = weights[name]
    kernel = v * (g / np.sqrt((v ** 2).sum((0, 1))))
    padded = np.pad(x, (((len(v) - 1) * dilation, 0), (0, 0)))
    return bias + sum(padded[k * dilation : k * dilation + len(x)] @ w for k, w in enumerate(kernel))

def logits(x):
    for level in (1, 2, 3):
        name, dilation = f"level{level}", 2 ** (level - 1)
        y = relu(causal(x, name + "_conv1", dilation))
        y = relu(causal(y, name + "_conv2", dilation))
        x = relu(y + (x if x.shape[1] == y.shape[1] else conv(x, name + "_shortcut")))
    return dense(x[-1], "logits")
`;
