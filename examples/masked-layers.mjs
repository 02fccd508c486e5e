// A plain tf.LayersModel with masked layers, trained by model.fit: what the padding holds does not matter.
import * as tf from '@tensorflow/tfjs';
import { loadEngine } from 'masq/engine';
import {
  maskedBatchNorm,
  maskedConv1d,
  maskedGlobalPool1d,
  sequenceMask,
  squeezeExcite1d,
} from 'masq/layers';

await loadEngine(); // TensorFlow in Node; leave it out in a browser

// Recordings of 10 to 40 steps with 2 channels: slow waves (class 0) and fast ones (class 1).
const recordings = 64;
const longest = 40;
const steps = Array.from({ length: recordings }, (_, i) => 10 + ((i * 7) % 31));
const wave = (i, t, channel) => Math.sin((i % 2 === 0 ? 0.3 : 0.9) * t + i + channel);
const pad = (filling) =>
  tf.tensor3d(
    steps.map((length, i) =>
      Array.from({ length: longest }, (_, t) => [0, 1].map((c) => (t < length ? wave(i, t, c) : filling))),
    ),
  );
const labels = tf.oneHot(
  tf.tensor1d(
    steps.map((_, i) => i % 2, 'int32'),
    'int32',
  ),
  2,
);
const lengths = tf.tensor2d(steps, [recordings, 1], 'int32');

const valuesInput = tf.input({ shape: [null, 2] });
const lengthsInput = tf.input({ shape: [1], dtype: 'int32' });
let x = sequenceMask().apply([valuesInput, lengthsInput]);
x = maskedConv1d({ filters: 16, kernelSize: 5 }).apply(x);
x = maskedBatchNorm({ activation: 'relu' }).apply(x);
x = tf.layers.dropout({ rate: 0.1 }).apply(x); // stock layers that work step by step pass masks on
x = squeezeExcite1d({ ratio: 4 }).apply(x);
x = maskedGlobalPool1d({ pool: 'average' }).apply(x);
const outputs = tf.layers.dense({ units: 2, activation: 'softmax' }).apply(x);
const model = tf.model({ inputs: [valuesInput, lengthsInput], outputs });

model.compile({ optimizer: tf.train.adam(0.01), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
const history = await model.fit([pad(0), lengths], labels, { epochs: 10, batchSize: 16, verbose: 0 });
console.log('accuracy', history.history.acc.at(-1));

const clean = model.predict([pad(0), lengths]);
const dirty = model.predict([pad(NaN), lengths]);
console.log('largest difference with NaN as padding', tf.max(tf.abs(tf.sub(clean, dirty))).dataSync()[0]);
