// The contender stock: layers, gradients, losses, Adam and `fit` of TensorFlow.js as they come, on the TensorFlow of
// masq's engine, since its own (2.9) is not to be had for every machine. Usage: node stock.mjs SETTINGS, a JSON object
// `{threads, device}`.
import tf from '#tfjs';
import { loadEngine } from '../../dist/engine/index.js';
import { readPlan, shapesOf } from './plan.mjs';
import { memory, serve, timeSteps, Unavailable } from './serve.mjs';
import { stockNetwork } from './stock-networks.mjs';

const { threads, device } = JSON.parse(process.argv[2]);
let model;
let batches;
/** All batches in one tensor, for `fit`; null where their shapes differ. */
let together = null;

await serve({
  build: async ({ network, plan }) => {
    const ownGradient = tf.getGradient('Relu');
    const { tensorflow, tfjs, warning } = await loadEngine({ device, threads });
    // Masq's engine replaces this one gradient of stock kernels by a quicker one.
    tf.unregisterGradient('Relu');
    tf.registerGradient(ownGradient);
    if (warning !== null) throw new Unavailable(warning);
    const { channels, classes, batches: planned } = readPlan(plan);
    batches = planned.map(({ values, shape, labels }) => ({
      shape,
      x: tf.tensor3d(values, shape),
      y: tf.oneHot(tf.tensor1d(labels, 'int32'), classes, 1, 0, 'float32'),
    }));
    const equal = shapesOf(batches).size === 1;
    if (equal) together = [tf.concat(batches.map(({ x }) => x)), tf.concat(batches.map(({ y }) => y))];
    model = stockNetwork(network, { time: equal ? batches[0].shape[1] : null, channels, classes });
    const loss = (labels, logits) => tf.losses.softmaxCrossEntropy(labels, logits);
    model.compile({ optimizer: tf.train.adam(1e-3), loss });
    return {
      parameters: model.trainableWeights.reduce((sum, { shape }) => sum + tf.util.sizeFromShape(shape), 0),
      modes: equal ? ['fit', 'batch'] : ['batch'],
      predictModes: ['predict'],
      captureSeconds: null,
      versions: { tensorflow, tfjs },
    };
  },
  burst: ({ mode, first, steps }) => (mode === 'fit' ? fit(steps) : trainOnBatches(first, steps)),
  predict: async ({ first, steps }) => {
    const predict = (n) => {
      const { x } = batches[n % batches.length];
      const logits = model.predict(x, { batchSize: x.shape[0] });
      logits.dataSync();
      logits.dispose();
    };
    const { milliseconds } = await timeSteps(steps, first, predict, () => null);
    return { milliseconds };
  },
  memory: () => ({ ...memory(), tensors: tf.memory().numTensors }),
});

function trainOnBatches(first, steps) {
  let loss = NaN;
  const step = async (n) => {
    const { x, y } = batches[n % batches.length];
    loss = await model.trainOnBatch(x, y);
  };
  return timeSteps(steps, first, step, () => loss);
}

/** At least `steps` steps: all batches several times over, or the first few of them. */
async function fit(steps) {
  const [batchSize] = batches[0].shape;
  const [x, y] = together.map((tensor) => tf.slice(tensor, 0, Math.min(steps, batches.length) * batchSize));
  const epochs = Math.ceil(steps / batches.length);
  const start = performance.now();
  const { history } = await model.fit(x, y, {
    batchSize,
    epochs,
    shuffle: false,
    verbose: 0,
    yieldEvery: 'never',
  });
  const milliseconds = performance.now() - start;
  const made = (epochs * x.shape[0]) / batchSize;
  tf.dispose([x, y]);
  return { steps: made, milliseconds, loss: history.loss.at(-1) };
}
