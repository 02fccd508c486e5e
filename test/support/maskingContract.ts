// The masking contract as tests that every masked layer passes: whatever stands in the padding and however long it is, and
// whatever else is in the batch, the valid steps are the same, forward and backward.
import tf from '#tfjs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile, type Entry } from '../../src/engine/index.js';
import { maskedActivation, maskedGlobalPool1d } from '../../src/layers/index.js';
import { maskFromLengths } from '../../src/layers/mask.js';
import { paddedBatch } from './sequences.js';
import { trainableVariables } from './variables.js';
import { tolerance } from './devices.js';

/**
 * Layers of 4 input channels by name; names with "ReLU" have corners where differences tell no gradient, names with "dropout"
 * give something else at each call.
 */
export type LayerMakers = Readonly<Record<string, () => tf.layers.Layer>>;

/** What a layer is applied to: a sum, to two branches. */
function inputsOf(layer: tf.layers.Layer, x: tf.Tensor): tf.Tensor | tf.Tensor[] {
  return layer.getClassName() === 'MaskedAdd' ? [x, tf.mul(x, -0.5)] : x;
}

/** Builds a layer and moves its trainable weights away from where they begin, since a 0 would hide what it multiplies. */
function buildAndMove(layer: tf.layers.Layer, shape: number[]): void {
  layer.build(shape);
  for (const [i, variable] of trainableVariables(layer).entries()) {
    tf.tidy(() => {
      variable.assign(tf.add(variable, tf.randomNormal(variable.shape, 0, 0.3, 'float32', 40 + i)));
    });
  }
}

