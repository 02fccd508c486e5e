// Checkpoints on disk: what a kill between any two of their writes leaves, and what damage is told.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tf from '#tfjs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { buildModel } from '../models/index.js';
import {
  NonFiniteWeightsError,
  readCheckpoint,
  recoverCheckpoint,
  restoreSlots,
  writeCheckpoint,
} from './checkpoint.js';
import { createOptimizer } from './optimizers.js';
import { noProgress, type Progress } from './progress.js';
import { createTrainingState, type TrainingState } from './step.js';

const metadata = {
  ...{ channels: 2, channelNames: null, classes: ['a', 'b'], output: 'logits' as const },
  normalization: { kind: 'none' as const },
};

let folder: string;
let state: TrainingState;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'masq-checkpoints-'));
  state = newState(1);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function newState(seed: number): TrainingState {
  const model = buildModel({ name: 'fcn', filters: [2, 2, 2] }, { channels: 2, classes: 2, seed });
  const optimizer = createOptimizer({
    name: 'sgd',
    weightDecay: 0,
    momentum: 0.9,
    nesterov: false,
  });
  return createTrainingState(model, optimizer);
}

/** One more epoch of three updates, all of them the best so far. */
async function writeEpoch(epoch: number): Promise<Progress> {
  const step = 3 * epoch;
  const progress = { ...noProgress, epoch, step, best: { epoch, step, value: 1 / epoch } };
  for (const slot of state.slots.flat()) slot.assign(tf.fill(slot.shape, epoch));
  await writeCheckpoint(folder, state, metadata, progress);
  return progress;
}

const pointer = (name: string): string => readFileSync(join(folder, name), 'utf8');

it('comes back with the same weights and the same memory of the optimizer', async () => {
  const progress = await writeEpoch(2);
  const other = newState(5);
  const checkpoint = await readCheckpoint(folder, 'last');
  expect(checkpoint).toMatchObject({ progress, metadata });
  await restoreSlots(other, checkpoint);
  expect(other.slots.flat().every((slot) => slot.dataSync().every((value) => value === 2))).toBe(true);
  const [written, read] = [state.model, checkpoint.model].map((model) =>
    model.getWeights().map((weight) => Array.from(weight.dataSync())),
  );
  expect(read).toEqual(written);
});

it('goes back to what "last" says when a kill came after "best" was moved on', async () => {
  const progress = await writeEpoch(1);
  cpSync(join(folder, 'step-00000003'), join(folder, 'kept'), { recursive: true });
  await writeEpoch(2);
  cpSync(join(folder, 'kept'), join(folder, 'step-00000003'), { recursive: true });
  rmSync(join(folder, 'kept'), { recursive: true });
  writeFileSync(join(folder, 'last'), 'step-00000003\n');
  writeFileSync(join(folder, 'last.1234.tmp'), 'step-0000');
  expect((await recoverCheckpoint(folder))?.progress).toEqual(progress);
  expect(pointer('best')).toBe('step-00000003\n');
  expect(readdirSync(folder).sort()).toEqual(['best', 'last', 'step-00000003']);
});

it('begins anew when a kill came before the first "last"', async () => {
  await writeEpoch(1);
  rmSync(join(folder, 'last'));
  expect(await recoverCheckpoint(folder)).toBeNull();
  expect(readdirSync(folder)).toEqual([]);
  expect(await recoverCheckpoint(join(folder, 'absent'))).toBeNull();
});

it('points at no checkpoint that is not there', async () => {
  await writeEpoch(1);
  const progress = { ...noProgress, epoch: 3, step: 9, best: { epoch: 2, step: 6, value: 1 } };
  await expect(writeCheckpoint(folder, state, metadata, progress)).rejects.toThrow(
    /step-00000006.*damaged: ENOENT/,
  );
  expect([pointer('best'), pointer('last')]).toEqual(['step-00000003\n', 'step-00000003\n']);
});

it('keeps the checkpoint before when a weight is not finite', async () => {
  await writeEpoch(1);
  state.parameters[0].assign(tf.fill(state.parameters[0].shape, Infinity));
  await expect(writeEpoch(2)).rejects.toThrow(NonFiniteWeightsError);
  expect(readdirSync(folder).sort()).toEqual(['best', 'last', 'step-00000003']);
});

it.each<[file: string, bytes: number, message: RegExp]>([
  ['weights.bin', 40, /weights\.bin holds 40 bytes, expected \d+\. Restore its files, or train anew\.$/],
  ['state/optimizer.bin', 6, /state\/optimizer\.bin holds 6 bytes, expected \d+\. Restore/],
  ['state/progress.json', 10, /JSON/],
  ['model.json', 0, /JSON/],
])('says that %s is damaged', async (file, bytes, message) => {
  await writeEpoch(1);
  truncateSync(join(folder, 'step-00000003', file), bytes);
  const reading = readCheckpoint(folder, 'last').then((checkpoint) => restoreSlots(state, checkpoint));
  await expect(reading).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringMatching(message) as string,
  });
});
