// What `masq predict` and `masq evaluate` say of a model that cannot be captured.
import tf from '#tfjs';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeConfig, writeWaves } from '../../test/support/waves.js';
import { loadEngine } from '../engine/index.js';
import { buildModel } from '../models/index.js';
import { openRunDirectory } from '../track/index.js';
import { writeCheckpoint } from '../train/checkpoint.js';
import { createOptimizer, createTrainingState, loadConfig, noProgress } from '../train/index.js';
import type { CommandContext } from './context.js';
import { run as evaluate } from './evaluate.js';
import { run as predict } from './predict.js';

/** Draws its noise on the host, where a captured step would freeze it. */
class HostNoise extends tf.layers.Layer {
  static readonly className = 'HostNoise';
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = Array.isArray(inputs) ? inputs[0] : inputs;
    return tf.tidy(() => tf.add(x, tf.randomNormal(x.shape)));
  }
}
tf.serialization.registerClass(HostNoise);

const folder = mkdtempSync(join(tmpdir(), 'masq-predict-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const data = writeWaves(folder, 'waves', { recordings: 40, seed: 1 });

beforeAll(async () => {
  await loadEngine();
  const config = await loadConfig(writeConfig(folder, 'config', { train: data }));
  const base = buildModel(config.model, { channels: 2, classes: 3, seed: 1 });
  const logits = new HostNoise({}).apply(base.outputs[0]) as tf.SymbolicTensor;
  const model = tf.model({ inputs: base.inputs, outputs: logits });
  const { checkpoints } = openRunDirectory(folder);
  mkdirSync(checkpoints);
  await writeCheckpoint(
    checkpoints,
    createTrainingState(model, createOptimizer(config.train.optimizer)),
    {
      channels: 2,
      channelNames: ['x', 'y'],
      classes: ['calm', 'fast', 'rising'],
      normalization: { kind: 'none' },
      output: 'logits',
    },
    noProgress,
  );
});

// Batches of one recording, of eight lengths: enough of each for a captured step to be worth its making.
const engine = { device: undefined, threads: undefined, batchSize: 1, checkpoint: 'last' } as const;

it.each<[string, (context: CommandContext) => Promise<void>]>([
  [
    'predict',
    (context) => predict({ run: folder, files: [data], out: undefined, per: undefined, ...engine }, context),
  ],
  [
    'evaluate',
    (context) => evaluate({ run: folder, data: [data], split: undefined, json: true, ...engine }, context),
  ],
])('masq %s says why it computes one operation at a time', async (_, command) => {
  const warnings: string[] = [];
  await command({
    ...{ quiet: false, verbose: false, signal: AbortSignal.any([]) },
    out: () => undefined,
    info: () => undefined,
    warn: (warning) => void warnings.push(warning),
  });
  expect(warnings).toEqual([
    expect.stringMatching(
      /^Steps run one operation at a time, which is slower\. "predict .* changes from call to call/,
    ),
  ]);
});

it('masq predict gives no windows of a run that has none', async () => {
  const silent = {
    ...{ quiet: false, verbose: false, signal: AbortSignal.any([]) },
    ...{ out: () => undefined, info: () => undefined, warn: () => undefined },
  };
  await expect(
    predict({ run: folder, files: [data], out: undefined, per: 'window', ...engine }, silent),
  ).rejects.toThrow('this run does not cut recordings into windows');
});
