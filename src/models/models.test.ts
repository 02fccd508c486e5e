// The models keep the masking contract as wholes, have the published sizes, and survive saving.
import tf from '#tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildSmall, channels, classes, drawRecordings, pad, small } from '../../test/support/smallModels.js';
import { trainableVariables } from '../../test/support/variables.js';
import { loadEngine } from '../engine/index.js';
import { placements } from '../layers/index.js';
import { buildModel, modelCost, models } from './index.js';
import { tolerance } from '../../test/support/devices.js';

beforeAll(() => loadEngine());

const build = (name: string, seed = 1) => buildSmall(name, { seed });

const fill = fc.constantFrom(0, -7, 3e38, NaN, Infinity, -Infinity);
const paddings = fc.record({
  lengths: fc.array(fc.nat(14), { minLength: 2, maxLength: 5 }),
  seed: fc.nat(1000),
  fills: fc.tuple(fill, fill),
  extra: fc.tuple(fc.nat(9), fc.nat(9)),
});

/** The largest `|a - b|` as a share of `1e-5 + 1e-5 · |b|`. */
function deviation(a: tf.Tensor, b: tf.Tensor): number {
  return tf.max(tf.div(tf.abs(tf.sub(a, b)), tf.mul(tolerance(1e-5), tf.add(1, tf.abs(b))))).dataSync()[0];
}

/** `‖a - b‖` as a share of `1e-4 · ‖b‖ + 1e-6`. */
function normDeviation(...tensors: [tf.Tensor, tf.Tensor]): number {
  // Dropout counts its calls in whole numbers.
  const [a, b] = tensors.map((tensor) => tf.cast(tensor, 'float32'));
  return tf.div(tf.norm(tf.sub(a, b)), tf.add(tf.mul(tolerance(1e-4), tf.norm(b)), 1e-6)).dataSync()[0];
}

/** Loss, gradients and moving statistics after one pass in training mode, which leaves the weights as they were. */
function trainOnce(model: tf.LayersModel, [values, lengths]: [tf.Tensor3D, tf.Tensor2D]): tf.Tensor[] {
  const before = model.getWeights().map((weight) => tf.clone(weight));
  const dy = tf.randomNormal([values.shape[0], classes], 0, 1, 'float32', 3);
  const variables = trainableVariables(model);
  const { value, grads } = tf.variableGrads(
    () => tf.sum<tf.Scalar>(tf.mul(model.apply([values, lengths], { training: true }) as tf.Tensor, dy)),
    variables,
  );
  // A norm takes no counters, which are int32.
  const moving = model.weights
    .filter((weight) => !weight.trainable)
    .map((weight) => tf.cast(weight.read(), 'float32'));
  const results = [value, ...variables.map((variable) => grads[variable.name]), ...moving];
  model.setWeights(before);
  return results;
}

describe.each(Object.keys(models))('%s', (name) => {
  test('gives the same logits whatever the padding holds, however long it is, and whatever else is in the batch', () => {
    const model = build(name);
    const predict = (inputs: [tf.Tensor3D, tf.Tensor2D]) => model.predict(inputs) as tf.Tensor;
    fc.assert(
      fc.property(paddings, ({ fills, extra, lengths, seed }) => {
        tf.tidy(() => {
          const recordings = drawRecordings(lengths, seed);
          const longest = Math.max(1, ...recordings.map((steps) => steps.length));
          const together = predict(pad(recordings, longest + extra[0], fills[0]));
          for (const [i, steps] of recordings.entries()) {
            const alone = predict(pad([steps], Math.max(1, steps.length) + extra[1], fills[1]));
            expect(deviation(alone, tf.slice(together, [i, 0], [1, -1]))).toBeLessThan(1);
          }
        });
      }),
      { numRuns: 12, seed: 2, endOnFailure: true },
    );
    model.dispose();
  });

  test('gives the same loss, gradients and statistics in training whatever the padding', () => {
    const model = build(name);
    // Networks that halve the time five times: a norm at their end would see one or two steps of the recordings drawn here, and divide
    // rounding by almost nothing. They get longer ones beside them, so that what is tested is the padding.
    const beside = ['mobilenet-v3', 'efficientnet'].includes(name) ? [120, 90, 150, 70, 110, 130] : [];
    fc.assert(
      fc.property(paddings, ({ fills, extra, lengths, seed }) => {
        tf.tidy(() => {
          const recordings = drawRecordings([...lengths, ...beside], seed);
          const longest = Math.max(1, ...recordings.map((steps) => steps.length));
          const [a, b] = fills.map((fill, i) => trainOnce(model, pad(recordings, longest + extra[i], fill)));
          for (const [i, tensor] of a.entries()) expect(normDeviation(tensor, b[i])).toBeLessThan(1);
        });
      }),
      { numRuns: 8, seed: 3, endOnFailure: true },
    );
    model.dispose();
  });

  test('has attention in each placement that it names, and refuses the others', () => {
    for (const placement of placements) {
      const attention = { name: 'squeeze-excite', ratio: 2, placement };
      const make = () => buildModel({ name, ...small[name], attention }, { channels, classes, seed: 1 });
      if (!models[name].placements.includes(placement)) {
        expect(make).toThrow(`Model "${name}" has no place for attention`);
        continue;
      }
      const kinds = make().layers.map((layer) => layer.getClassName());
      expect(kinds).toContain('SqueezeExcite1d');
    }
  });

  test('saves as a tfjs model that gives the same logits', async () => {
    const model = build(name);
    const inputs = pad([[[1, 2, 3]], [[1, 0, 0], [0, 1, 0]]], 4, NaN); // prettier-ignore
    let saved: tf.io.ModelArtifacts = {};
    await model.save(
      tf.io.withSaveHandler((artifacts) => {
        saved = artifacts;
        return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
      }),
    );
    const loaded = await tf.loadLayersModel({ load: () => Promise.resolve(saved) });
    const [expected, actual] = [model, loaded].map((each) => (each.predict(inputs) as tf.Tensor).dataSync());
    expect(actual).toEqual(expected);
  });

  test('starts from the same weights for the same seed, and from others for another', () => {
    const weights = (seed: number) =>
      build(name, seed)
        .getWeights()
        .map((weight) => Array.from(weight.dataSync()));
    expect(weights(1)).toEqual(weights(1));
    expect(weights(1)).not.toEqual(weights(2));
  });
});

