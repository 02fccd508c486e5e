// Attention layers keep the masking contract, in every option that changes what is computed; they are what their formulas
// say; and what configs and users can do with them.
import tf from '#tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { deviation, goldenCases, input, lengthsOf, type GoldenCase } from '../../../test/support/golden.js';
import { testMaskingContract } from '../../../test/support/maskingContract.js';
import { loadEngine } from '../../engine/index.js';
import { buildModel, modelCost, registerAttention } from '../../models/index.js';
import { maskFromLengths } from '../mask.js';
import {
  applyAttention,
  attentions,
  bam1d,
  cbam1d,
  eca1d,
  gatherExcite1d,
  globalContext1d,
  localGate1d,
  maskedActivation,
  maskedGlobalPool1d,
  parameterMatchedGate1d,
  readGates,
  sequenceMask,
  simam1d,
  squeezeExcite1d,
  squeezeNames,
  temporalAttention1d,
  z,
} from '../index.js';

beforeAll(() => loadEngine());

const own = { seed: 1, name: 'attention' };
const variants = {
  ...Object.fromEntries(
    ([...squeezeNames, 'average+max-logits'] as const).map((squeeze) => [
      `squeeze-excite, ${squeeze}`,
      () => squeezeExcite1d({ ...own, hidden: 3, squeeze, gate: 'one-plus-tanh' }),
    ]),
  ),
  'squeeze-excite, hard-sigmoid': () =>
    squeezeExcite1d({ ...own, ratio: 2, gate: 'hard-sigmoid', bias: true }),
  'squeeze-excite, swish': () => squeezeExcite1d({ ...own, ratio: 2, activation: 'swish' }),
  eca: () => eca1d(own),
  'cbam with batch norm': () => cbam1d({ ...own, hidden: 3 }),
  'cbam with bias': () => cbam1d({ ...own, hidden: 3, normalize: false }),
  bam: () => bam1d({ ...own, hidden: 2 }),
  temporal: () => temporalAttention1d({ ...own, kernelSize: 3 }),
  'temporal with bias': () => temporalAttention1d({ ...own, normalize: false }),
  'gather-excite': () => gatherExcite1d(own),
  'gather-excite, averages of neighbours': () => gatherExcite1d({ ...own, extent: 2, hidden: 3 }),
  'gather-excite, convolutions with ReLU': () => gatherExcite1d({ ...own, extent: 4, parameters: true }),
  'global-context': () => globalContext1d({ ...own, hidden: 3 }),
  'global-context, scaling': () => globalContext1d({ ...own, hidden: 3, fusion: 'scale' }),
  'local-gate': () => localGate1d({ ...own, bias: true }),
  'local-gate with a bottleneck': () => localGate1d({ ...own, hidden: 3 }),
  simam: () => simam1d(own),
  'parameter-matched': () => parameterMatchedGate1d({ ...own, hidden: 3 }),
};

describe('each attention', () => {
  testMaskingContract(variants);
});

describe('each pooling', () => {
  testMaskingContract(
    Object.fromEntries(squeezeNames.map((pool) => [pool, () => maskedGlobalPool1d({ pool })])),
  );
});

test('the contract is tested for every attention', () => {
  const tested = new Set(Object.keys(variants).map((name) => name.split(/,| with/)[0]));
  expect([...tested].sort()).toEqual(Object.keys(attentions).sort());
});

/** What a layer makes of a case's `x`, with these weights. */
function outputOf(golden: GoldenCase, layer: tf.layers.Layer, weights: tf.Tensor[]): tf.Tensor {
  const x = input<tf.Rank.R3>(golden, 'x');
  layer.build(x.shape);
  layer.setWeights(weights);
  const mask = maskFromLengths(tf.reshape(lengthsOf(golden), [-1]), x.shape[1]);
  return layer.apply(x, { mask }) as tf.Tensor;
}

