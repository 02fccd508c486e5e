// A program of its own: loads the addons beside the one named on its command line and checks the gradient of a masked
// convolution. Says on which device it ran.
import { availableParallelism } from 'node:os';
import tf from '#tfjs';
import { loadAddon, loadOperations } from './addon.js';
import { conv1d } from './kernels/index.js';
import { quietEnvironment, usesCard } from './load.js';
import { tensorflowSettings } from './settings.js';
import { registerTensorflowKernels } from './tensorflow/index.js';

Object.assign(process.env, tensorflowSettings({ threads: availableParallelism() }, process.env));
quietEnvironment();
const [, , path] = process.argv;
loadAddon(path);
registerTensorflowKernels({ own: usesCard() ? null : loadOperations(path) });
const values = tf.tensor3d([1, 2, 3, 4, NaN], [1, 5, 1]);
const mask = tf.tensor2d([1, 1, 1, 1, 0], [1, 5], 'bool');
const masks = { input: mask, output: tf.ones<tf.Rank.R2>([1, 4], 'bool') };
const window = { left: 0, steps: 4, stride: 1, dilation: 1 };
const kernel = tf.tensor3d([1, 10], [2, 1, 1]);
const gradient = tf.grad((w) =>
  conv1d(values, w as tf.Tensor3D, { window, masks })
    .square()
    .sum(),
)(kernel);
// The outputs are 21, 32, 43 and 4, and d(sum of squares)/dw[k] = 2 · Σ output[t] · values[t + k].
// An algorithm of cuDNN, or the TF32 of a card, may miss the last digits.
const [first, second] = gradient.dataSync();
const isNear = (found: number, expected: number): boolean => Math.abs(found / expected - 1) <= 1e-3;
if (tf.getBackend() !== 'tensorflow' || !isNear(first, 460) || !isNear(second, 620)) {
  throw new Error(`a convolution's gradient is ${first}, ${second} on ${tf.getBackend()}, expected 460, 620`);
}
process.stdout.write(`device: ${usesCard() ? 'gpu:0' : 'cpu'}\n`);