/** Declares the tests for each of the layers. */
export function testMaskingContract(layers: LayerMakers): void {
  test.each(Object.entries(layers))('%s survives getConfig and comes back the same', (_, make) => {
    const layer = make();
    const { className, config } = { className: layer.getClassName(), config: layer.getConfig() };
    const [constructor, fromConfig] = tf.serialization.SerializationMap.getMap().classNameMap[className];
    const copy = fromConfig(constructor, JSON.parse(JSON.stringify(config)) as tf.serialization.ConfigDict);
    expect(copy.getConfig()).toEqual(config);
  });

  // Differences tell no gradient where a ReLU begins, nor that of noise; these are tested where they are at home.
  const smooth = Object.entries(layers).filter(([name]) => !/ReLU|dropout/.test(name));

  test.each(smooth)('%s has the gradient of its output', (_, make) => {
    tf.tidy(() => {
      const layer = make();
      const x = tf.randomNormal([3, 6, 4], 0, 1, 'float32', 5);
      const mask = maskFromLengths(tf.tensor1d([6, 3, 0], 'int32'), 6);
      buildAndMove(layer, x.shape);
      const shape = (layer.apply(inputsOf(layer, x), { mask, training: true }) as tf.Tensor).shape;
      const dy = tf.randomNormal(shape, 0, 1, 'float32', 6);
      const loss = () =>
        tf.sum<tf.Scalar>(
          tf.mul(layer.apply(inputsOf(layer, input), { mask, training: true }) as tf.Tensor, dy),
        );
      const input = tf.variable(x);
      const variables = [input, ...trainableVariables(layer)];
      const { grads } = tf.variableGrads(loss, variables);
      for (const [i, variable] of variables.entries()) {
        const direction = tf.randomNormal(variable.shape, 0, 1, 'float32', 7 + i);
        const value = variable.clone();
        const at = (step: number) => {
          variable.assign(tf.add(value, tf.mul(direction, step)));
          return loss().dataSync()[0];
        };
        const expected = (at(3e-3) - at(-3e-3)) / 6e-3;
        variable.assign(value);
        const actual = tf.sum(tf.mul(grads[variable.name], direction)).dataSync()[0];
        expect(Math.abs(actual - expected)).toBeLessThan(5e-3 * Math.max(1, Math.abs(expected)));
      }
    });
  });

  test.each(Object.entries(layers))('%s is finite, forward and backward, for rows of length 0', (_, make) => {
    tf.tidy(() => {
      const layer = make();
      const x = tf.fill([2, 5, 4], NaN);
      const mask = maskFromLengths(tf.tensor1d([0, 0], 'int32'), 5);
      buildAndMove(layer, x.shape);
      const input = tf.variable(x);
      const variables = [input, ...trainableVariables(layer)];
      const { value, grads } = tf.variableGrads(
        () =>
          tf.sum<tf.Scalar>(
            tf.square(layer.apply(inputsOf(layer, input), { mask, training: true }) as tf.Tensor),
          ),
        variables,
      );
      const all = [value, ...Object.values(grads)].flatMap((tensor) => Array.from(tensor.dataSync()));
      expect(all.filter((number) => !Number.isFinite(number))).toEqual([]);
    });
  });

  test.each(Object.entries(layers))(
    '%s gives the same, forward and backward, whatever the padding',
    (_, make) => {
      const layer = make();
      buildAndMove(layer, [4, 7, 4]);
      const start = layer.getWeights().map((weight) => weight.clone());
      fc.assert(
        fc.property(batches, ({ lengths, seed, fillings, extra }) => {
          tf.tidy(() => {
            const longest = Math.max(1, ...lengths);
            const [a, b] = fillings.map((fill, i) => {
              layer.setWeights(start);
              const { x, mask } = paddedBatch({ channels: 4, lengths, time: longest + extra[i], fill, seed });
              const results = train(layer, x, mask);
              const moved = layer.getWeights().map((weight, i) => [`weight${i}`, tf.cast(weight, 'float32')]);
              return { ...atSteps(results, longest), ...(Object.fromEntries(moved) as tf.NamedTensorMap) };
            });
            for (const [name, tensor] of Object.entries(b)) expectClose(tensor, a[name], 1e-4);
          });
        }),
        { numRuns: 4, seed: 9, endOnFailure: true },
      );
    },
  );

  test.each(Object.entries(layers))(
    '%s lets no NaN that comes back at padded steps reach valid ones',
    (_, make) => {
      tf.tidy(() => {
        const layer = make();
        const x = tf.randomNormal([2, 6, 4], 0, 1, 'float32', 9);
        const mask = maskFromLengths(tf.tensor1d([4, 2], 'int32'), 6);
        buildAndMove(layer, x.shape);
        const { shape } = layer.apply(inputsOf(layer, x), { mask }) as tf.Tensor;
        const [outputMask] = layer.computeMask(inputsOf(layer, x), mask) as (tf.Tensor | null)[];
        const dy =
          outputMask === null
            ? tf.ones(shape)
            : tf.where(
                outputMask.expandDims(2).tile([1, 1, shape.at(2) ?? 1]),
                tf.ones(shape),
                tf.fill(shape, NaN),
              );
        const [dx] = tf.grads(
          (input) => layer.apply(inputsOf(layer, input), { mask, training: true }) as tf.Tensor,
        )([x], dy);
        expect(Array.from(dx.dataSync()).filter((value) => !Number.isFinite(value))).toEqual([]);
      });
    },
  );

  test.each(Object.entries(layers))(
    '%s gives each recording the same in inference, whatever stands beside it and in the padding',
    (_, make) => {
      const layer = make();
      buildAndMove(layer, [2, 5, 4]);
      const run = (rows: tf.Tensor2D[], time: number, filling: number): tf.Tensor => {
        const padded = rows.map((row) => tf.concat([row, tf.fill([time - row.shape[0], 4], filling)], 0));
        const mask = maskFromLengths(tf.tensor1d(rows.map((row) => row.shape[0]), 'int32'), time); // prettier-ignore
        return layer.apply(inputsOf(layer, tf.stack(padded)), { mask }) as tf.Tensor;
      };
      fc.assert(
        fc.property(batches, ({ lengths, seed, fillings, extra }) => {
          tf.tidy(() => {
            const rows = lengths.map((n, i) =>
              tf.randomNormal<tf.Rank.R2>([n, 4], 0, 1, 'float32', seed + i),
            );
            const together = run(rows, Math.max(1, ...lengths) + extra[0], fillings[0]);
            for (const [i, row] of rows.entries()) {
              const alone = run([row], Math.max(1, row.shape[0]) + extra[1], fillings[1]);
              expectSameSteps(tf.squeeze(alone, [0]), tf.squeeze(tf.slice(together, [i], [1]), [0]));
            }
          });
        }),
        { numRuns: 10, seed: 5, endOnFailure: true },
      );
    },
  );

  test.for(Object.entries(layers))(
    '%s captured in training gives what it gives eagerly, whatever the padding, alone and between masked layers',
    ([, make], { skip }) => {
      if (tf.getBackend() !== 'tensorflow') skip('TensorFlow is not installed.');
      const layer = make();
      buildAndMove(layer, [3, 6, 4]);
      const state = layer.weights
        .map((weight) => weight.read())
        .filter((value) => value instanceof tf.Variable);
      const start = Object.fromEntries(
        state.map((variable) => [variable.name, tf.clone<tf.Tensor>(variable)]),
      );
      const cases = [
        { name: 'alone', time: 6, other: 9, through: train },
        { name: 'between', time: 9, other: 6, through: trainBetween },
      ];
      const entries = cases.map(({ name, time, through }): [string, Entry] => [
        name,
        {
          inputs: {
            x: { shape: [3, time, 4], dtype: 'float32' },
            lengths: { shape: [3], dtype: 'int32' },
          },
          run: ({ x, lengths }) => through(layer, x, maskFromLengths(lengths as tf.Tensor1D, time)),
        },
      ]);
      const program = compile({ state, entries: Object.fromEntries(entries) });
      fc.assert(
        fc.property(batchesOfThree, ({ lengths, seed, fillings }) => {
          tf.tidy(() => {
            for (const [i, { name, time, other, through }] of cases.entries()) {
              const batch = { channels: 4, lengths, seed };
              const padded = paddedBatch({ ...batch, time, fill: fillings[i] });
              program.writeState(start);
              const captured = program.run(name, { x: padded.x, lengths: tf.tensor1d(lengths, 'int32') });
              for (const variable of state) variable.assign(start[variable.name]);
              const { x, mask } = paddedBatch({ ...batch, time: other, fill: fillings[1 - i] });
              const [a, b] = [captured, through(layer, x, mask)].map((results) => atSteps(results, 6));
              for (const [key, tensor] of Object.entries(b)) expectClose(a[key], tensor, 1e-4);
              const moved = program.readState();
              for (const variable of state) expectClose(moved[variable.name], variable, 1e-5);
            }
          });
        }),
        {
          numRuns: 2,
          seed: 9,
          examples: [[{ lengths: [6, 1, 0], seed: 1, fillings: [NaN, 3e38] }]],
          endOnFailure: true,
        },
      );
      program.dispose();
    },
  );
}

