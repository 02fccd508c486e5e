// The activations that are no part of masq's own operations, alone and in the layers that take them, against SciPy in float64.
import tf from '#tfjs';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { testWithPython } from '../../../test/support/python.js';
import { roundingDeviation } from '../../../test/support/sequences.js';
import { maskedAdd, maskedBatchNorm, maskedConv1d, maskFromLengths } from '../../layers/index.js';
import { loadEngine } from '../load.js';
import { activate, activations, fusedActivations, type Activation } from './activation.js';

beforeAll(() => loadEngine());

const names = activations.filter((name) => !(fusedActivations as readonly string[]).includes(name));

/** Far out on both sides, and between; none at a corner of the hard swish, where its derivative jumps. */
const values = [-1e4, -88, -20, -5.5, -3.01, -2.99, -1, -0.3, 0, 1e-4, 0.7, 1.5, 2.99, 3.01, 9, 88, 1e4];

const reference = `
import numpy as np
from scipy.special import erf, expit

functions = {
    "elu": (lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))), lambda x: np.exp(np.minimum(x, 0))),
    "gelu": (
        lambda x: x * (1 + erf(x / np.sqrt(2))) / 2,
        lambda x: (1 + erf(x / np.sqrt(2))) / 2 + x * np.exp(-x ** 2 / 2) / np.sqrt(2 * np.pi),
    ),
    "swish": (lambda x: x * expit(x), lambda x: expit(x) * (1 + x * (1 - expit(x)))),
    "hard-swish": (
        lambda x: x * np.clip(x + 3, 0, 6) / 6,
        lambda x: np.where(x <= -3, 0, np.where(x >= 3, 1, x / 3 + 1 / 2)),
    ),
}

def main(data):
    x = np.array(data["values"])
    return {name: [f(x).tolist() for f in functions[name]] for name in data["names"]}
`;

describe.each(['tensorflow', 'cpu'])('on the backend %s', (backend) => {
  beforeEach(async () => {
    await tf.setBackend(backend);
  });

  testWithPython(
    'elu, gelu, swish and hard-swish have the values and slopes of their definitions',
    async ({ python }) => {
      const expected = (await python(reference, { values, names })) as Record<string, number[][]>;
      expect(names).toEqual(['elu', 'gelu', 'swish', 'hard-swish']);
      const x = tf.tensor1d(values);
      for (const name of names) {
        const [y, slope] = [activate(x, name), tf.grad((x) => activate(x, name))(x)];
        for (const [i, actual] of [y, slope].entries()) {
          const difference = tf.abs(tf.sub(actual, tf.tensor1d(expected[name][i])));
          const size = tf.add(1, tf.abs(tf.tensor1d(expected[name][i])));
          expect(tf.max(tf.div(difference, size)).dataSync()[0], `${name} ${i}`).toBeLessThan(2e-6);
        }
      }
    },
  );

  test.each(names)(
    '%s comes after what a layer computes, forward and backward, and leaves padding 0',
    (activation) => {
      const x = tf.randomNormal<tf.Rank.R3>([3, 7, 4], 0, 2, 'float32', 3);
      const mask = maskFromLengths(tf.tensor1d([7, 4, 0], 'int32'), 7);
      const dy = tf.randomNormal<tf.Rank.R3>([3, 7, 4], 0, 1, 'float32', 4);
      for (const [kind, make] of Object.entries(layers)) {
        const both = [make(activation), make('linear')].map((layer) => {
          layer.build(kind === 'add' ? [x.shape, x.shape] : x.shape);
          const inputs = (x: tf.Tensor): tf.Tensor | tf.Tensor[] => (kind === 'add' ? [x, tf.square(x)] : x);
          return (x: tf.Tensor) => layer.apply(inputs(x), { mask, training: true }) as tf.Tensor3D;
        });
        const [fused, linear] = both;
        const apart = (x: tf.Tensor): tf.Tensor3D => activate(linear(x), activation);
        expect(roundingDeviation(fused(x), apart(x)), kind).toBeLessThan(1);
        expect(roundingDeviation(tf.grad(fused)(x, dy), tf.grad(apart)(x, dy)), kind).toBeLessThan(1);
        const padding = tf.slice(fused(x), [1, 4, 0], [1, -1, -1]).dataSync();
        expect(padding.every((value) => value === 0)).toBe(true);
      }
    },
  );
});

const layers: Record<string, (activation: Activation) => tf.layers.Layer> = {
  convolution: (activation) =>
    maskedConv1d({
      filters: 4,
      kernelSize: 3,
      kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
      activation,
    }),
  'convolution without bias': (activation) =>
    maskedConv1d({
      ...{ filters: 4, kernelSize: 3, useBias: false, activation },
      kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
    }),
  batchNorm: (activation) => maskedBatchNorm({ activation }),
  add: (activation) => maskedAdd({ activation }),
};
