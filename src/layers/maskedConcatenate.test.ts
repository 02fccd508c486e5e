// Branches side by side: values, gradients, masks and shapes, and coming back from a saved model.
import tf from '#tfjs';
import { beforeAll, expect, test } from 'vitest';
import { loadEngine } from '../engine/index.js';
import {
  maskedConcatenate,
  maskedConv1d,
  maskedGlobalPool1d,
  maskFromLengths,
  sequenceMask,
} from './index.js';

beforeAll(() => loadEngine());

test('puts channels one after another, and 0 at padded steps', () => {
  const a = tf.tensor3d([1, 2, NaN], [1, 3, 1]);
  const b = tf.tensor3d([3, 4, 5, 6, Infinity, 7], [1, 3, 2]);
  const mask = maskFromLengths(tf.tensor1d([2], 'int32'), 3);
  const y = maskedConcatenate().apply([a, b], { mask }) as tf.Tensor3D;
  expect(y.arraySync()).toEqual([[[1, 3, 4], [2, 5, 6], [0, 0, 0]]]); // prettier-ignore
});

test('gives each branch its share of the gradient, and 0 at padded steps', () => {
  const mask = maskFromLengths(tf.tensor1d([1], 'int32'), 2);
  const gradients = tf.grads((a, b) => maskedConcatenate().apply([a, b], { mask }) as tf.Tensor);
  const dy = tf.tensor3d([1, 2, 3, NaN, NaN, NaN], [1, 2, 3]);
  const [da, db] = gradients([tf.ones([1, 2, 1]), tf.ones([1, 2, 2])], dy);
  expect(Array.from(da.dataSync())).toEqual([1, 0]);
  expect(Array.from(db.dataSync())).toEqual([2, 3, 0, 0]);
});

function branches(): { inputs: tf.SymbolicTensor[]; parts: tf.SymbolicTensor[] } {
  const values = tf.input({ shape: [null, 2] });
  const lengths = tf.input({ shape: [1], dtype: 'int32' });
  const x = sequenceMask().apply([values, lengths]) as tf.SymbolicTensor;
  const parts = [2, 3].map(
    (filters) => maskedConv1d({ filters, kernelSize: 3 }).apply(x) as tf.SymbolicTensor,
  );
  return { inputs: [values, lengths], parts };
}

test('passes the mask on in a model, which gives the same whatever the padding, also after saving', async () => {
  const { inputs, parts } = branches();
  const y = maskedConcatenate().apply(parts) as tf.SymbolicTensor;
  expect(y.shape).toEqual([null, null, 5]);
  const model = tf.model({ inputs, outputs: maskedGlobalPool1d().apply(y) as tf.SymbolicTensor });
  const predict = (from: tf.LayersModel, time: number, fill: number) => {
    const values = tf.pad(tf.ones([1, 2, 2]), [[0, 0], [0, time - 2], [0, 0]], fill); // prettier-ignore
    return (from.predict([values, tf.tensor2d([2], [1, 1], 'int32')]) as tf.Tensor).dataSync();
  };
  const expected = predict(model, 2, 0);
  for (const [i, value] of predict(model, 7, NaN).entries()) expect(value).toBeCloseTo(expected[i], 5);
  let saved: tf.io.ModelArtifacts = {};
  await model.save(
    tf.io.withSaveHandler((artifacts) => {
      saved = artifacts;
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
    }),
  );
  const loaded = await tf.loadLayersModel({ load: () => Promise.resolve(saved) });
  expect(predict(loaded, 2, 0)).toEqual(expected);
});

test('refuses a single tensor, and tensors of different lengths, with their shapes', () => {
  const tensors = [tf.input({ shape: [4, 1] }), tf.input({ shape: [5, 2] })];
  const layer = () => maskedConcatenate({ name: 'join' });
  expect(() => layer().apply(tensors)).toThrow(
    'Layer "join" concatenates two or more tensors that differ in their channels only, got shapes [[null,4,1],[null,5,2]].',
  );
  expect(() => layer().apply(tensors[0])).toThrow('got shapes [null,4,1].');
});

test('refuses branches whose masks begin in different places', () => {
  const [{ parts: [a] }, { parts: [, b] }] = [branches(), branches()]; // prettier-ignore
  expect(() => maskedConcatenate({ name: 'join' }).apply([a, b])).toThrow(
    'Layer "join" is applied to tensors whose masks differ',
  );
});