describe('worked numbers', () => {
  const named: Record<string, (typeof squeezeNames)[number]> = {
    ...{ avg: 'average', max: 'max', std: 'std', gem: 'gem', last: 'last' },
    ...{ avgmax_sum: 'average+max-sum', avgmax_concat: 'average+max-concat', uniform_attention: 'attentive' },
  };
  test.each(goldenCases('squeeze'))('$id', (golden) => {
    const pool = named[String(golden.params.squeeze)];
    const x = input<tf.Rank.R3>(golden, 'x');
    const layer = maskedGlobalPool1d({ pool });
    const mask = maskFromLengths(tf.reshape(lengthsOf(golden), [-1]), x.shape[1]);
    expect(deviation(layer.apply(x, { mask }) as tf.Tensor, golden.expected.y)).toBeLessThan(1);
  });

  const matrix = (golden: GoldenCase, name: string): tf.Tensor => tf.transpose(input(golden, name));
  const bottleneck = (golden: GoldenCase): tf.Tensor[] =>
    golden.params.bias === true
      ? [matrix(golden, 'W1'), input(golden, 'b1'), matrix(golden, 'W2'), input(golden, 'b2')]
      : [matrix(golden, 'W1'), matrix(golden, 'W2')];
  const hidden = (golden: GoldenCase): number => (golden.inputs.W1 as number[]).length;
  const gateOf = {
    sigmoid: 'sigmoid',
    hard_sigmoid: 'hard-sigmoid',
    one_plus_tanh: 'one-plus-tanh',
  } as const;
  const isOurs = ({ params }: GoldenCase): boolean => String(params.act) in gateOf;
  const optionsOf = (golden: GoldenCase) => ({
    hidden: hidden(golden),
    bias: golden.params.bias === true,
    gate: gateOf[golden.params.act as keyof typeof gateOf],
  });

  test.each([...goldenCases('gate', isOurs), ...goldenCases('worked', isOurs)])('$id', (golden) => {
    const layer = squeezeExcite1d(optionsOf(golden));
    const z = tf.reshape(input(golden, 'z'), [-1, (golden.inputs.W2 as number[]).length]);
    layer.build([null, null, z.shape[1] ?? 0]);
    layer.setWeights(bottleneck(golden));
    expect(deviation(layer.gateOf(z as tf.Tensor2D), golden.expected.gate)).toBeLessThan(1);
  });

  test.each(goldenCases('se_block', isOurs))('$id', (golden) => {
    const y = outputOf(golden, squeezeExcite1d(optionsOf(golden)), bottleneck(golden));
    expect(deviation(y, golden.expected.y)).toBeLessThan(1);
  });

  test.each(goldenCases('eca'))('$id', (golden) => {
    const kernel = tf.reshape(input(golden, 'w'), [3, 1, 1]);
    const y = outputOf(golden, eca1d({ kernelSize: 3 }), [kernel]);
    expect(deviation(y, golden.expected.y)).toBeLessThan(1);
  });

  test.each(goldenCases('cbam'))('$id', (golden) => {
    const weights = [
      ...bottleneck(golden),
      input(golden, 'kernel'),
      tf.reshape(input(golden, 'kernel_bias'), [1]),
    ];
    const y = outputOf(golden, cbam1d({ hidden: hidden(golden), normalize: false }), weights);
    expect(deviation(y, golden.expected.y)).toBeLessThan(1);
  });
});

