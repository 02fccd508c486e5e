// Every model in a size that tests can run many times, and batches for it.
import tf from '#tfjs';
import type { AttentionChoice } from '../../src/layers/index.js';
import { buildModel, models } from '../../src/models/index.js';

/** Channels and classes of the small models. */
export const [channels, classes] = [3, 4];

/** With noise, and with distances that recordings surpass. */
const positions = { maximumDistance: 5, innerDropout: 0.2 };

/** Options by the model's name. A model that is registered has an entry here. */
export const small: Readonly<Record<string, object>> = {
  fcn: { filters: [8, 12, 8] },
  resnet: { filters: [6, 8, 8] },
  'inception-time': { filters: 3, depth: 4, kernelSizes: [8, 5], bottleneck: 4 },
  'mlstm-fcn': { filters: [8, 12, 8], lstmUnits: 5 },
  convnext: {
    filters: [6, 8],
    blocks: [1, 2],
    stemStride: 2,
    kernelSize: 5,
    layerScale: 0.5,
    stochasticDepth: 0.4,
  },
  'conv-tran': { ...{ embedding: 8, kernelSize: 4, expansion: 2, heads: 2, feedForward: 12 }, ...positions },
  'lite-time': { filters: 4, kernelSizes: [8, 5], separableKernelSizes: [4, 3], handCrafted: [2, 4] },
  tcn: { filters: 6, depth: 3, kernelSize: 3, dropout: 0.2 },
  mlp: { length: 6, units: [8, 8], dropout: [0.1, 0.2, 0.3] },
  'se-resnext': { blocks: [2], filters: [8], strides: [2], cardinality: 4, stemFilters: 6 },
  'mobilenet-v3': { variant: 'small', width: 0.1, strides: [2, 1, 2, 1, 1] },
  efficientnet: {
    ...{ blocks: [1, 2], filters: [6, 8], expansions: [1, 2], kernelSizes: [3, 5], strides: [1, 2] },
    ...{ stemFilters: 4, headFilters: 12 },
  },
};

/** A small model, with squeeze and excitation unless another attention is asked for, where it has a place for one. */
export function buildSmall(
  name: string,
  {
    seed = 1,
    attention = { name: 'squeeze-excite', ratio: 4 },
  }: { seed?: number; attention?: AttentionChoice } = {},
): tf.LayersModel {
  if (!(name in small))
    throw new Error(`test/support/smallModels.ts has no options for the model "${name}".`);
  const places = models[name].placements.length > 0;
  return buildModel({ name, ...small[name], ...(places ? { attention } : {}) }, { channels, classes, seed });
}

/** Recordings `[steps][channels]` side by side, padded to `time` steps with `fill`: values and lengths. */
export function pad(recordings: number[][][], time: number, fill: number): [tf.Tensor3D, tf.Tensor2D] {
  const padding = Array.from({ length: channels }, () => fill);
  const rows = recordings.map((steps) => [
    ...steps,
    ...Array.from({ length: time - steps.length }, () => padding),
  ]);
  const lengths = recordings.map((steps) => steps.length);
  return [
    tf.tensor3d(rows.flat(2), [rows.length, time, channels]),
    tf.tensor2d(lengths, [rows.length, 1], 'int32'),
  ];
}

/** Recordings of those lengths, of normally distributed values. */
export function drawRecordings(lengths: readonly number[], seed: number): number[][][] {
  return lengths.map((length, i) =>
    tf.tidy(() => tf.randomNormal<tf.Rank.R2>([length, channels], 0, 1, 'float32', seed + i).arraySync()),
  );
}
