// The training step of masq in each of its modes: eager, and captured as one graph in float32 or bfloat16. As in a run
// of `masq train`, a step takes its batch from the host.
import tf from '#tfjs';
import { bfloat16Support } from '../../dist/engine/index.js';
import { compileSteps } from '../../dist/train/compiledSteps.js';
import {
  createOptimizer,
  createTrainingState,
  predictStep,
  toTensors,
  trainStep,
} from '../../dist/train/index.js';
import { Unavailable } from './serve.mjs';

const adamw = { name: 'adamw', weightDecay: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
const learningRate = 1e-3;

/**
 * The steps of a mode for batches whose shapes are known before.
 *
 * @param mode `{captured, precision, device}`, precision `float32` or `bfloat16`, device `cpu` or `gpu`; predictions are float32, as those of masq are
 * @returns `train(batch, step)` makes update number `step`, from 1, and gives its loss, a tensor; `predict(batch)` gives
 *   log-probabilities, a tensor; `store()` gives the model what training has reached; `captureSeconds`, null where
 *   nothing is captured
 */
export function makeStep({ captured, precision, device }, model, batches) {
  const { reason } = bfloat16Support(device);
  if (precision === 'bfloat16' && reason !== null) throw new Unavailable(reason);
  const optimizer = createOptimizer(adamw);
  const state = createTrainingState(model, optimizer);
  const options = { optimizer, gradientClipping: null, precision };
  return captured ? capturedStep(model, state, options, batches) : eagerStep(model, state, options);
}

function capturedStep(model, state, options, batches) {
  const all = batches.map(({ shape: [rows, time] }) => ({ rows, time }));
  const shapes = [...new Map(all.map((shape) => [`${shape.rows}×${shape.time}`, shape])).values()];
  const steps = compileSteps({ model, training: { state, options, shapes }, predictionShapes: shapes });
  if (steps.warning !== null) throw new Error(steps.warning);
  return {
    captureSeconds: steps.captureSeconds,
    train: (batch, step) => {
      const { loss, correct } = steps.train(batch, { learningRate, step });
      correct.dispose();
      return loss;
    },
    predict: (batch) => steps.predict(batch),
    store: () => steps.store(),
  };
}

function eagerStep(model, state, options) {
  return {
    captureSeconds: null,
    train: (batch, step) =>
      tf.tidy(() => {
        const numbers = { learningRate: tf.scalar(learningRate), step: tf.scalar(step) };
        return trainStep(state, toTensors(batch), numbers, options).loss;
      }),
    predict: (batch) => tf.tidy(() => predictStep(model, toTensors(batch))),
    store: () => undefined,
  };
}
