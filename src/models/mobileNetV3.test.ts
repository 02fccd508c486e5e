// MobileNetV3 has the published size but for the width of its bottlenecks, and is the network that NumPy computes row by
// row without padding.
import { beforeAll, expect, test } from 'vitest';
import { imageParameters } from '../../test/support/imageParameters.js';
import { expectNumpyLogits } from '../../test/support/numpyNetworks.js';
import { testWithPython } from '../../test/support/python.js';
import { loadEngine } from '../engine/index.js';
import { buildModel, modelCost } from './index.js';

beforeAll(() => loadEngine());

const variants = ['large', 'small'] as const;
const images = { channels: 3, classes: 1000, seed: 1 };

/** Channels of the blocks with squeeze and excitation, and units that the published code gives them, multiples of 8. */
const squeezed = {
  large: [[72, 24], [120, 32], [120, 32], [480, 120], [672, 168], [672, 168], [960, 240], [960, 240]],
  small: [[16, 8], [96, 24], [240, 64], [240, 64], [120, 32], [144, 40], [288, 72], [576, 144], [576, 144]],
}; // prettier-ignore

test.each([
  { variant: 'large', published: 5_483_032 },
  { variant: 'small', published: 2_542_856 },
] as const)(
  'MobileNetV3 $variant has the $published parameters of torchvision with square kernels, but for the bottlenecks, which are a quarter exactly',
  ({ variant, published }) => {
    const model = buildModel({ name: 'mobilenet-v3', variant }, images);
    const hidden = squeezed[variant].map(([channels]) => channels / 4);
    expect(modelCost(model, 100).hidden).toEqual(hidden);
    const missing = squeezed[variant].reduce(
      (sum, [channels, units], i) => sum + (units - hidden[i]) * (2 * channels + 1),
      0,
    );
    expect(imageParameters(model) + missing).toBe(published);
  },
);

test('the width multiplies all channels, rounded to multiples of 8 and never below nine tenths', () => {
  const { layers } = modelCost(buildModel({ name: 'mobilenet-v3', width: 0.75 }, images), 100);
  const channelsOf = (name: string) => layers.find((layer) => layer.name === name)?.outputShape.at(-1);
  // 12 and 18 are rounded to the nearest, half a step up; 30 too, and 54 would not be 48, which is less than 48.6.
  expect(
    ['stem_conv', 'block2_project', 'block4_project', 'block3_expand', 'head_dense'].map(channelsOf),
  ).toEqual(
    [16, 24, 32, 56, 960], // prettier-ignore
  );
});

test.each([
  [0.5, [1, 1, 2, 2, 1, 2]],
  [2, [2, 4, 6, 8, 4, 6]],
])('the depth %d repeats the last block of each stage or leaves blocks out', (depth, expected) => {
  const { layers } = modelCost(buildModel({ name: 'mobilenet-v3', depth }, images), 320);
  const projections = layers.filter(({ name }) => name.endsWith('_project'));
  const counts = [16, 24, 40, 80, 112, 160].map(
    (channels) => projections.filter(({ outputShape }) => outputShape[1] === channels).length,
  );
  expect(counts).toEqual(expected);
  expect(projections.at(-1)?.outputShape).toEqual([10, 160]);
});

test('strides and kernel sizes stand for those of the tables', () => {
  const options = { variant: 'small', strides: [1, 2, 1, 1, 2], kernelSizes: [5, 9], attention: 'none' };
  const { layers } = modelCost(buildModel({ name: 'mobilenet-v3', ...options }, images), 100);
  const steps = layers
    .filter(({ name }) => name.endsWith('_depthwise'))
    .map(({ outputShape }) => outputShape[0]);
  expect(steps).toEqual([50, 50, 50, 50, 50, 50, 50, 50, 25, 25, 25]);
  const perChannel = layers
    .filter(({ name }) => name.endsWith('_depthwise'))
    .map(({ parameters, outputShape }) => parameters / outputShape[1]);
  expect(perChannel).toEqual([5, 5, 5, 9, 9, 9, 9, 9, 9, 9, 9]);
});

testWithPython.for(variants)(
  'MobileNetV3 %s gives the logits of the published network for each recording alone',
  async (variant, { python }) => {
    const model = buildModel(
      { name: 'mobilenet-v3', variant, width: 0.2 },
      { channels: 2, classes: 3, seed: 1 },
    );
    await expectNumpyLogits(python, model, networks[variant], [70, 29, 9, 1]);
  },
);

const network = (blocks: string) => `
blocks = ${blocks}

def logits(x):
    x = conv_norm(x, 'stem_conv', hard_swish, 2)
    for i, (activation, stride) in enumerate(blocks):
        x = inverted_residual(x, f'block{i + 1}', activation, stride, relu, hard_sigmoid)
    x = conv_norm(x, 'head_conv', hard_swish).mean(0)
    return dense(hard_swish(dense(x, 'head_dense')), 'logits')
`;

const networks = {
  large: network(
    '[(relu, 1), (relu, 2), (relu, 1), (relu, 2), (relu, 1), (relu, 1), (hard_swish, 2)] + 5 * [(hard_swish, 1)]' +
      ' + [(hard_swish, 2), (hard_swish, 1), (hard_swish, 1)]',
  ),
  small: network(
    '[(relu, 2), (relu, 2), (relu, 1), (hard_swish, 2)] + 4 * [(hard_swish, 1)]' +
      ' + [(hard_swish, 2), (hard_swish, 1), (hard_swish, 1)]',
  ),
};
