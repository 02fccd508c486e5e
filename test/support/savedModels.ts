// Models as `masq train` saves them, standard tfjs models, with the logits that they gave on the backend that saved them.
import tf from '#tfjs';
import { attentions, type AttentionChoice } from '../../src/layers/index.js';
import { models } from '../../src/models/index.js';
import { modelToFiles } from '../../src/train/artifacts.js';
import { buildSmall, channels, classes, drawRecordings, pad } from './smallModels.js';
import type { Files } from './server.js';
import { drawWeights } from './variables.js';

export interface SavedModel {
  readonly title: string;
  /** Whether it is a model as it is, with squeeze and excitation; else FCN with another attention. */
  readonly plain: boolean;
  /** Where its `model.json` is served. */
  readonly path: string;
  /** Of {@link batch}; one list for each output. */
  readonly logits: number[][];
}

/** Options besides the published ones under which an attention computes by other operations. */
const variants: readonly AttentionChoice[] = [
  ...[
    'max',
    'std',
    'last',
    'gem',
    'attentive',
    'average+max-sum',
    'average+max-concat',
    'average+max-logits',
  ].map((squeeze) => ({ name: 'squeeze-excite', ratio: 4, squeeze, gate: 'hard-sigmoid', bias: true })),
  { name: 'squeeze-excite', gate: 'one-plus-tanh', activation: 'gelu' },
  { name: 'cbam', normalize: false },
  { name: 'gather-excite', extent: 2, ratio: 4 },
  { name: 'gather-excite', extent: 8, parameters: true },
  { name: 'global-context', fusion: 'scale' },
  { name: 'local-gate', ratio: 4, activation: 'swish' },
];

/** Every model, and FCN with every attention, with their files for a server. */
export async function saveModels(): Promise<{ saved: SavedModel[]; files: Files }> {
  const choices = [
    ...Object.keys(models).map((name) => ({ title: name, plain: true, model: buildSmall(name) })),
    ...[...Object.keys(attentions), ...variants].map((attention) => ({
      title: `fcn with ${JSON.stringify(attention)}`,
      plain: false,
      model: buildSmall('fcn', { attention }),
    })),
  ];
  const files: Files = new Map();
  const saved: SavedModel[] = [];
  for (const [i, { title, plain, model }] of choices.entries()) {
    drawWeights(model);
    const { json, weights } = await modelToFiles(model, {
      channels,
      channelNames: null,
      classes: Array.from({ length: classes }, (_, i) => `${i}`),
      normalization: { kind: 'none' },
      output: 'logits',
    });
    files.set(`/model${i}/model.json`, { type: 'application/json', body: json });
    files.set(`/model${i}/weights.bin`, { type: 'application/octet-stream', body: weights });
    saved.push({ title, plain, path: `/model${i}/model.json`, logits: logitsOf(model) });
    model.dispose();
  }
  return { saved, files };
}

/** Recordings of several lengths, 0 and 1 among them, with padding beyond the longest that no logit may show. */
export function batch(): [tf.Tensor3D, tf.Tensor2D] {
  return pad(drawRecordings([9, 4, 1, 0], 1), 11, NaN);
}

/** The outputs for {@link batch}. */
export function logitsOf(model: tf.LayersModel): number[][] {
  return tf.tidy(() => [model.predict(batch())].flat().map((logits) => Array.from(logits.dataSync())));
}

/** The largest difference of two sets of logits; infinite where they differ in number or one of them is not finite. */
export function largestDifference(actual: number[][], expected: number[][]): number {
  const [a, b] = [actual.flat(), expected.flat()];
  if (a.length !== b.length || !a.every(Number.isFinite)) return Infinity;
  return Math.max(...a.map((value, i) => Math.abs(value - b[i])));
}
