// Compares a kernel with its definition in NumPy, in float64: its values, and its gradients with central differences.
import tf from '#tfjs';
import type { python } from './python.js';
import { roundingDeviation } from './sequences.js';

export interface Definition {
  /** Python that defines `forward(given, *inputs)`; NumPy is `np`. */
  readonly forward: string;
  /** What the definition is told besides the inputs. */
  readonly given: object;
}

/**
 * How far the values of `compute`, and then the gradients of `Σ dy·y` in each input, are from those of the definition:
 * below 1 where they are the same but for rounding.
 */
export async function deviationsFrom(
  { forward, given }: Definition,
  { compute, inputs }: { compute: (...inputs: tf.Tensor[]) => tf.Tensor; inputs: tf.Tensor[] },
  run: typeof python,
): Promise<number[]> {
  const y = compute(...inputs);
  const dy = waves(y.shape, 9);
  const results = [y, ...tf.grads(compute)(inputs, dy)];
  const numbers = { given, inputs: inputs.map((input) => input.arraySync()), dy: dy.arraySync() };
  const expected = (await run(`import numpy as np\n${forward}\n${differences}`, numbers)) as number[][];
  return results.map((actual, i) => roundingDeviation(actual, tf.tensor(expected[i], actual.shape)));
}

const differences = `
def main(data):
    given = data['given']
    inputs = [np.array(values) for values in data['inputs']]
    dy = np.array(data['dy'])
    results = [forward(given, *inputs).ravel().tolist()]
    for i, values in enumerate(inputs):
        gradient = np.zeros(values.size)
        for j in range(values.size):
            def at(step):
                moved = values.copy()
                moved.flat[j] += step
                return (dy * forward(given, *inputs[:i], moved, *inputs[i + 1:])).sum()
            gradient[j] = (at(1e-6) - at(-1e-6)) / 2e-6
        results.append(gradient.tolist())
    return results
`;

/** Numbers between -1 and 1 without a pattern, none of which brings a ReLU within 1e-6 of its corner. */
export function waves(shape: readonly number[], seed: number): tf.Tensor {
  const values = Array.from({ length: tf.util.sizeFromShape([...shape]) }, (_, i) =>
    Math.sin(i * i * 0.7 + seed * (i + 1)),
  );
  return tf.tensor(values, [...shape]);
}