describe('known identities', () => {
  const x = () => tf.randomNormal<tf.Rank.R3>([2, 5, 4], 0, 1, 'float32', 3);

  test.each(['sigmoid', 'hard-sigmoid', 'one-plus-tanh'] as const)(
    'squeeze and excitation gives the same before and after a ReLU for the same positive gate: %s',
    (gate) => {
      const layer = squeezeExcite1d({ ...own, hidden: 2, bias: true, gate });
      layer.build([2, 5, 4]);
      // With W₂ = 0 the gate is that of b₂ alone, of every channel another.
      const [reduction, reductionBias, expansion] = layer.getWeights();
      layer.setWeights([reduction, reductionBias, tf.zerosLike(expansion), tf.tensor1d([-2, -0.5, 1, 2.5])]);
      const mask = maskFromLengths(tf.tensor1d([5, 3], 'int32'), 5);
      const [attend, rectify] = [layer, maskedActivation({ activation: 'relu' })].map(
        (each) => (input: tf.Tensor) => each.apply(input, { mask }) as tf.Tensor,
      );
      const [before, after] = [rectify(attend(x())), attend(rectify(x()))].map((y) => y.arraySync());
      expect(before).toEqual(after);
      const gates = (layer.apply(tf.ones([1, 1, 4])) as tf.Tensor).dataSync();
      expect(new Set(gates).size).toBe(4);
    },
  );

  test('a mask of ones is no mask', () => {
    for (const make of Object.values(variants)) {
      const layer = make();
      layer.build([2, 5, 4]);
      const mask = maskFromLengths(tf.tensor1d([5, 5], 'int32'), 5);
      const [masked, unmasked] = [
        layer.apply(x(), { mask }),
        layer.apply(x(), { mask: null }),
      ] as tf.Tensor[];
      expect(tf.max(tf.abs(tf.sub(masked, unmasked))).dataSync()[0]).toBeLessThan(1e-6);
    }
  });

  test('a ratio beyond the channels is one hidden unit', () => {
    const [byRatio, byHidden] = [
      squeezeExcite1d({ ...own, ratio: 100 }),
      squeezeExcite1d({ ...own, hidden: 1 }),
    ];
    const outputs = [byRatio, byHidden].map((layer) => (layer.apply(x()) as tf.Tensor).arraySync());
    expect(byRatio.hiddenUnits(4)).toBe(1);
    expect(outputs[0]).toEqual(outputs[1]);
  });

  test('global gather-excite with a bottleneck is squeeze and excitation with biases', () => {
    const [a, b] = [
      gatherExcite1d({ ...own, hidden: 2 }),
      squeezeExcite1d({ ...own, hidden: 2, bias: true }),
    ];
    for (const layer of [a, b]) layer.build([2, 5, 4]);
    a.setWeights(b.getWeights());
    const [ya, yb] = [a, b].map((layer) => layer.apply(x()) as tf.Tensor);
    expect(tf.max(tf.abs(tf.sub(ya, yb))).dataSync()[0]).toBeLessThan(1e-6);
  });

  test('a block that starts as the identity lets everything through', () => {
    const gate = (options: object): number[] =>
      Array.from((squeezeExcite1d({ ...own, startAsIdentity: true, ...options }).apply(tf.ones([1, 2, 3])) as tf.Tensor).dataSync()); // prettier-ignore
    expect(gate({ gate: 'one-plus-tanh' })).toEqual([1, 1, 1, 1, 1, 1]);
    for (const value of gate({ gate: 'hard-sigmoid', bias: true })) expect(value).toBeCloseTo(0.9167, 4);
    for (const value of gate({ bias: true })) expect(value).toBeCloseTo(0.982, 3);
    expect(() => gate({})).toThrow('startAsIdentity: expected the gate one-plus-tanh or bias: true');
    const added = globalContext1d(own).apply(x()) as tf.Tensor;
    expect(Array.from(added.dataSync())).toEqual(Array.from(x().dataSync()));
  });

  test('gates of parameter-matched are the same for every recording, unlike those of squeeze and excitation', () => {
    const difference = (layer: tf.layers.Layer): number => {
      const [a, b] = tf.unstack(tf.div(layer.apply(x()) as tf.Tensor, x()));
      return tf.max(tf.abs(tf.sub(a, b))).dataSync()[0];
    };
    expect(difference(parameterMatchedGate1d({ ...own, hidden: 2 }))).toBeLessThan(1e-6);
    expect(difference(squeezeExcite1d({ ...own, hidden: 2 }))).toBeGreaterThan(1e-3);
  });
});

