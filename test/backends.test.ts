// A model that was saved on one backend of tfjs gives the same logits, and the same gates, on those that are plain
// JavaScript and WebAssembly.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadEngine } from '../src/engine/index.js';
import { readGates, type Gates } from '../src/layers/index.js';
import { serve, type Server } from './support/server.js';
import { batch, largestDifference, logitsOf, saveModels, type SavedModel } from './support/savedModels.js';
import { buildSmall } from './support/smallModels.js';

let saved: SavedModel[] = [];
let server: Server;
let gates: Record<string, number[]> = {};

beforeAll(async () => {
  await loadEngine();
  const { files, ...rest } = await saveModels();
  ({ saved } = rest);
  server = await serve(files);
  gates = valuesOf(gatesOfCbam());
});

afterAll(() => {
  server.close();
});

describe.each(['cpu', 'wasm'])('on the backend %s', (backend) => {
  beforeAll(async () => {
    expect(await tf.setBackend(backend)).toBe(true);
  });

  test('every model and every attention gives the logits that it gave where it was saved', async () => {
    for (const { title, path, logits } of saved) {
      const model = await tf.loadLayersModel(server.url + path);
      expect(largestDifference(logitsOf(model), logits), title).toBeLessThan(1e-4);
      model.dispose();
    }
  });

  test('gates are those that were read where the model was saved', () => {
    const actual = valuesOf(gatesOfCbam());
    expect(Object.keys(actual)).toEqual(Object.keys(gates));
    for (const [name, values] of Object.entries(gates)) {
      expect(largestDifference([actual[name]], [values]), name).toBeLessThan(1e-5);
    }
  });
});

/** Gates of steps and of channels. */
function gatesOfCbam(): Record<string, Gates> {
  const model = buildSmall('fcn', { attention: { name: 'cbam', ratio: 4 } });
  const read = readGates(model, batch());
  model.dispose();
  return read;
}

function valuesOf(read: Record<string, Gates>): Record<string, number[]> {
  const named = Object.entries(read).flatMap(([layer, gates]) =>
    Object.entries(gates).map(([name, gate]): [string, number[]] => [
      `${layer} ${name}`,
      Array.from(gate.dataSync()),
    ]),
  );
  return Object.fromEntries(named);
}
