// A training step of a plain layers model with a stock optimizer, as one TensorFlow graph. After `npm run setup`:
//   node examples/captured-step.mjs
import * as tf from '@tensorflow/tfjs';
import { compile, loadEngine } from 'masq/engine';

await loadEngine();
const batch = 16;
const values = tf.randomNormal([batch, 50, 3], 0, 1, 'float32', 1);
const targets = tf.mean(tf.slice(values, [0, 0, 0], [-1, -1, 1]), 1); // the mean of the first channel

const model = tf.sequential();
model.add(tf.layers.conv1d({ filters: 16, kernelSize: 5, activation: 'relu', inputShape: [50, 3] }));
model.add(tf.layers.globalAveragePooling1d());
model.add(tf.layers.dense({ units: 1 }));
const optimizer = tf.train.adam(0.01);
const step = (x, y) =>
  optimizer.minimize(() => tf.losses.meanSquaredError(y, model.apply(x, { training: true })), true);

// Adam makes its variables at its first step, so this one is taken eagerly.
const first = step(values, targets).dataSync()[0];
const program = compile({
  state: Object.values(tf.engine().registeredVariables),
  entries: {
    train: {
      inputs: { x: { shape: [batch, 50, 3], dtype: 'float32' }, y: { shape: [batch, 1], dtype: 'float32' } },
      run: ({ x, y }) => ({ loss: step(x, y) }),
    },
  },
});

const milliseconds = (run) => {
  const began = performance.now();
  for (let i = 0; i < 100; i++) run();
  return (performance.now() - began) / 100;
};
const captured = milliseconds(() => tf.dispose(program.run('train', { x: values, y: targets })));
const { loss } = program.run('train', { x: values, y: targets });
console.log(
  `loss ${first.toExponential(1)} at first, ${loss.dataSync()[0].toExponential(1)} after 101 captured steps`,
);

// The state goes back into the model's own variables, for saving or for eager use.
const state = program.readState();
for (const variable of Object.values(tf.engine().registeredVariables)) variable.assign(state[variable.name]);
program.dispose();
const eager = milliseconds(() => step(values, targets).dispose());
console.log(`${captured.toFixed(2)} ms a captured step, ${eager.toFixed(2)} ms an eager one`);
