// What TF32 makes of the numbers of models: how far they are from float32, and how far the masking contract can hold. Emulated on the processor;
// on a card that multiplies in TF32, without float32 to compare with.
import tf from '#tfjs';
import { beforeAll, expect, it } from 'vitest';
import { loadEngine } from '../src/engine/index.js';
import { models } from '../src/models/index.js';
import { testDevice, tf32Tolerances } from './support/devices.js';
import { buildSmall, classes, drawRecordings, pad } from './support/smallModels.js';
import { counts, inTf32, prepareEmulation } from './support/tf32.js';
import { trainableVariables } from './support/variables.js';

beforeAll(async () => {
  await loadEngine({ device: testDevice });
  if (testDevice === 'cpu') prepareEmulation();
});

const recordings = drawRecordings([14, 9, 12, 5, 3, 11], 3);

/** Logits, loss and gradients of fresh weights, with recordings padded to so many steps. */
function results(name: string, time: number): { logits: tf.Tensor; gradients: tf.Tensor[] } {
  return tf.tidy(() => {
    const model = buildSmall(name);
    const inputs = pad(recordings, time, 0);
    const logits = model.predict(inputs) as tf.Tensor;
    const dy = tf.randomNormal([recordings.length, classes], 0, 1, 'float32', 3);
    const variables = trainableVariables(model);
    const { value, grads } = tf.variableGrads(
      () => tf.sum<tf.Scalar>(tf.mul(model.apply(inputs, { training: true }) as tf.Tensor, dy)),
      variables,
    );
    model.dispose();
    return { logits, gradients: [value, ...variables.map((variable) => grads[variable.name])] };
  });
}

/** The largest `|a - b|` as a share of `1 + |b|`. */
const deviation = (a: tf.Tensor, b: tf.Tensor): number =>
  tf.max(tf.div(tf.abs(tf.sub(a, b)), tf.add(1, tf.abs(b)))).dataSync()[0];

/** `‖a - b‖` as a share of `‖b‖ + 0.01`. */
const normDeviation = (a: tf.Tensor, b: tf.Tensor): number =>
  tf.div(tf.norm(tf.sub(a, b)), tf.add(tf.norm(b), 0.01)).dataSync()[0];

it.each(Object.keys(models))(
  '%s is as near to float32 as TF32 allows, and keeps the masking contract as far whatever the order of sums',
  (name) => {
    const { reference, invariance } = tf32Tolerances(name);
    const gradients = (a: ReturnType<typeof results>, b: typeof a): number =>
      Math.max(...a.gradients.map((gradient, i) => normDeviation(gradient, b.gradients[i])));
    const first = inTf32(1, () => results(name, 14));
    const padded = inTf32(2, () => results(name, 19));
    expect(deviation(padded.logits, first.logits)).toBeLessThan(invariance.logits);
    expect(gradients(padded, first)).toBeLessThan(invariance.gradients);
    if (testDevice !== 'cpu') return;
    const exact = results(name, 14);
    expect(deviation(first.logits, exact.logits)).toBeLessThan(reference.logits);
    expect(gradients(first, exact)).toBeLessThan(reference.gradients);
    // It is TF32 that is compared, in all products.
    expect(gradients(first, exact)).toBeGreaterThan(1e-4);
    expect(counts.emulated).toBeGreaterThan(10);
    expect(counts.emulated).toBe(counts.executed);
  },
);
