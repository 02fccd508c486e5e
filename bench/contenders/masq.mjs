// The contender masq. Usage: node masq.mjs SETTINGS, a JSON object `{captured, precision, xla, onDevice, threads,
// device}`.
import tf from '#tfjs';
import { loadEngine } from '../../dist/engine/index.js';
import { buildModel, modelCost } from '../../dist/models/index.js';
import { makeStep } from './masq-step.mjs';
import { readPlan } from './plan.mjs';
import { memory, serve, timeSteps, Unavailable } from './serve.mjs';

const { threads, device, xla = false, ...mode } = JSON.parse(process.argv[2]);
let batches;
let step;
/** The loss of the last update, on the device. */
let loss;

/** The name under which masq knows a network's body, where it is another one; options are called the same. */
const names = { inception: 'inception-time' };

await serve({
  build: async ({ network: { body, ratio, ...options }, plan }) => {
    const { tensorflow, tfjs, warning } = await loadEngine({ device, threads, xla });
    if (warning !== null) throw new Unavailable(warning);
    const { channels, classes, batches: planned } = readPlan(plan);
    batches = planned;
    const attention = ratio === undefined ? {} : { attention: { name: 'squeeze-excite', ratio } };
    const name = names[body] ?? body;
    const model = buildModel({ name, ...attention, ...options }, { channels, classes, seed: 1 });
    step = makeStep({ ...mode, device }, model, batches);
    return {
      parameters: modelCost(model, batches[0].shape[1]).parameters,
      modes: ['step'],
      // Masq predicts in float32 whatever it was trained in.
      predictModes: mode.precision === 'float32' ? ['predict'] : [],
      captureSeconds: step.captureSeconds,
      versions: { tensorflow, tfjs },
    };
  },
  burst: ({ first, steps }) =>
    step.trainSeveral === undefined
      ? timeSteps(steps, first, train, () => loss.dataSync()[0])
      : timeAll(steps, () => step.trainSeveral(first, steps)),
  predict: async ({ first, steps }) => {
    const { milliseconds } = await timeSteps(steps, first, predict, () => null);
    return { milliseconds };
  },
  store: () => {
    step.store();
    return null;
  },
  memory: () => ({ ...memory(), tensors: tf.memory().numTensors }),
});

/** Steps that are made in calls of several, whose last loss is read back at the end. */
function timeAll(steps, trainAll) {
  const start = performance.now();
  const last = trainAll();
  return { steps, milliseconds: performance.now() - start, loss: last };
}

function train(n) {
  loss?.dispose();
  loss = step.train(batches[n % batches.length], n + 1);
}

function predict(n) {
  const probabilities = step.predict(batches[n % batches.length]);
  probabilities.dataSync();
  probabilities.dispose();
}
