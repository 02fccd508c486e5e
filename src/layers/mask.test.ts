// Masks that are lost, stray or broken are refused; padding of any kind changes nothing.
import tf from '#tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { testMaskingContract } from '../../test/support/maskingContract.js';
import { loadEngine } from '../engine/index.js';
import {
  handCraftedFilters1d,
  maskedActivation,
  maskedAdd,
  maskedBatchNorm,
  maskedChannelwiseConv1d,
  maskedConv1d,
  maskedDropout,
  maskedGlobalPool1d,
  maskedLstm,
  maskedLayerNorm,
  maskedLayerScale,
  maskedMergeSteps,
  maskedMaxPool1d,
  maskedSelfAttention,
  maskedResample1d,
  maskFromLengths,
  sequenceMask,
  squeezeExcite1d,
  timeAbsolutePosition,
} from './index.js';

beforeAll(() => loadEngine());

function maskedValues(): { inputs: tf.SymbolicTensor[]; x: tf.SymbolicTensor } {
  const values = tf.input({ shape: [null, 3] });
  const lengths = tf.input({ shape: [1], dtype: 'int32' });
  return { inputs: [values, lengths], x: sequenceMask().apply([values, lengths]) as tf.SymbolicTensor };
}

const stockConvolution = (name: string) =>
  tf.layers.conv1d({ filters: 3, kernelSize: 3, padding: 'same', name });

describe('a mask that does not arrive', () => {
  test('is an error at build that names the stock layer that dropped it', () => {
    const { x } = maskedValues();
    const y = stockConvolution('stock').apply(x);
    expect(() => maskedGlobalPool1d({ name: 'pool' }).apply(y)).toThrow(
      'Layer "pool" would see padding: the layer "stock" before it does not pass the mask on.',
    );
  });

  test('is found however many layers ago it was dropped', () => {
    const { x } = maskedValues();
    const y = tf.layers.activation({ activation: 'relu' }).apply(stockConvolution('culprit').apply(x));
    expect(() => maskedConv1d({ filters: 2, kernelSize: 3 }).apply(y)).toThrow('the layer "culprit"');
  });

  test('is an error after a stock merge layer, whose mask has the wrong rank', () => {
    const { x } = maskedValues();
    const y = tf.layers.add({ name: 'sum' }).apply([x, x]);
    expect(() => maskedBatchNorm().apply(y)).toThrow('the layer "sum"');
  });

  test('is an error after a nested model, which hands no mask out', () => {
    const inner = maskedValues();
    const output = maskedConv1d({ filters: 3, kernelSize: 3 }).apply(inner.x) as tf.SymbolicTensor;
    const backbone = tf.model({ inputs: inner.inputs, outputs: output, name: 'backbone' });
    const y = backbone.apply(maskedValues().inputs);
    expect(() => maskedGlobalPool1d().apply(y as tf.SymbolicTensor)).toThrow('the layer "backbone"');
  });

  test('is accepted by a layer that was told that no mask is meant', () => {
    const { inputs, x } = maskedValues();
    const y = maskedGlobalPool1d({ unmasked: true }).apply(stockConvolution('any').apply(x));
    const model = tf.model({ inputs, outputs: y as tf.SymbolicTensor });
    const output = model.predict([tf.ones([1, 4, 3]), tf.tensor2d([2], [1, 1], 'int32')]) as tf.Tensor;
    expect(output.shape).toEqual([1, 3]);
  });

  test('of another length is an error when the model runs, which names the layer before', () => {
    const { inputs, x } = maskedValues();
    const y = maskedConv1d({ filters: 2, kernelSize: 3, name: 'next' }).apply(
      new Halve({ name: 'halve' }).apply(x),
    );
    const model = tf.model({ inputs, outputs: y as tf.SymbolicTensor });
    expect(() => model.predict([tf.ones([1, 4, 3]), tf.tensor2d([2], [1, 1], 'int32')])).toThrow(
      'Layer "next" got a mask of shape [1, 4] for an input of shape [1, 2, 3]: the layer "halve" before it',
    );
  });
});

/** Claims to support masks, but halves the time axis and passes the old mask on. */
class Halve extends tf.layers.Layer {
  static readonly className = 'Halve';
  constructor(args: { name: string }) {
    super(args);
    this.supportsMasking = true;
  }
  override computeOutputShape([batch, , channels]: tf.Shape): tf.Shape {
    return [batch, null, channels];
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x] = Array.isArray(inputs) ? inputs : [inputs];
    return tf.slice(x, [0, 0, 0], [-1, (x.shape[1] ?? 0) / 2, -1]);
  }
}

