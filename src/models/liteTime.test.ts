// LITE has the published size, and is the published network, row by row without padding, computed in NumPy; LITEMV likewise.
import { beforeAll, expect, test } from 'vitest';
import { expectNumpyLogits } from '../../test/support/numpyNetworks.js';
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
  const flag = multivariate ? 'True' : 'False';
  await expectNumpyLogits(python, model, `multivariate = ${flag}\n${network}`, [11, 4, 1]);
});

/** The networks of the two papers. */
const network = `
def fixed_filters(sizes):
    rising = [np.where(np.arange(k) % 2 == 0, -1.0, 1.0) for k in sizes]
    falling = [np.where(np.arange(k) % 2 == 1, -1.0, 1.0) for k in sizes]
    peaks = []
    for k in sizes[1:]:
        left = np.linspace(0, 1, k // 4 + 1)[1:] ** 2
        right = left[::-1]
        peaks.append(np.concatenate([-left, -right, 2 * left, 2 * right, -left, -right]))
    return rising + falling + peaks

def fixed(x):
    # Channel by channel, the outputs of a channel side by side.
    outputs = []
    for channel in x.T:
        for filter in fixed_filters([2, 4, 8]):
            padded = np.pad(channel, ((len(filter) - 1) // 2, len(filter)))
            outputs.append([padded[t : t + len(filter)] @ filter for t in range(len(x))])
    outputs = np.array(outputs).T
    if not multivariate:
        outputs = outputs.reshape(len(x), x.shape[1], -1).sum(1)
    return relu(outputs)

def separable(x, name, dilation=1):
    each = conv(x, name + "_depthwise", groups=x.shape[1], dilation=dilation)
    return conv(each, name + "_pointwise")

def logits(x):
    first = separable if multivariate else conv
    branches = [first(x, f"block1_conv{i}") for i in (1, 2, 3)] + [fixed(x)]
    x = relu(norm(np.concatenate(branches, 1), "block1_norm"))
    x = relu(norm(separable(x, "block2", 2), "block2_norm"))
    x = relu(norm(separable(x, "block3", 4), "block3_norm"))
    return dense(x.mean(0), "logits")
`;
