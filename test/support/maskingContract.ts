// The masking contract as tests that every masked layer passes: whatever stands in the padding and however long it is, and
// whatever else is in the batch, the valid steps are the same, forward and backward.
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile } from '../../src/engine/index.js';
import { maskFromLengths } from '../../src/layers/mask.js';
import { trainableVariables } from './variables.js';

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
      const lengths = [5, 1, 0, 3];
      const valid = tf.randomNormal([4, 5, 4], 0, 1, 'float32', 8);
      buildAndMove(layer, valid.shape);
      const start = layer.getWeights().map((weight) => weight.clone());
      const run = (time: number, filling: number): tf.Tensor[] => {
        layer.setWeights(start);
        const mask = maskFromLengths(tf.tensor1d(lengths, 'int32'), time);
        const wide = tf.pad(valid as tf.Tensor3D, [[0, 0], [0, time - 5], [0, 0]]); // prettier-ignore
        const x = tf.where(mask.expandDims(2).tile([1, 1, 4]), wide, tf.fill(wide.shape, filling));
        const input = tf.variable(x);
        const { value, grads } = tf.variableGrads(
          () =>
            tf.sum<tf.Scalar>(
              tf.square(layer.apply(inputsOf(layer, input), { mask, training: true }) as tf.Tensor),
            ),
          [input, ...trainableVariables(layer)],
        );
        const { [input.name]: dx, ...others } = grads;
        return [
          value,
          tf.slice(dx as tf.Tensor3D, [0, 0, 0], [-1, 5, -1]),
          ...Object.values(others),
          ...layer.getWeights().map((weight) => tf.cast(weight, 'float32')),
        ];
      };
      tf.tidy(() => {
        const expected = run(5, 0);
        for (const [time, filling] of [
          [9, 1e30],
          [7, NaN],
          [12, -Infinity],
        ]) {
          // prettier-ignore
          for (const [i, tensor] of run(time, filling).entries()) {
          const difference = tf.norm(tf.sub(tensor, expected[i])).dataSync()[0];
          expect(difference).toBeLessThanOrEqual(1e-4 * tf.norm(expected[i]).dataSync()[0] + 1e-6);
        }
        }
      });
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
      const filling = fc.constantFrom(0, -7, 3e38, NaN, Infinity, -Infinity);
      const drawn = fc.record({
        lengths: fc.array(fc.nat(7), { minLength: 1, maxLength: 4 }),
        seed: fc.nat(1000),
        fillings: fc.tuple(filling, filling),
        extra: fc.tuple(fc.nat(5), fc.nat(5)),
      });
      fc.assert(
        fc.property(drawn, ({ lengths, seed, fillings, extra }) => {
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
        { numRuns: 20, seed: 5, endOnFailure: true },
      );
    },
  );

  test.for(Object.entries(layers))(
    '%s captured in training gives what it gives eagerly',
    ([, make], { skip }) => {
      if (tf.getBackend() !== 'tensorflow') skip('TensorFlow is not installed.');
      const layer = make();
      const x = tf.randomNormal([3, 6, 4], 0, 1, 'float32', 11);
      const lengths = tf.tensor1d([6, 1, 0], 'int32');
      buildAndMove(layer, x.shape);
      const state = layer.weights
        .map((weight) => weight.read())
        .filter((value) => value instanceof tf.Variable);
      const run = ({ x, lengths }: Record<string, tf.Tensor>): tf.NamedTensorMap => {
        const mask = maskFromLengths(lengths as tf.Tensor1D, 6);
        const { value, grads } = tf.variableGrads(
          () =>
            tf.sum<tf.Scalar>(
              tf.square(layer.apply(inputsOf(layer, x), { mask, training: true }) as tf.Tensor),
            ),
          trainableVariables(layer),
        );
        return { value, ...grads };
      };
      // Of a layer without weights there is no gradient to take.
      if (trainableVariables(layer).length === 0) return;
      const inputs = {
        x: { shape: x.shape, dtype: 'float32' },
        lengths: { shape: [3], dtype: 'int32' },
      } as const;
      const program = compile({ state, entries: { train: { inputs, run } } });
      for (let step = 0; step < 2; step++) {
        const captured = program.run('train', { x, lengths });
        const eager = run({ x, lengths });
        for (const [name, tensor] of Object.entries(eager)) expectClose(captured[name], tensor);
      }
      const moved = program.readState();
      for (const variable of state) expectClose(moved[variable.name], variable);
      program.dispose();
    },
  );
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
  for (const value of largest) expect(value).toBeLessThan(1e-5);
}

function expectClose(actual: tf.Tensor, expected: tf.Tensor): void {
  const difference = tf.norm(tf.sub(actual, expected)).dataSync()[0];
  expect(difference).toBeLessThanOrEqual(1e-5 * tf.norm(expected).dataSync()[0] + 1e-6);
}
