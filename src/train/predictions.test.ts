// Predictions of a whole set: they do not depend on the batches in which they are computed.
import tf from '#tfjs';
import { describe, expect, it, vi } from 'vitest';
import { recordingsFromArrays, selectRecordings } from '../data/index.js';
import { buildModel } from '../models/index.js';
import { resolveConfig } from './config.js';
import { predict } from './predictions.js';

describe('predict', () => {
  const lengths = [4, 1, 9, 0, 2, 7, 3];
  const recordings = recordingsFromArrays(
    lengths.map((length, i) => Array.from({ length }, (_, t) => [Math.sin(i + t)])),
  );
  const { model: options } = resolveConfig({
    name: 'any',
    data: { train: 'none.csv' },
    model: { name: 'fcn', filters: [3, 3, 3], attention: { name: 'squeeze-excite', ratio: 2 } },
  });
  const model = buildModel(options, { channels: 1, classes: 3, seed: 1 });

  it.each([1, 2, 3, 7, 64])(
    'gives each recording what it gets alone, in the order of the set, in batches of %i',
    (batchSize) => {
      const { logProbabilities, probabilities } = predict(model, recordings, { batchSize });
      const alone = lengths.flatMap((_, i) =>
        Array.from(predict(model, selectRecordings(recordings, Int32Array.of(i))).logProbabilities),
      );
      expect(logProbabilities).toHaveLength(alone.length);
      for (const [i, value] of alone.entries()) expect(logProbabilities[i]).toBeCloseTo(value, 5);
      expect(probabilities[0] + probabilities[1] + probabilities[2]).toBeCloseTo(1, 5);
    },
  );

  it('says in plain words when not even one recording fits into memory', () => {
    const refused = vi.spyOn(tf.engine(), 'makeTensor').mockImplementation(() => {
      throw new Error('OOM when allocating tensor with shape[1,9,128] and type float');
    });
    try {
      expect(() => predict(model, recordings)).toThrow(
        /^Out of memory: a batch of 1 recording of 9 steps does not fit/,
      );
    } finally {
      refused.mockRestore();
    }
  });

  it('gives nothing for an empty set', () => {
    expect(predict(model, selectRecordings(recordings, new Int32Array())).probabilities).toHaveLength(0);
  });
});