test.each([
  { name: 'fcn', published: 264_704 },
  { name: 'resnet', published: 504_000 },
])(
  '$name with bias has the published $published parameters for one channel, without the output layer',
  ({ name, published }) => {
    const { layers } = modelCost(buildModel({ name, bias: true }, { channels: 1, classes: 2, seed: 1 }), 100);
    const body = layers.filter((layer) => layer.name !== 'logits');
    expect(body.reduce((sum, layer) => sum + layer.parameters, 0)).toBe(published);
  },
);

test('the cost of squeeze and excitation is counted: 2·C·hidden parameters, as many products, and C·L to scale', () => {
  const context = { channels: 1, classes: 2, seed: 1 };
  const attention = { name: 'squeeze-excite', ratio: 16 };
  const without = modelCost(buildModel({ name: 'fcn' }, context), 50);
  const cost = modelCost(buildModel({ name: 'fcn', attention }, context), 50);
  expect(cost.hidden).toEqual([8, 16]);
  expect(cost.parameters - without.parameters).toBe(2 * 128 * 8 + 2 * 256 * 16);
  expect(cost.macs - without.macs).toBe(2 * 128 * 8 + 2 * 256 * 16 + (128 + 256) * 50);
});

test('unknown names are refused with the nearest known one', () => {
  const context = { channels: 1, classes: 2, seed: 1 };
  expect(() => buildModel({ name: 'fnc' }, context)).toThrow('There is no model "fnc". Did you mean "fcn"?');
  expect(() => buildModel({ name: 'fcn', attention: 'squeeze-exite' }, context)).toThrow(
    'There is no attention "squeeze-exite". Did you mean "squeeze-excite"?',
  );
});

test('multiply-accumulates of a learned squeeze are counted, and the bottlenecks of every attention that has one', () => {
  const cost = (attention: object, pool = 'average') =>
    modelCost(
      buildModel(
        { name: 'fcn', pool, attention: { name: 'none', ...attention } },
        { channels: 1, classes: 2, seed: 1 },
      ),
      50,
    );
  const [plain, attentive] = ['average', 'attentive'].map((squeeze) =>
    cost({ name: 'squeeze-excite', squeeze }),
  );
  expect(attentive.macs - plain.macs).toBe(2 * 50 * (128 + 256));
  expect(cost({}, 'attentive').macs - cost({}).macs).toBe(2 * 50 * 128);
  for (const name of ['squeeze-excite', 'gather-excite', 'local-gate', 'parameter-matched']) {
    expect(cost({ name, ratio: 16 }).hidden).toEqual([8, 16]);
  }
  expect(cost({ name: 'local-gate' }).hidden).toEqual([]);
});

test('a batch of no steps has gradients', () => {
  for (const name of Object.keys(models)) {
    const model = build(name);
    const inputs = [tf.zeros([2, 0, channels]), tf.zeros([2, 1], 'int32')];
    const { grads } = tf.variableGrads(
      () => tf.sum(tf.square(model.apply(inputs, { training: true }) as tf.Tensor)),
      trainableVariables(model),
    );
    for (const gradient of Object.values(grads)) {
      expect(tf.all(tf.isFinite(gradient)).dataSync()[0], name).toBe(1);
    }
  }
});
