// The training step of masq in each of its modes: eager, and captured as one graph in float32 or bfloat16. A step takes its batch
// from the host; on graphics cards, as in a run of `masq train`, the recordings are on the card and one call makes several steps.
import tf from '#tfjs';
import { recordingsFromArrays } from '../../dist/data/index.js';
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
 * @param mode `{captured, precision, device, onDevice}`, precision `float32` or `bfloat16`, device `cpu` or `gpu`, `onDevice` whether recordings are kept there; predictions are float32, as those of masq are
 * @returns `train(batch, step)` makes update number `step`, from 1, and gives its loss, a tensor; `predict(batch)` gives
 *   log-probabilities, a tensor; `trainSeveral(first, steps)`, on cards only, makes steps of the batches from one on and gives the last loss; `store()` gives the model what training has reached; `captureSeconds`, null where
 *   nothing is captured
 */
export function makeStep({ captured, precision, device, onDevice = device !== 'cpu' }, model, batches) {
  const { reason } = bfloat16Support(device);
  if (precision === 'bfloat16' && reason !== null) throw new Unavailable(reason);
  const optimizer = createOptimizer(adamw);
  const state = createTrainingState(model, optimizer);
  const options = { optimizer, gradientClipping: null, precision };
  if (captured && onDevice) return stepsOnDevice(model, state, options, batches);
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

/** Steps as `masq train` makes them where the set is on the device: indices go in, several steps a call, losses come back once. */
function stepsOnDevice(model, state, options, batches) {
  const { sets, planned } = setOf(batches);
  const shapes = [...new Map(planned.map(({ rows, time }) => [`${rows}×${time}`, { rows, time }])).values()];
  const training = { state, options, shapes };
  const steps = compileSteps({ model, training, predictionShapes: shapes, sets });
  if (steps.warning !== null) throw new Error(steps.warning);
  const { device } = steps;
  const trainSeveral = (first, count) => {
    const results = [];
    for (let done = 0; done < count;) {
      const some = [planned[(first + done) % planned.length]];
      while (some.length < Math.min(device.mostSteps, count - done)) {
        const next = planned[(first + done + some.length) % planned.length];
        if (next.rows !== some[0].rows || next.time !== some[0].time) break;
        some.push(next);
      }
      const numbers = some.map((_, i) => ({ learningRate, step: first + done + i + 1 }));
      results.push({ ...device.train(some, numbers), count: some.length });
      done += some.length;
    }
    const losses = results.map(({ loss, count: made }) => loss.dataSync()[made - 1]);
    tf.dispose(results.map(({ loss, correct }) => [loss, correct]));
    return losses.at(-1);
  };
  return {
    captureSeconds: steps.captureSeconds,
    trainSeveral,
    predict: (batch) => device.predict(planned[batches.indexOf(batch)]),
    store: () => steps.store(),
  };
}

/** The recordings of batches as a set, and the batches as rows of it. */
function setOf(batches) {
  const recordings = batches.flatMap(({ values, shape: [, time, channels], lengths }) =>
    Array.from(lengths, (length, row) =>
      Array.from({ length }, (_, t) => {
        const at = (row * time + t) * channels;
        return Array.from(values.subarray(at, at + channels));
      }),
    ),
  );
  const labels = batches.flatMap((batch) => Array.from(batch.labels, String));
  const set = recordingsFromArrays(recordings, { labels });
  let first = 0;
  const planned = batches.map(({ shape: [rows, time] }) => {
    const indices = Int32Array.from({ length: rows }, (_, i) => first + i);
    first += rows;
    return { indices, rows, time };
  });
  return { sets: { train: set, validation: set }, planned };
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
