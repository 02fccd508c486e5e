// EfficientNet has the published size, scales as published, places attention, and is the network that NumPy computes row by
// row without padding.
import { beforeAll, describe, expect, test } from 'vitest';
import { imageParameters } from '../../test/support/imageParameters.js';
import { expectNumpyLogits } from '../../test/support/numpyNetworks.js';
import { testWithPython } from '../../test/support/python.js';
import { loadEngine } from '../engine/index.js';
import { buildModel, modelCost } from './index.js';

beforeAll(() => loadEngine());

const images = { channels: 3, classes: 1000, seed: 1 };

test('EfficientNet-B0 has the published 5,288,548 parameters with square kernels, its bottlenecks a quarter of what comes into a block', () => {
  const model = buildModel({ name: 'efficientnet' }, images);
  expect(imageParameters(model)).toBe(5_288_548);
  expect(modelCost(model, 100).hidden).toEqual([8, 4, 6, 6, 10, 10, 20, 20, 20, 28, 28, 28, 48, 48, 48, 48]);
});

test.each([
  { network: 'B1', width: 1, depth: 1.1, published: 7_794_184 },
  { network: 'B2', width: 1.1, depth: 1.2, published: 9_109_994 },
])(
  'width $width and depth $depth make EfficientNet-$network of $published parameters',
  ({ width, depth, published }) => {
    expect(imageParameters(buildModel({ name: 'efficientnet', width, depth }, images))).toBe(published);
  },
);

describe('attention', () => {
  const small = {
    ...{ filters: [4, 6], blocks: [1, 2], expansions: [1, 2], kernelSizes: [3, 3], strides: [1, 2] },
    ...{ name: 'efficientnet', stemFilters: 8, stochasticDepth: 0 },
  };
  const inputsOf = (placement: string, options: object = {}) => {
    const choice = { ...small, ...options, attention: { name: 'eca', placement } };
    const { layers } = buildModel(choice, { channels: 1, classes: 2, seed: 1 });
    const inputs = layers.map((layer) => [
      layer.name,
      layer.inboundNodes[0].inputTensors.map((tensor) => tensor.sourceLayer.name),
    ]);
    return Object.fromEntries(inputs) as Record<string, string[] | undefined>;
  };

  test('stands after the depthwise convolution, before the block, after it, or on the shortcut of a block that has one', () => {
    const [standard, pre, post, identity] = ['standard', 'pre', 'post', 'identity'].map((each) =>
      inputsOf(each),
    );
    expect(standard.stage1_block1_project).toEqual(['stage1_block1_attention']);
    expect(standard.stage2_block2_attention).toEqual(['stage2_block2_depthwise_norm']);
    expect(pre.stage2_block2_expand).toEqual(['stage2_block2_attention']);
    expect(pre.stage2_block2_add).toEqual(['stage2_block2_project_norm', 'stage2_block1_project_norm']);
    expect(post.stage2_block1_expand).toEqual(['stage1_block1_attention']);
    expect(post.head_conv).toEqual(['stage2_block2_attention']);
    expect(identity.stage2_block2_add).toEqual(['stage2_block2_project_norm', 'stage2_block2_attention']);
    expect(identity.stage2_block1_attention).toBeUndefined();
  });

  test('on shortcuts is refused where no block has one', () => {
    expect(() => inputsOf('identity', { blocks: [1, 1] })).toThrow(
      'Model "efficientnet" has no place for attention with placement "identity"; it has: standard, pre, post.',
    );
  });
});

test('blocks with a shortcut are left out the more often the later they come, up to nearly the rate', () => {
  const { layers } = buildModel({ name: 'efficientnet', width: 0.25 }, images);
  const rates = layers
    .filter(({ name }) => name.endsWith('_drop'))
    .map((layer) => [layer.name, layer.getConfig().rate, layer.getConfig().unit]);
  expect(rates[0]).toEqual(['stage2_block2_drop', 0.2 * (2 / 16), 'recording']);
  expect(rates.at(-1)).toEqual(['stage6_block4_drop', 0.2 * (14 / 16), 'recording']);
  expect(rates).toHaveLength(9);
});

testWithPython(
  'EfficientNet gives the logits of the published network for each recording alone',
  async ({ python }) => {
    const model = buildModel({ name: 'efficientnet', width: 0.25 }, { channels: 2, classes: 3, seed: 1 });
    await expectNumpyLogits(python, model, network, [70, 29, 9, 1]);
  },
);

const network = `
def logits(x):
    x = conv_norm(x, 'stem_conv', swish, 2)
    for stage, (blocks, stride) in enumerate([(1, 1), (2, 2), (2, 2), (3, 2), (3, 1), (4, 2), (1, 1)]):
        for block in range(blocks):
            name = f'stage{stage + 1}_block{block + 1}'
            x = inverted_residual(x, name, swish, stride if block == 0 else 1, swish, sigmoid)
    return dense(conv_norm(x, 'head_conv', swish).mean(0), 'logits')
`;