describe('readGates', () => {
  test('gives the gates of every attention layer by name, those that the model multiplied by', () => {
    const values = tf.input({ shape: [null, 4] });
    const lengths = tf.input({ shape: [1], dtype: 'int32' });
    const begun = sequenceMask().apply([values, lengths]) as tf.SymbolicTensor;
    const scaled = squeezeExcite1d({ name: 'channels', hidden: 2 }).apply(begun);
    const outputs = temporalAttention1d({ name: 'steps', normalize: false }).apply(
      scaled,
    ) as tf.SymbolicTensor;
    const model = tf.model({ inputs: [values, lengths], outputs });
    const x = tf.randomNormal([2, 3, 4], 1, 1, 'float32', 4);
    const batch = [x, tf.tensor2d([3, 1], [2, 1], 'int32')];
    const before = tf.memory().numTensors;
    const { channels, steps } = readGates(model, batch);
    expect(tf.memory().numTensors - before).toBe(2);
    expect([channels.channel.shape, steps.temporal.shape]).toEqual([[2, 4], [2, 3]]); // prettier-ignore
    const product = tf.mul(tf.mul(x, channels.channel.expandDims(1)), steps.temporal.expandDims(2));
    const output = model.predict(batch) as tf.Tensor;
    expect(tf.max(tf.abs(tf.sub(product, output))).dataSync()[0]).toBeLessThan(1e-5);
    expect(Array.from(steps.temporal.dataSync().slice(4))).toEqual([0, 0]);
  });

  test('tells the applications of one layer apart', () => {
    const input = tf.input({ shape: [3, 2] });
    const layer = squeezeExcite1d({ name: 'twice', hidden: 1 });
    const outputs = layer.apply(layer.apply(input)) as tf.SymbolicTensor;
    const model = tf.model({ inputs: input, outputs });
    const before = tf.memory().numTensors;
    const gates = readGates(model, tf.randomNormal([1, 3, 2], 0, 1, 'float32', 1));
    expect(Object.keys(gates)).toEqual(['twice', 'twice#2']);
    for (const { channel } of Object.values(gates)) channel.dispose();
    expect(tf.memory().numTensors - before).toBe(1);
  });

  test.each(Object.keys(attentions))('knows %s', (name) => {
    const model = buildModel(
      { name: 'fcn', filters: [4, 6, 4], attention: name },
      { channels: 2, classes: 2, seed: 1 },
    );
    const gates = readGates(model, [tf.ones([1, 3, 2]), tf.tensor2d([3], [1, 1], 'int32')]);
    expect(Object.keys(gates)).toEqual(['block1_attention', 'block2_attention']);
    for (const gate of Object.values(gates).flatMap((each) => Object.values(each))) {
      expect(Array.from(gate.dataSync()).every(Number.isFinite)).toBe(true);
    }
  });
});

describe('an attention of your own', () => {
  const half = {
    options: z.strictObject({ factor: z.number().default(2) }),
    build: ({ factor }: { factor: number }, { name }: { name: string }) =>
      localGate1d({ hidden: factor, name }),
  };

  test('is found by its name, with its options checked', () => {
    registerAttention('half-of-it', half);
    const build = (attention: string | { name: string; [option: string]: unknown }) =>
      buildModel({ name: 'fcn', filters: [2, 2, 2], attention }, { channels: 1, classes: 2, seed: 1 });
    expect(build('half-of-it').layers.map((layer) => layer.name)).toContain('block1_attention');
    expect(() => build({ name: 'half-of-it', facto: 2 })).toThrow(
      'Attention "half-of-it": facto: unknown key. Did you mean "factor"?',
    );
    delete attentions['half-of-it'];
  });

  test("does not replace one of masq's, and has a name that configs can hold", () => {
    expect(() => {
      registerAttention('eca', half);
    }).toThrow('The attention "eca" is masq\'s own; choose another name.');
    expect(() => {
      registerAttention('My Attention', half);
    }).toThrow('lower-case words joined by hyphens, found "My Attention"');
  });
});

test.each([
  [{ name: 'squeeze-excite', squeze: 'max' }, 'squeze: unknown key. Did you mean "squeeze"?'],
  [{ name: 'squeeze-excite', squeeze: 'avrage' }, 'found "avrage". Did you mean "average"?'],
  [{ name: 'squeeze-excite', ratio: 4, hidden: 2 }, 'hidden: expected ratio or hidden, found both.'],
  [{ name: 'eca', kernelSize: 4 }, 'kernelSize: expected an odd number, found 4.'],
  [{ name: 'gather-excite', parameters: true }, 'parameters: needs an extent of 2, 4 or 8'],
  [{ name: 'eca', placement: 'psot' }, 'placement is "psot"; expected one of standard, pre, post, identity. Did you mean "post"?'], // prettier-ignore
])('options that do not fit are refused: %j', (attention, message) => {
  expect(() => buildModel({ name: 'resnet', attention }, { channels: 1, classes: 2, seed: 1 })).toThrow(
    message,
  );
});

