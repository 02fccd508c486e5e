// Checkpoints: folders that are written whole before a pointer names them, so that a kill never leaves half of one.
//
//   checkpoints/step-001360/   model.json, weights.bin, state/progress.json, state/optimizer.bin
//   checkpoints/best, last     one line each: the name of a folder, replaced atomically
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { UserError } from '../shared/errors.js';
import { syncFolder, writeFileAtomic, writeFileDurable } from '../shared/node/files.js';
import { modelFromFiles, modelToFiles, type ModelMetadata } from './artifacts.js';
import type { Progress } from './progress.js';
import type { TrainingState } from './step.js';

export type CheckpointName = 'best' | 'last';

/** A checkpoint that was read: the model, and what training goes on from. */
export interface Checkpoint extends Awaited<ReturnType<typeof modelFromFiles>> {
  readonly folder: string;
  readonly progress: Progress;
}

/** The weights are not all finite: nothing is written, so that the last good checkpoint stays. */
export class NonFiniteWeightsError extends Error {
  override readonly name = 'NonFiniteWeightsError';
}

/**
 * Writes a checkpoint and points `last` at it, and `best` at the best one so far; folders that neither names go.
 *
 * @throws NonFiniteWeightsError when a weight is NaN or infinite
 */
export async function writeCheckpoint(
  folder: string,
  state: TrainingState,
  metadata: ModelMetadata,
  progress: Progress,
): Promise<void> {
  const { json, weights } = await modelToFiles(state.model, metadata);
  const optimizer = await readSlots(state);
  assertFinite(weights);
  assertFinite(optimizer);
  const name = folderName(progress.step);
  const temporary = join(folder, `tmp-${randomUUID().slice(0, 8)}`);
  await mkdir(join(temporary, 'state'), { recursive: true });
  await writeFileDurable(join(temporary, 'model.json'), json);
  await writeFileDurable(join(temporary, 'weights.bin'), weights);
  await writeFileDurable(join(temporary, 'state', 'progress.json'), JSON.stringify(progress));
  await writeFileDurable(join(temporary, 'state', 'optimizer.bin'), optimizer);
  await syncFolder(join(temporary, 'state'));
  await syncFolder(temporary);
  await rm(join(folder, name), { recursive: true, force: true });
  await rename(temporary, join(folder, name));
  await syncFolder(folder);
  if (progress.best !== null) await point(folder, 'best', folderName(progress.best.step));
  await point(folder, 'last', name);
  await removeUnnamed(folder);
}

/**
 * Makes `best` agree with the progress of `last`, between which a kill may have come, and removes what the kill left.
 */
export async function repairCheckpoints(folder: string, { best }: Progress): Promise<void> {
  if (best !== null) await point(folder, 'best', folderName(best.step));
  await removeUnnamed(folder);
}

/** Whether there is a checkpoint of that name. */
export function hasCheckpoint(folder: string, name: CheckpointName): boolean {
  return existsSync(join(folder, name));
}

/** @throws UserError when there is none, or a file of it is missing or damaged */
export async function readCheckpoint(folder: string, name: CheckpointName): Promise<Checkpoint> {
  if (!hasCheckpoint(folder, name)) {
    throw new UserError(`there is no checkpoint "${name}"; expected a run that has finished an epoch.`, {
      file: folder,
    });
  }
  const path = join(folder, (await readFile(join(folder, name), 'utf8')).trim());
  try {
    const json = await readFile(join(path, 'model.json'), 'utf8');
    const weights = await readFile(join(path, 'weights.bin'));
    const progress = JSON.parse(await readFile(join(path, 'state', 'progress.json'), 'utf8')) as Progress;
    return { folder: path, progress, ...(await modelFromFiles({ json, weights })) };
  } catch (error) {
    throw new UserError(
      'this checkpoint cannot be read: a file of it is missing or damaged.',
      { file: path },
      { cause: error },
    );
  }
}

/** Puts the optimizer's memory of a checkpoint into the state. */
export async function restoreSlots(state: TrainingState, checkpoint: Checkpoint): Promise<void> {
  const file = join(checkpoint.folder, 'state', 'optimizer.bin');
  const bytes = await readFile(file);
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const expected = state.slots.flat().reduce((sum, { size }) => sum + size, 0);
  if (values.length !== expected) {
    throw new UserError(
      `holds ${values.length} numbers, expected ${expected} for this model and optimizer.`,
      { file },
    );
  }
  let offset = 0;
  for (const slot of state.slots.flat()) {
    const value = tf.tensor(values.subarray(offset, offset + slot.size), slot.shape, 'float32');
    slot.assign(value);
    value.dispose();
    offset += slot.size;
  }
}

async function readSlots(state: TrainingState): Promise<Uint8Array> {
  const slots = state.slots.flat();
  const values = new Float32Array(slots.reduce((sum, { size }) => sum + size, 0));
  let offset = 0;
  for (const slot of slots) {
    values.set(await slot.data<'float32'>(), offset);
    offset += slot.size;
  }
  return new Uint8Array(values.buffer);
}

function assertFinite(bytes: Uint8Array): void {
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  if (!values.every(Number.isFinite)) throw new NonFiniteWeightsError('a weight is not finite');
}

/** Named by the number of updates, which no two checkpoints of a run share. */
function folderName(step: number): string {
  return `step-${String(step).padStart(8, '0')}`;
}

async function point(folder: string, name: CheckpointName, target: string): Promise<void> {
  await writeFileAtomic(join(folder, name), `${target}\n`);
}

async function removeUnnamed(folder: string): Promise<void> {
  const pointers: CheckpointName[] = ['best', 'last'];
  const named = await Promise.all(
    pointers.map((name) => readFile(join(folder, name), 'utf8').catch(() => '')),
  );
  const keep = new Set(named.map((target) => target.trim()));
  for (const entry of await readdir(folder)) {
    const stale = /^(step-|tmp-)/.test(entry) || entry.endsWith('.tmp');
    if (stale && !keep.has(entry)) await rm(join(folder, entry), { recursive: true, force: true });
  }
}