test('a mask that belongs to another branch is refused, not taken for the own one', () => {
  const { inputs, x } = maskedValues();
  const other = tf.input({ shape: [4, 3] });
  const branch = maskedConv1d({ filters: 3, kernelSize: 1, name: 'branch' }).apply(
    other,
  ) as tf.SymbolicTensor;
  const pooled = [branch, x].map(
    (z, i) => maskedGlobalPool1d({ name: `pool${i}` }).apply(z) as tf.SymbolicTensor,
  );
  const model = tf.model({
    inputs: [...inputs, other],
    outputs: tf.layers.add().apply(pooled) as tf.SymbolicTensor,
  });
  expect(() =>
    model.predict([tf.ones([1, 4, 3]), tf.tensor2d([2], [1, 1], 'int32'), tf.ones([1, 4, 3])]),
  ).toThrow('Layer "branch" got a mask, but nothing before it in its model makes one');
});

test('a mask that a layer has ended stays away from the layers that follow, whatever tfjs hands on', () => {
  const { inputs, x } = maskedValues();
  const every = maskedConv1d({ filters: 3, kernelSize: 1, unmasked: true, kernelInitializer: 'ones' }).apply(
    x,
  );
  const model = tf.model({ inputs, outputs: maskedGlobalPool1d().apply(every) as tf.SymbolicTensor });
  const pooled = model.predict([tf.ones([1, 4, 3]), tf.tensor2d([2], [1, 1], 'int32')]) as tf.Tensor;
  // Two steps of 3 and two of 0.
  expect(Array.from(pooled.dataSync())).toEqual([1.5, 1.5, 1.5]);
});

test('a mask with a gap is refused with row and step', () => {
  const mask = tf.tensor2d([1, 1, 0, 1, 0, 1], [2, 3], 'bool');
  expect(() => maskedGlobalPool1d({ name: 'pool' }).apply(tf.ones([2, 3, 1]), { mask })).toThrow(
    'Layer "pool" got a mask with a gap: in row 1, step 2 is valid after a padded step.',
  );
});

test('branches whose masks begin in different places cannot be added', () => {
  const branches = [maskedValues().x, maskedValues().x];
  expect(() => maskedAdd({ name: 'sum' }).apply(branches)).toThrow(
    'Layer "sum" is applied to tensors whose masks differ',
  );
});

test('outside a model, the mask of one call is found by the next layer, as long as no stock layer stands between', () => {
  const x = tf.tensor3d([1, 2, 9, 9], [1, 4, 1]);
  const mask = maskFromLengths(tf.tensor1d([2], 'int32'), 4);
  const shifted = maskedAdd().apply([x, x], { mask }) as tf.Tensor;
  const pooled = maskedGlobalPool1d().apply(shifted) as tf.Tensor;
  expect(Array.from(pooled.dataSync())).toEqual([3]);
  const unmasked = maskedGlobalPool1d().apply(x, { mask: null }) as tf.Tensor;
  expect(Array.from(unmasked.dataSync())).toEqual([5.25]);
  const begun = sequenceMask().apply([x, tf.tensor1d([1], 'int32')]) as tf.Tensor;
  expect(Array.from((maskedGlobalPool1d({ pool: 'max' }).apply(begun) as tf.Tensor).dataSync())).toEqual([1]);
});

test('an argument that a layer does not have is refused by name', () => {
  const misspelt = { filters: 2, kernelSize: 1, stride: 2, name: 'conv' };
  expect(() => maskedConv1d(misspelt)).toThrow('Layer "conv" has no argument "stride".');
});

test('an activation that no layer has is refused', () => {
  const misspelt = JSON.parse('{ "activation": "rely", "name": "norm" }') as { activation: 'relu' };
  const message = 'Layer "norm": activation is "rely"; expected one of linear, relu, elu';
  expect(() => maskedActivation(misspelt)).toThrow(message);
  expect(() => maskedBatchNorm(misspelt)).toThrow(message);
  expect(() => maskedAdd(misspelt)).toThrow(message);
});

test('a sum is that of all branches, with the ReLU after the last', () => {
  const branches = [[1, -2, 5], [-3, 3, 5], [1, 1, 5]].map((steps) => tf.tensor3d(steps, [1, 3, 1])); // prettier-ignore
  const mask = maskFromLengths(tf.tensor1d([2], 'int32'), 3);
  const sum = (activation: 'linear' | 'relu') =>
    Array.from((maskedAdd({ activation }).apply(branches, { mask }) as tf.Tensor).dataSync());
  expect(sum('linear')).toEqual([-1, 2, 0]);
  expect(sum('relu')).toEqual([0, 2, 0]);
  expect(maskedAdd({ activation: 'relu' }).getConfig()).toMatchObject({ activation: 'relu' });
});

