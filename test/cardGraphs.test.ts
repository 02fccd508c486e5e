// Where the graphs of training run on a graphics card, told by the kernels in TensorFlow's CUDA library, which says them without a card.
// Where the CUDA variant is not in the cache, this is left out: it is 3.3 GB to download.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tf from '#tfjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { engineFolder, inspectEngine } from '../src/engine/cache.js';
import type * as graphModule from '../src/engine/program/graph.js';
import { loadEngine } from '../src/engine/index.js';
import { recordingsFromArrays } from '../src/data/index.js';
import { registerTensorflowKernels } from '../src/engine/tensorflow/index.js';
import { attentions, type AttentionChoice } from '../src/layers/index.js';
import { models } from '../src/models/index.js';
import { compileSteps } from '../src/train/compiledSteps.js';
import { createOptimizer } from '../src/train/optimizers.js';
import { createTrainingState, disposeSlots, type StepOptions } from '../src/train/step.js';
import { placeOnCard, readRegistry, type PlacedNode, type Registry } from './support/cardPlacement.js';
import { buildSmall, channels, classes } from './support/smallModels.js';

const graphs = vi.hoisted(() => [] as Uint8Array[]);
vi.mock('../src/engine/program/graph.js', async (original) => {
  const real = await original<typeof graphModule>();
  const savedModel: typeof real.savedModel = (...source) => {
    const model = real.savedModel(...source);
    graphs.push(model);
    // It need not be loaded.
    throw new Error('captured');
  };
  return { ...real, savedModel };
});

const installed = inspectEngine(engineFolder('cuda'));
if (installed.state !== 'whole') {
  process.stderr.write(
    'cardGraphs: left out, as the CUDA variant is not installed (masq engine install --cuda)\n',
  );
}

const folder = mkdtempSync(join(tmpdir(), 'masq-kernels-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

let registry: Registry;

const adamw = createOptimizer({ name: 'adamw', weightDecay: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
const sgd = createOptimizer({ name: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 0.01 });

/** Eight recordings of 9 to 16 steps. */
const recordings = Array.from({ length: 8 }, (_, i) =>
  Array.from({ length: 9 + i }, (_, t) => Array.from({ length: channels }, (_, c) => i + t - c)),
);
const set = recordingsFromArrays(recordings, { labels: recordings.map((_, i) => `${i % classes}`) });

/** All nodes of training, evaluation and training in parts, as they are placed with a card. */
function placedNodes(
  name: string,
  different: Partial<StepOptions> = {},
  attention?: AttentionChoice,
): PlacedNode[] {
  graphs.length = 0;
  const model = buildSmall(name, attention === undefined ? {} : { attention });
  const options = { optimizer: adamw, gradientClipping: 1, labelSmoothing: 0.1, ...different };
  const state = createTrainingState(model, options.optimizer);
  const shapes = [{ rows: 4, time: 16 }];
  const training = { state, options, shapes };
  try {
    for (const source of [
      { model, training, predictionShapes: shapes, sets: { train: set, validation: set } },
      { model, training: { ...training, parts: 2, mixed: true }, predictionShapes: shapes },
    ]) {
      expect(() => compileSteps(source)).toThrow('captured');
    }
  } finally {
    disposeSlots(state);
    model.dispose();
  }
  expect(graphs).toHaveLength(2);
  return graphs.flatMap((graph) => placeOnCard(graph, registry));
}

/** Counts of calls, of which random numbers are made. */
const hostCounters = [
  'AssignVariableOp int32',
  'Enter resource',
  'ReadVariableOp int32',
  'VarHandleOp int32',
];

/** Models in which the host is always ahead of the card. */
const neverWaiting = ['fcn', 'resnet', 'inception-time'];

/** What waits for a number from the card in the others: valid steps counted in a mask, and the longest row of an LSTM. */
const knownWaits = ['BlockLSTMGradV2 float32', 'BlockLSTMV2 float32', 'Sum int32'];

/** Different descriptions, in order. */
const distinct = (nodes: readonly PlacedNode[]): string[] =>
  [...new Set(nodes.map(({ what }) => what))].sort();

describe.skipIf(installed.state !== 'whole')('on a card', () => {
  beforeAll(async () => {
    const files = ['operations.pb', 'kernels.pb'].map((name) => join(folder, name));
    const libraries = join(engineFolder('cuda'), 'tensorflow');
    const { status, stderr } = spawnSync(
      'python3',
      ['test/support/registeredKernels.py', libraries, ...files],
      {
        encoding: 'utf8',
      },
    );
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    const [operations, kernels] = files.map((file) => readFileSync(file));
    registry = readRegistry(operations, kernels);
    await loadEngine({ device: 'cpu' });
    // As on cards, without masq's own operations. Nothing has to be put back: this file has a process of its own.
    for (const { kernelName } of tf.getKernelsForBackend('tensorflow')) {
      if (kernelName.startsWith('Masq')) tf.unregisterKernel(kernelName, 'tensorflow');
    }
    registerTensorflowKernels({ own: null });
  });
  describe.each(Object.keys(models))('%s', (name) => {
    it.each(['float32', 'bfloat16'] as const)(
      'has kernels of TensorFlow for all that computes, in %s',
      (precision) => {
        const nodes = placedNodes(name, { precision });
        expect(distinct(nodes).filter((what) => what.startsWith('Masq'))).toEqual([]);
        // Counters of dropout are on the host, whichever way they are taken.
        const onHost = distinct(nodes.filter(({ onCard }) => !onCard));
        expect(onHost.filter((what) => !hostCounters.includes(what))).toEqual([]);
        const waiting = distinct(nodes.filter(({ waitsFor }) => waitsFor.length > 0));
        expect(waiting.filter((what) => !knownWaits.includes(what) || neverWaiting.includes(name))).toEqual(
          [],
        );
      },
    );
  });

  it.each(Object.keys(attentions))('%s in fcn has them too, and nothing waits for the card', (attention) => {
    const nodes = placedNodes('fcn', { optimizer: sgd }, { name: attention });
    expect(distinct(nodes.filter(({ onCard }) => !onCard))).toEqual([]);
    expect(distinct(nodes.filter(({ waitsFor }) => waitsFor.length > 0))).toEqual([]);
  });
});
