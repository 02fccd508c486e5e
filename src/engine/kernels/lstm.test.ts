// The LSTM has the values of its definition and their gradients, for each row as if it were alone, in each way to compute
// them: against NumPy in float64, with gradients by central differences.
import tf from '#tfjs';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { testWithPython } from '../../../test/support/python.js';
import { roundingDeviation } from '../../../test/support/sequences.js';
import { maskFromLengths } from '../../layers/mask.js';
import { loadEngine } from '../load.js';
import { lstm } from './lstm.js';
import { hasNative } from './native.js';

beforeAll(() => loadEngine());

interface Case {
  readonly channels: number;
  readonly units: number;
  readonly time: number;
  /** Lengths of the rows. */
  readonly lengths: readonly number[];
  readonly masked: boolean;
}

/** Rows of one step lie within a vector of the processor, across several, or fill some exactly. */
const cases: Record<string, Case> = {
  'rows of several lengths': { channels: 3, units: 3, time: 7, lengths: [5, 1, 0, 4, 5], masked: true },
  'rows of all steps': { channels: 2, units: 4, time: 4, lengths: [4, 4, 4, 4], masked: false },
  'wide states': { channels: 4, units: 16, time: 5, lengths: [5, 2], masked: true },
  'no valid step at all': { channels: 1, units: 2, time: 3, lengths: [0, 0], masked: true },
};

const reference = `
import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def forward(lengths, x, W, U, b):
    units = len(U)
    y = np.zeros(x.shape[:2] + (units,))
    for row, length in enumerate(lengths):
        h, c = np.zeros(units), np.zeros(units)
        for t in range(length):
            i, f, g, o = np.split(x[row, t] @ W + h @ U + b, 4)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
            y[row, t] = h
    return y

def main(case):
    lengths, dy = case["lengths"], np.array(case["dy"])
    inputs = [np.array(values) for values in case["inputs"]]
    gradients = []
    for i, values in enumerate(inputs):
        gradient = np.zeros(values.size)
        for j in range(values.size):
            def at(step):
                moved = values.copy()
                moved.flat[j] += step
                return (dy * forward(lengths, *inputs[:i], moved, *inputs[i + 1:])).sum()
            gradient[j] = (at(1e-6) - at(-1e-6)) / 2e-6
        gradients.append(gradient.tolist())
    return [forward(lengths, *inputs).ravel().tolist(), *gradients]
`;

const normal = (shape: number[], seed: number): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed);

describe.each(['tensorflow', 'cpu'])('on the backend %s', (backend) => {
  beforeEach(async ({ skip }) => {
    if ((await loadEngine()).backend !== 'tensorflow' && backend === 'tensorflow')
      skip('TensorFlow is not installed.');
    await tf.setBackend(backend);
    expect(hasNative('MasqLstm')).toBe(backend === 'tensorflow');
  });

  for (const [name, { channels, units, time, lengths, masked }] of Object.entries(cases)) {
    testWithPython(`gives the states of the definition and their gradients: ${name}`, async ({ python }) => {
      const batch = lengths.length;
      const mask = maskFromLengths(tf.tensor1d([...lengths], 'int32'), time);
      const inputs = [[batch, time, channels], [channels, 4 * units], [units, 4 * units], [4 * units]].map(
        normal,
      );
      const dy = normal([batch, time, units], 9);
      const expected = (await python(reference, {
        lengths,
        inputs: inputs.map((input) => input.arraySync()),
        dy: dy.arraySync(),
      })) as number[][];
      /** With NaN in the padding, forward and backward. */
      const padded = (x: tf.Tensor): tf.Tensor =>
        masked ? tf.where(tf.tile(mask.expandDims(2), [1, 1, x.shape[2] ?? 1]), x, tf.fill(x.shape, NaN)) : x;
      const at = (...[x, kernel, recurrentKernel, bias]: tf.Tensor[]): tf.Tensor =>
        lstm(x as tf.Tensor3D, masked ? mask : null, {
          kernel: kernel as tf.Tensor2D,
          recurrentKernel: recurrentKernel as tf.Tensor2D,
          bias: bias as tf.Tensor1D,
        });
      const given = [padded(inputs[0]), ...inputs.slice(1)];
      const actual = [at(...given), ...tf.grads(at)(given, padded(dy))];
      const deviations = actual.map((tensor, i) =>
        roundingDeviation(tensor, tf.tensor(expected[i], tensor.shape)),
      );
      expect(deviations.filter((deviation) => !(deviation < 1))).toEqual([]);
    });
  }

  test('takes a sequence without steps', () => {
    const weights = {
      kernel: tf.ones<tf.Rank.R2>([3, 8]),
      recurrentKernel: tf.ones<tf.Rank.R2>([2, 8]),
      bias: tf.ones<tf.Rank.R1>([8]),
    };
    const at = (bias: tf.Tensor): tf.Tensor =>
      lstm(tf.zeros([4, 0, 3]), null, { ...weights, bias: bias as tf.Tensor1D });
    const { value, grad } = tf.valueAndGrad(at)(weights.bias, tf.zeros([4, 0, 2]));
    expect(value.shape).toEqual([4, 0, 2]);
    expect(Array.from(grad.dataSync())).toEqual(Array(8).fill(0));
  });
});