const filling = fc.constantFrom(0, -7, 3e38, NaN, Infinity, -Infinity);

/** Recordings side by side, padded in two ways. */
const batches = fc.record({
  lengths: fc.array(fc.nat(7), { minLength: 1, maxLength: 4 }),
  seed: fc.nat(1000),
  fillings: fc.tuple(filling, filling),
  extra: fc.tuple(fc.nat(5), fc.nat(5)),
});

/** As many recordings as a captured program takes. */
const batchesOfThree = fc.record({
  lengths: fc.array(fc.nat(6), { minLength: 3, maxLength: 3 }),
  seed: fc.nat(1000),
  fillings: fc.tuple(filling, filling),
});

/** The sum of the output's squares in training mode, and its gradients by `x` and by each trainable weight. */
function train(layer: tf.layers.Layer, x: tf.Tensor, mask: tf.Tensor2D): tf.NamedTensorMap {
  return gradients(layer, x, (input) => apply(layer, input, mask));
}

/**
 * The same between a layer that has masked what comes in and one that reads valid steps only, where a captured graph
 * need not mask again.
 */
function trainBetween(layer: tf.layers.Layer, x: tf.Tensor, mask: tf.Tensor2D): tf.NamedTensorMap {
  return gradients(layer, x, (input) => {
    const begun = maskedActivation({ activation: 'linear' }).apply(input, { mask }) as tf.Tensor;
    const y = apply(layer, begun, mask);
    const [outputMask] = layer.computeMask(inputsOf(layer, begun), mask) as (tf.Tensor | null)[];
    return outputMask === null ? y : (maskedGlobalPool1d().apply(y, { mask: outputMask }) as tf.Tensor);
  });
}

function apply(layer: tf.layers.Layer, x: tf.Tensor, mask: tf.Tensor2D): tf.Tensor {
  return layer.apply(inputsOf(layer, x), { mask, training: true }) as tf.Tensor;
}

function gradients(
  layer: tf.layers.Layer,
  x: tf.Tensor,
  compute: (x: tf.Tensor) => tf.Tensor,
): tf.NamedTensorMap {
  const variables = trainableVariables(layer);
  const { value, grads } = tf.valueAndGrads((input: tf.Tensor) => tf.sum(tf.square(compute(input))))([
    x,
    ...variables,
  ]);
  const named = variables.map((variable, i) => [variable.name, grads[i + 1]]);
  return { value, x: grads[0], ...(Object.fromEntries(named) as tf.NamedTensorMap) };
}

/** The same with the gradient of `x` at that many steps, beyond which it must be 0. */
function atSteps(results: tf.NamedTensorMap, steps: number): tf.NamedTensorMap {
  const x = results.x as tf.Tensor3D;
  const beyond = tf.slice(x, [0, steps, 0], [-1, -1, -1]);
  expect(Array.from(beyond.dataSync()).filter((value) => value !== 0)).toEqual([]);
  return { ...results, x: tf.slice(x, [0, 0, 0], [-1, steps, -1]) };
}

/** Steps of a recording alone are those of the recording among others, and steps beyond are 0. */
function expectSameSteps(alone: tf.Tensor, among: tf.Tensor): void {
  const steps = Math.min(alone.shape[0], among.shape[0]);
  const rest = (tensor: tf.Tensor): tf.Tensor => tf.slice(tensor, [steps], [-1]);
  const [a, b] = [alone, among].map((tensor) => tf.slice(tensor, [0], [steps]));
  const difference = tf.div(tf.abs(tf.sub(a, b)), tf.add(1, tf.abs(b)));
  const beyond = [rest(alone), rest(among)]
    .filter(({ size }) => size > 0)
    .map((tensor) => tf.max(tf.abs(tensor)));
  const largest = [...(a.size > 0 ? [tf.max(difference)] : []), ...beyond].map(
    (tensor) => tensor.dataSync()[0],
  );
  for (const value of largest) expect(value).toBeLessThan(tolerance(1e-5));
}

/** `‖a - b‖ ≤ tolerance · ‖b‖ + 1e-6`, the tolerance being that of float32 on processors. */
function expectClose(actual: tf.Tensor, expected: tf.Tensor, float32: number): void {
  const [a, b] = [actual, expected].map((tensor) => tf.cast(tensor, 'float32'));
  const difference = tf.norm(tf.sub(a, b)).dataSync()[0];
  expect(difference).toBeLessThanOrEqual(tolerance(float32) * tf.norm(b).dataSync()[0] + 1e-6);
}
