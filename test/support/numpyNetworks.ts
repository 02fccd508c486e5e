// Networks computed in NumPy from a model's weights, each recording alone and without padding, to compare models with.
import tf from '#tfjs';
import { expect } from 'vitest';
import type { python } from './python.js';
import { drawWeights } from './variables.js';

/** What the networks consist of, for recordings `[time, channels]`; `weights` holds those of the layers by name. */
const layers = `
import math
import numpy as np

weights = {}

def conv(x, name, stride=1, groups=1, dilation=1):
    kernel, *bias = weights[name]
    left, steps = (len(kernel) - 1) * dilation // 2, -(-len(x) // stride)
    padded = np.pad(x, ((left, len(kernel) * dilation + stride), (0, 0)))
    ins, outs = kernel.shape[1], kernel.shape[2] // groups
    y = np.zeros((steps, kernel.shape[2]))
    for o in range(steps):
        window = padded[o * stride : o * stride + len(kernel) * dilation : dilation]
        for g in range(groups):
            f = slice(g * outs, (g + 1) * outs)
            y[o, f] = np.einsum('ki,kif->f', window[:, g * ins : (g + 1) * ins], kernel[:, :, f])
    return y + sum(bias)

def norm(x, name):
    gamma, beta, mean, variance = weights[name]
    return gamma * (x - mean) / np.sqrt(variance + 1e-3) + beta

def conv_norm(x, name, activation=lambda x: x, stride=1, groups=1):
    return activation(norm(conv(x, name, stride, groups), name + '_norm'))

def layer_norm(x, name, epsilon):
    gamma, beta = weights[name]
    centred = x - x.mean(-1, keepdims=True)
    return gamma * centred / np.sqrt((centred ** 2).mean(-1, keepdims=True) + epsilon) + beta

def max_pool(x, stride):
    padded = np.pad(x, ((1, 2), (0, 0)), constant_values=-np.inf)
    return np.array([padded[o : o + 3].max(0) for o in range(0, len(x), stride)])

def relu(x): return np.maximum(x, 0)
def sigmoid(x): return 1 / (1 + np.exp(-x))
def swish(x): return x * sigmoid(x)
def hard_sigmoid(x): return np.clip(x + 3, 0, 6) / 6
def hard_swish(x): return x * hard_sigmoid(x)
def gelu(x): return x * (1 + np.vectorize(math.erf)(x / math.sqrt(2))) / 2

def affine(x, kernel, bias=0): return x @ kernel + bias

def dense(x, name):
    kernel, bias = weights[name]
    return affine(x, kernel, bias)

def squeeze_excite(x, name, activation, gate):
    half = len(weights[name]) // 2
    hidden = activation(affine(x.mean(0), *weights[name][:half]))
    return x * gate(affine(hidden, *weights[name][half:]))

def inverted_residual(x, name, activation, stride, hidden_activation, gate):
    y = conv_norm(x, name + '_expand', activation) if name + '_expand' in weights else x
    y = conv_norm(y, name + '_depthwise', activation, stride, y.shape[1])
    if name + '_attention' in weights:
        y = squeeze_excite(y, name + '_attention', hidden_activation, gate)
    y = conv_norm(y, name + '_project')
    return x + y if y.shape == x.shape and stride == 1 else y

def main(data):
    weights.update({name: [np.array(w) for w in ws] for name, ws in data['weights'].items()})
    return [logits(np.array(row)).tolist() for row in data['rows']]
`;

/**
 * Expects a model to give the logits of a network in NumPy for recordings of these lengths, side by side, to 1e-4 of the
 * largest. The model's weights are replaced, by those of {@link drawWeights}.
 *
 * @param network Python that defines `logits(x)` for one recording `[time, channels]`
 */
export async function expectNumpyLogits(
  run: typeof python,
  model: tf.LayersModel,
  network: string,
  lengths: readonly number[],
): Promise<void> {
  drawWeights(model);
  const named = Object.fromEntries(
    model.layers.map((layer) => [layer.name, layer.getWeights().map((weight) => weight.arraySync())]),
  );
  const channels = model.inputs[0].shape[2] ?? 0;
  const x = tf.randomNormal<tf.Rank.R3>([lengths.length, Math.max(...lengths), channels], 0, 1, 'float32', 5);
  const rows = x.arraySync().map((row, i) => row.slice(0, lengths[i]));
  const expected = tf.tensor2d((await run(layers + network, { rows, weights: named })) as number[][]);
  const logits = model.predict([x, tf.tensor2d([...lengths], [lengths.length, 1], 'int32')]) as tf.Tensor;
  const largest = tf.max(tf.abs(expected)).dataSync()[0];
  expect(tf.max(tf.abs(tf.sub(logits, expected))).dataSync()[0]).toBeLessThan(1e-4 * largest);
}