describe('placement', () => {
  const layersOf = (placement: string, name = 'resnet') =>
    buildModel(
      {
        name,
        filters: [4, 6],
        attention: { name: 'eca', placement },
        ...(name === 'fcn' ? { kernelSizes: [3, 3] } : {}),
      },
      { channels: 3, classes: 2, seed: 1 },
    ).layers.map((layer) => ({
      name: layer.name,
      inputs: layer.inboundNodes[0].inputTensors.map((tensor) => tensor.sourceLayer.name),
    }));
  const inputsOf = (layers: ReturnType<typeof layersOf>, name: string) =>
    layers.find((layer) => layer.name === name)?.inputs;

  test('is on the branch, before it, after the sum or on the shortcut', () => {
    const [standard, pre, post, identity] = ['standard', 'pre', 'post', 'identity'].map((each) =>
      layersOf(each),
    );
    expect(inputsOf(standard, 'block1_add')).toEqual(['block1_attention', 'block1_shortcut_norm']);
    expect(inputsOf(pre, 'block1_conv1')).toEqual(['block1_attention']);
    expect(inputsOf(pre, 'block1_shortcut')).toEqual(['mask']);
    expect(inputsOf(post, 'block1_attention')).toEqual(['block1_add']);
    expect(inputsOf(post, 'block2_conv1')).toEqual(['block1_attention']);
    expect(inputsOf(identity, 'block1_add')).toEqual(['block1_conv3_norm', 'block1_attention']);
  });

  test('is refused where a model has no such place, and never left out in silence', () => {
    expect(() => layersOf('post', 'fcn')).toThrow(
      'Model "fcn" has no place for attention with placement "post"; it has: standard, pre.',
    );
    expect(inputsOf(layersOf('pre', 'fcn'), 'block2_conv')).toEqual(['block2_attention']);
  });

  test('of none is none', () => {
    const x = tf.input({ shape: [null, 3] });
    expect(applyAttention(x, 'none', own)).toBe(x);
  });
});

test.each(Object.keys(attentions).filter((name) => 'ratio' in attentions[name].options.shape))(
  'the ratio of %s divides the channels that its place names, if it names any',
  (name) => {
    const shapes = (options: object, place: { ratioOf?: number } = {}) => {
      const layer = attentions[name].build(options, { ...own, ...place });
      layer.build([null, null, 48]);
      return layer.getWeights().map((weight) => weight.shape);
    };
    expect(shapes({ ratio: 4 }, { ratioOf: 8 })).toEqual(shapes({ hidden: 2 }));
    expect(shapes({ ratio: 4 })).toEqual(shapes({ hidden: 12 }));
    expect(shapes({ hidden: 3 }, { ratioOf: 8 })).toEqual(shapes({ hidden: 3 }));
  },
);

test('parameters are those that the catalogue states', () => {
  const [channels, hidden] = [32, 2];
  const parameters = (attention: string) => {
    const model = (choice: string) =>
      modelCost(
        buildModel({ name: 'fcn', filters: [channels], kernelSizes: [1], attention: choice }, { channels: 1, classes: 2, seed: 1 }), // prettier-ignore
        10,
      ).parameters;
    return model(attention) - model('none');
  };
  const norm = 2;
  expect(Object.fromEntries(Object.keys(attentions).map((name) => [name, parameters(name)]))).toEqual({
    'squeeze-excite': 2 * channels * hidden,
    eca: 3,
    cbam: 2 * channels * hidden + channels + hidden + 2 * 7 + norm,
    bam: 3 * channels * hidden + 6 * hidden ** 2 + 5 * hidden + 2 * channels + norm,
    temporal: 2 * 7 + norm,
    'gather-excite': 0,
    'global-context': 2 * channels * hidden + 2 * channels + 3 * hidden,
    'local-gate': channels ** 2,
    simam: 0,
    'parameter-matched': 2 * channels * hidden + channels,
  });
});
