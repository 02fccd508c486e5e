// A program of its own: loads the addon named on its command line and checks the gradient of a convolution.
import * as tf from '@tensorflow/tfjs';
import { loadAddon } from './addon.js';
import { quietEnvironment } from './load.js';

quietEnvironment();
loadAddon(process.argv[2]);
const values = tf.tensor3d([1, 2, 3, 4], [1, 4, 1]);
const kernel = tf.tensor3d([1, 10], [2, 1, 1]);
const gradient = tf.grad((w) =>
  tf
    .conv1d(values, w as tf.Tensor3D, 1, 'valid')
    .square()
    .sum(),
)(kernel);
// The outputs are 21, 32 and 43, and d(sum of squares)/dw[k] = 2 · Σ output[t] · values[t + k].
const [first, second] = gradient.dataSync();
if (tf.getBackend() !== 'tensorflow' || first !== 428 || second !== 620) {
  throw new Error(`a convolution's gradient is ${first}, ${second} on ${tf.getBackend()}, expected 428, 620`);
}