test('an activation also follows a layer that gives units, where there is no mask', () => {
  const units = tf.tensor2d([[-4, -3, -1.5, 0, 1.5, 3, 4]]);
  const y = maskedActivation({ activation: 'hard-swish' }).apply(units) as tf.Tensor;
  expect(Array.from(y.dataSync())).toEqual([-0, -0, -0.375, 0, 1.125, 3, 4]);
});

describe('each layer', () => {
  // Weights that bring no unit of the bottleneck so near to where its ReLU begins that differences step over it.
  const awayFromCorners = { seed: 1, name: 'se' };
  const layers = {
    conv1d: () => maskedConv1d({ filters: 4, kernelSize: 3 }),
    'conv1d with stride': () => maskedConv1d({ filters: 4, kernelSize: 4, strides: 2 }),
    'conv1d, causal': () => maskedConv1d({ filters: 4, kernelSize: 3, padding: 'causal', dilationRate: 2 }),
    'conv1d in groups': () => maskedConv1d({ filters: 4, kernelSize: 3, groups: 2 }),
    'conv1d, depthwise': () => maskedConv1d({ filters: 8, kernelSize: 3, groups: 4, strides: 2 }),
    'conv1d without padding': () =>
      maskedConv1d({ filters: 4, kernelSize: 3, padding: 'valid', dilationRate: 2 }),
    'conv1d, depthwise and dilated': () =>
      maskedConv1d({ filters: 4, kernelSize: 4, groups: 4, dilationRate: 2 }),
    'conv1d with weight norm and gelu': () =>
      maskedConv1d({ filters: 4, kernelSize: 3, weightNorm: true, activation: 'gelu' }),
    'hand-crafted filters with ReLU': () => handCraftedFilters1d({ sizes: [2, 4] }),
    'hand-crafted filters with ReLU, depthwise': () =>
      handCraftedFilters1d({ sizes: [2, 4], depthwise: true }),
    add: () => maskedAdd(),
    activation: () => maskedActivation({ activation: 'swish' }),
    'add with swish': () => maskedAdd({ activation: 'swish' }),
    'add with ReLU': () => maskedAdd({ activation: 'relu' }),
    batchNorm: () => maskedBatchNorm(),
    'batchNorm with ReLU': () => maskedBatchNorm({ activation: 'relu' }),
    'batchNorm with gelu': () => maskedBatchNorm({ activation: 'gelu' }),
    resample: () => maskedResample1d({ steps: 7 }),
    dropout: () => maskedDropout({ rate: 0.3, seed: 1, name: 'drop' }),
    'average pool': () => maskedGlobalPool1d(),
    'max pool over windows': () => maskedMaxPool1d({ poolSize: 3, strides: 1, padding: 'same' }),
    'max pool over windows, with stride': () =>
      maskedMaxPool1d({ poolSize: 3, strides: 2, padding: 'causal' }),
    'max pool over windows without padding': () => maskedMaxPool1d(),
    'max pool': () => maskedGlobalPool1d({ pool: 'max' }),
    lstm: () => maskedLstm({ units: 3 }),
    'lstm, all states': () => maskedLstm({ units: 3, returnSequences: true }),
    'convolution of each channel': () => maskedChannelwiseConv1d({ filters: 3, kernelSize: 4 }),
    'steps side by side': () => maskedMergeSteps({ steps: 2 }),
    layerNorm: () => maskedLayerNorm(),
    'layer scale': () => maskedLayerScale({ initial: 0.5 }),
    'self-attention': () => maskedSelfAttention({ heads: 2, seed: 1, name: 'attention' }),
    'self-attention with distances': () =>
      maskedSelfAttention({ heads: 2, maximumDistance: 3, seed: 1, name: 'attention' }),
    'absolute position': () => timeAbsolutePosition(),
    'absolute position for a maximum length': () => timeAbsolutePosition({ maximumLength: 4 }),
    'squeeze-excite': () => squeezeExcite1d({ ratio: 2, bias: true, ...awayFromCorners }),
    'squeeze-excite, max': () => squeezeExcite1d({ hidden: 2, squeeze: 'max', ...awayFromCorners }),
  };

  testMaskingContract(layers);
});
