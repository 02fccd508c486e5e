// SE-ResNeXt has the published structure and size, and is the network that NumPy computes row by row without padding.
import { beforeAll, describe, expect, test } from 'vitest';
import { expectNumpyLogits } from '../../test/support/numpyNetworks.js';
import { testWithPython } from '../../test/support/python.js';
import { loadEngine } from '../engine/index.js';
import { buildModel, modelCost } from './index.js';

beforeAll(() => loadEngine());

/** Parameters of SE-ResNeXt-50 (32×4d) for 3 channels and 1000 classes whose kernels read so many values of a channel. */
function publishedParameters({ stem, grouped }: { stem: number; grouped: number }): number {
  const stages = [3, 4, 6, 3].map((blocks, stage) => ({ blocks, width: 128 * 2 ** stage }));
  let [sum, inputs] = [stem * 3 * 64 + 2 * 64, 64];
  for (const { blocks, width } of stages) {
    const outputs = 2 * width;
    sum += inputs * outputs + 2 * outputs;
    for (let i = 0; i < blocks; i++) {
      const convolutions = inputs * width + grouped * (width / 32) * width + width * outputs;
      const squeezeExcite = 2 * outputs * (outputs / 16) + outputs / 16 + outputs;
      sum += convolutions + 2 * (width + width + outputs) + squeezeExcite;
      inputs = outputs;
    }
  }
  return sum + inputs * 1000 + 1000;
}

test('SE-ResNeXt-50 has 27.6 million parameters with kernels of 7×7 and 3×3, and those of 7 and 3 steps in one dimension', () => {
  expect(publishedParameters({ stem: 7 * 7, grouped: 3 * 3 })).toBe(27_559_896);
  const { parameters } = modelCost(
    buildModel({ name: 'se-resnext' }, { channels: 3, classes: 1000, seed: 1 }),
    100,
  );
  expect(parameters).toBe(publishedParameters({ stem: 7, grouped: 3 }));
  expect(parameters).toBe(26_608_728);
});

describe('the steps that are left', () => {
  const stepsOf = (time: number, options: object) => {
    const model = buildModel(
      { name: 'se-resnext', blocks: [1, 1, 1, 1], ...options },
      { channels: 2, classes: 2, seed: 1 },
    );
    const { layers } = modelCost(model, time);
    return layers.filter(({ name }) => /pool$|_add$/.test(name)).map(({ outputShape }) => outputShape[0]);
  };

  test('are halved five times as published, down to one of a short recording', () => {
    expect(stepsOf(224, {}).slice(0, -1)).toEqual([56, 56, 28, 14, 7]);
    expect(stepsOf(29, {}).slice(0, -1)).toEqual([8, 8, 4, 2, 1]);
  });

  test('are as many as the options of stem and stages say', () => {
    expect(stepsOf(29, { stemStride: 1, stemPool: false }).slice(0, -1)).toEqual([29, 15, 8, 4]);
    expect(stepsOf(29, { strides: [1, 1, 3, 1] }).slice(0, -1)).toEqual([8, 8, 8, 3, 3]);
  });
});

test.each([
  [{ cardinality: 24 }, 'filters: expected multiples of cardinality (24), found 128, 256, 512, 1024'],
  [{ filters: [32, 64] }, 'filters: expected as many entries as blocks (4), found 2'],
  [{ strides: [1, 2, 2] }, 'strides: expected as many entries as blocks (4), found 3'],
])('options that do not fit are refused: %j', (options, message) => {
  expect(() => buildModel({ name: 'se-resnext', ...options }, { channels: 1, classes: 2, seed: 1 })).toThrow(
    message,
  );
});

testWithPython(
  'SE-ResNeXt gives the logits of the published network for each recording alone',
  async ({ python }) => {
    const options = {
      blocks: [2, 1, 2],
      filters: [8, 12, 16],
      strides: [1, 2, 2],
      cardinality: 4,
      stemFilters: 6,
    };
    const model = buildModel({ name: 'se-resnext', ...options }, { channels: 2, classes: 3, seed: 1 });
    await expectNumpyLogits(python, model, network, [70, 29, 9, 1]);
  },
);

const network = `
def logits(x):
    x = max_pool(conv_norm(x, 'stem_conv', relu, 2), 2)
    for stage, blocks in enumerate([2, 1, 2]):
        for block in range(blocks):
            name = f'stage{stage + 1}_block{block + 1}'
            stride = 2 if stage > 0 and block == 0 else 1
            y = conv_norm(x, name + '_conv1', relu)
            y = conv_norm(y, name + '_conv2', relu, stride, 4)
            y = squeeze_excite(conv_norm(y, name + '_conv3'), name + '_attention', relu, sigmoid)
            x = relu(y + (conv_norm(x, name + '_shortcut', stride=stride) if block == 0 else x))
    return dense(x.mean(0), 'logits')
`;
