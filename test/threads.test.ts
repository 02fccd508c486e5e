// The number of threads and their timing change no bit of what masq's own operations compute.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { engineFolder, inspectEngine } from '../src/engine/cache.js';

/** Prints a hash of values, gradients and updates, over batches large enough for several threads. */
const program = `
import { createHash } from 'node:crypto';
import tf from '#tfjs';
import { loadEngine } from './dist/engine/index.js';
import {
  addSteps,
  averageOverTime,
  batchNorm,
  conv1d,
  crossEntropy,
  hasNative,
  maskSteps,
  maxPool1d,
  normalize,
  scaleChannels,
  squeezeExcite,
  withPrecision,
} from './dist/engine/kernels/index.js';
import { ownConvolution } from './dist/engine/kernels/ownConvolution.js';

await loadEngine({ device: 'cpu', threads: Number(process.argv[1]) });
const waves = (shape, seed) =>
  tf.tensor(Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(i * 0.37 + (i % 91) * seed)), shape);
const shape = [19, 700, 72];
const lengths = Array.from({ length: 19 }, (_, row) => (row * 131) % 701);
const mask = tf.tensor2d(lengths.flatMap((n) => Array.from({ length: 700 }, (_, t) => t < n)), [19, 700], 'bool');
const [x, other, gamma, beta, dy] = [waves(shape, 1), waves(shape, 2), waves([72], 3), waves([72], 4), waves(shape, 5)];
const [reduction, expansion] = [waves([72, 50], 6), waves([50, 72], 7)];
const block = (x, other, gamma, beta, reduction, expansion) => {
  const options = { epsilon: 1e-3, activation: 'relu', momentum: 0.9 };
  const { y } = batchNorm(x, mask, gamma, beta, { mean: beta, variance: gamma }, options);
  const scaled = scaleChannels(y, tf.sigmoid(averageOverTime(y, mask)), mask);
  const bottleneck = { reduction, reductionBias: null, expansion, expansionBias: null };
  const sum = addSteps(squeezeExcite(scaled, mask, bottleneck), other, mask, 'relu');
  const given = { mean: beta, variance: tf.square(gamma) };
  const again = normalize(sum, mask, gamma, beta, given, { epsilon: 1e-3, activation: 'linear' });
  const pooled = maxPool1d(again, { input: mask, output: mask }, { poolSize: 3, stride: 1, left: 1, steps: 700 });
  return tf.add(again, maskSteps(pooled, mask));
};
const precisions = ['float32', 'bfloat16'].filter((precision) => hasNative(ownConvolution(precision).output));
const window = { left: 2, steps: 700, stride: 1, dilation: 1 };
const convolve = (precision) => (x, kernel) =>
  withPrecision(precision, () => conv1d(x, kernel, { window, masks: { input: mask, output: mask } }));
const factors = [x, waves([5, 72, 72], 9)];
const convolutions = () =>
  precisions.map(convolve).flatMap((run) => [run(...factors), ...tf.grads(run)(factors, dy)]);
const inputs = [x, other, gamma, beta, reduction, expansion];
const lists = [x, other, dy, x, x, other, tf.square(x), tf.square(other)];
const learningRate = tf.scalar(0.001);
const update = () => [
  ...tf.engine().runKernel(
    'MasqAdamW',
    { ...lists, learningRate, step: tf.scalar(3) },
    { decay: [1, 0], weightDecay: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  ),
  ...tf.engine().runKernel(
    'MasqSgd',
    { ...lists.slice(0, 6), learningRate },
    { decay: [1, 0], weightDecay: 0.01, momentum: 0.9, nesterov: true },
  ),
];
const logits = waves([300, 300], 8);
const labels = tf.range(-1, 299, 1, 'int32');
const loss = (logits) => crossEntropy(logits, labels, { labelSmoothing: 0.1 }).loss;
const hashes = Array.from({ length: 5 }, () => {
  const gradients = [...tf.grads(block)(inputs, dy), tf.grad(loss)(logits)];
  const results = [block(...inputs), loss(logits), ...gradients, ...update(), ...convolutions()];
  const hash = createHash('sha256');
  for (const result of results) hash.update(result.dataSync());
  return hash.digest('hex');
});
console.log([...new Set(hashes)].join());
`;

it.runIf(inspectEngine(engineFolder('cpu')).state === 'whole')(
  'values, gradients and updates are the same to the last bit with 1, 2 and 5 threads, each time',
  async () => {
    const outputs = await Promise.all(
      [1, 2, 5].map((threads) =>
        promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program, `${threads}`]),
      ),
    );
    const [first, ...others] = outputs.map(({ stdout }) => stdout);
    expect(first).toMatch(/^[0-9a-f]{64}\n$/);
    expect(others).toEqual([first, first]);
  },
);
