// ConvNeXt has the size that the published layers come to in one dimension, the lengths of its stages, and is the network that
// NumPy computes row by row without padding.
import { beforeAll, expect, test } from 'vitest';
import { expectNumpyLogits } from '../../test/support/numpyNetworks.js';
import { testWithPython } from '../../test/support/python.js';
import { loadEngine } from '../engine/index.js';
import { buildModel, modelCost, type ModelChoice } from './index.js';

beforeAll(() => loadEngine());

const [widths, counts] = [[40, 80, 160, 320], [2, 2, 6, 2]]; // prettier-ignore

/** Parameters of the published layers with kernels of so many places. */
function published({
  inputs,
  classes,
  ...places
}: {
  inputs: number;
  classes: number;
  stem: number;
  depthwise: number;
  downsample: number;
}) {
  const norm = (width: number) => 2 * width;
  const block = (width: number) =>
    (places.depthwise * width + width) + norm(width) + (4 * width * width + 4 * width) + (4 * width * width + width) + width; // prettier-ignore
  const stages = widths.map((width, i) => counts[i] * block(width));
  const between = widths
    .slice(1)
    .map((width, i) => norm(widths[i]) + places.downsample * widths[i] * width + width);
  const ends = [
    places.stem * inputs * widths[0] + widths[0] + norm(widths[0]),
    norm(320) + 320 * classes + classes,
  ];
  return [...stages, ...between, ...ends].reduce((sum, count) => sum + count, 0);
}

const cost = (options: Omit<ModelChoice, 'name'>, time = 128) =>
  modelCost(buildModel({ ...options, name: 'convnext' }, { channels: 6, classes: 4, seed: 1 }), time);

test('ConvNeXt has the parameters of the published Atto, whose 3.70 million are those of its images', () => {
  expect(published({ inputs: 3, classes: 1000, stem: 16, depthwise: 49, downsample: 4 })).toBe(3_695_520);
  const expected = published({ inputs: 6, classes: 4, stem: 4, depthwise: 7, downsample: 2 });
  expect(cost({}).parameters).toBe(expected);
});

test('each stage has half the steps of the one before, and a recording never vanishes', () => {
  const steps = (time: number, options = {}) =>
    cost(options, time)
      .layers.filter(({ name }) => name.endsWith('_block1_add'))
      .map(({ outputShape }) => outputShape[0]);
  expect(steps(128)).toEqual([32, 16, 8, 4]);
  expect(steps(29)).toEqual([8, 4, 2, 1]);
  expect(steps(29, { stemStride: 1 })).toEqual([29, 15, 8, 4]);
  expect(steps(1)).toEqual([1, 1, 1, 1]);
});

test('a layer scale of 0 leaves the factors out, and attention stands before them', () => {
  const scales = ({ layers }: ReturnType<typeof cost>) =>
    layers.filter(({ kind }) => kind === 'MaskedLayerScale');
  expect(scales(cost({}))).toHaveLength(12);
  expect(scales(cost({ layerScale: 0 }))).toEqual([]);
  const names = cost({ attention: 'squeeze-excite' }).layers.map(({ name }) => name);
  const at = names.indexOf('stage1_block1_attention');
  expect(names.slice(at - 1, at + 2)).toEqual([
    'stage1_block1_project',
    'stage1_block1_attention',
    'stage1_block1_scale',
  ]);
});

test('filters without blocks are refused', () => {
  expect(() => cost({ blocks: [1] })).toThrow(
    'Model "convnext": filters: expected as many entries as blocks (1), found 4; give both.',
  );
});

testWithPython(
  'ConvNeXt gives the logits of the published network for each recording alone',
  async ({ python }) => {
    const options = { filters: [6, 8], blocks: [1, 2], stemKernelSize: 3, stemStride: 2, kernelSize: 5 };
    const model = buildModel({ name: 'convnext', ...options }, { channels: 2, classes: 3, seed: 1 });
    await expectNumpyLogits(python, model, network, [23, 10, 9, 1]);
  },
);

const network = `
def block(x, name):
    y = layer_norm(conv(x, name + '_depthwise', groups=x.shape[1]), name + '_norm', 1e-6)
    y = conv(gelu(conv(y, name + '_expand')), name + '_project')
    return x + weights[name + '_scale'][0] * y

def logits(x):
    x = block(layer_norm(conv(x, 'stem_conv', 2), 'stem_norm', 1e-6), 'stage1_block1')
    x = conv(layer_norm(x, 'stage2_downsample_norm', 1e-6), 'stage2_downsample_conv', 2)
    x = block(block(x, 'stage2_block1'), 'stage2_block2')
    return dense(layer_norm(x.mean(0), 'head_norm', 1e-6), 'logits')
`;
