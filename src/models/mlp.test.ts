// The multilayer perceptron is the published network on recordings of the length that it wants, and on others after linear
// interpolation, computed in NumPy.
import { beforeAll, expect, test } from 'vitest';
import { expectNumpyLogits } from '../../test/support/numpyNetworks.js';
import { testWithPython } from '../../test/support/python.js';
import { loadEngine } from '../engine/index.js';
import { buildModel, modelCost } from './index.js';

beforeAll(() => loadEngine());

const context = { channels: 2, classes: 3, seed: 1 };

test('the perceptron has three dense layers of 500 units on all values of 128 steps', () => {
  const { parameters } = modelCost(buildModel({ name: 'mlp' }, context), 90);
  expect(parameters).toBe((128 * 2 + 1) * 500 + 2 * 501 * 500 + 501 * 3);
});

test('the perceptron refuses attention, for which it has no place, and dropout of another number of layers', () => {
  expect(() => buildModel({ name: 'mlp', attention: 'squeeze-excite' }, context)).toThrow(
    'Model "mlp" has no place for attention, found "squeeze-excite"; expected none.',
  );
  expect(() => buildModel({ name: 'mlp', units: [10] }, context)).toThrow(
    'Model "mlp": dropout: expected one entry more than units (1), found 4; give both.',
  );
});

testWithPython(
  'the perceptron gives the logits of the published network for each recording',
  async ({ python }) => {
    const model = buildModel({ name: 'mlp', length: 8, units: [7, 6, 5] }, context);
    await expectNumpyLogits(python, model, network, [8, 11, 3, 1]);
  },
);

/** Recordings of 8 steps are taken as they are. */
const network = `
def logits(x):
    if len(x) != 8:
        x = np.stack([np.interp(np.linspace(0, len(x) - 1, 8), np.arange(len(x)), c) for c in x.T], 1)
    y = x.ravel()
    for name in ("dense1", "dense2", "dense3"):
        y = relu(dense(y, name))
    return dense(y, "logits")
`;
