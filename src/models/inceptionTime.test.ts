// InceptionTime has the size of the authors' code, and is the authors' network, row by row without padding, computed in NumPy.
import { beforeAll, expect, test } from 'vitest';
import { expectNumpyLogits } from '../../test/support/numpyNetworks.js';
import { testWithPython } from '../../test/support/python.js';
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
    const options = { filters: 3, kernelSizes: [8, 4, 2], bottleneck: 4 };
    const model = buildModel({ name: 'inception-time', ...options }, { channels: 2, classes: 3, seed: 1 });
    await expectNumpyLogits(python, model, network, [11, 4, 1]);
  },
);

/** The network of https://github.com/hfawaz/InceptionTime. */
const network = `
def logits(x):
    residual = x
    for d in range(1, 7):
        narrow = conv(x, f"module{d}_bottleneck")
        branches = [conv(narrow, f"module{d}_conv{i}") for i in (1, 2, 3)]
        branches.append(conv(max_pool(x, 1), f"module{d}_pool_conv"))
        x = relu(norm(np.concatenate(branches, 1), f"module{d}_norm"))
        if d % 3 == 0:
            residual = x = relu(conv_norm(residual, f"shortcut{d // 3}") + x)
    return dense(x.mean(0), "logits")
`;
