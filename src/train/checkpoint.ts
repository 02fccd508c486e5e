// Checkpoints: folders that are written whole before a pointer names them, so that a kill never leaves half of one.
//
//   checkpoints/step-001360/   model.json, weights.bin, state/progress.json, state/optimizer.bin
//   checkpoints/best, last     one line each: the name of a folder, replaced atomically
import { randomUUID } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import tf from '#tfjs';
import { codeOf, messageOf, UserError } from '../shared/errors.js';
import { syncFolder, writeFileAtomic, writeFilesDurable } from '../shared/node/files.js';
import { modelFromFiles, modelToFiles, type ModelMetadata } from './artifacts.js';
import { noProgress, type Progress } from './progress.js';
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
 * @param folder of all checkpoints; it holds none with as many updates
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
  try {
    await mkdir(join(temporary, 'state'), { recursive: true });
    await writeFilesDurable({
      [join(temporary, 'model.json')]: json,
      [join(temporary, 'weights.bin')]: weights,
      [join(temporary, 'state', 'progress.json')]: JSON.stringify(progress),
      [join(temporary, 'state', 'optimizer.bin')]: optimizer,
    });
    await Promise.all([syncFolder(join(temporary, 'state')), syncFolder(temporary)]);
    await rename(temporary, join(folder, name));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
  await syncFolder(folder);
  if (progress.best !== null) await point(folder, 'best', folderName(progress.best.step));
  await point(folder, 'last', name);
  await removeUnnamed(folder);
}

/**
 * The last checkpoint, or null without one. What a kill left behind is removed, and `best` made to agree with the
 * progress of `last`, between which it may have come.
 *
 * @throws UserError when a file of it is missing or damaged
 */
export async function recoverCheckpoint(folder: string): Promise<Checkpoint | null> {
  if ((await pointerTo(folder, 'last')) === null) {
    // Nothing to go on from: training begins anew, and nothing of before may be taken for its own.
    await rm(join(folder, 'best'), { force: true });
    await removeUnnamed(folder);
    return null;
  }
  const checkpoint = await readCheckpoint(folder, 'last');
  const { best } = checkpoint.progress;
  if (best !== null) await point(folder, 'best', folderName(best.step));
  await removeUnnamed(folder);
  return checkpoint;
}

/** @throws UserError when there is none of that name, or a file of it is missing or damaged */
export async function readCheckpoint(folder: string, name: CheckpointName): Promise<Checkpoint> {
  const target = await pointerTo(folder, name);
  if (target === null) {
    throw new UserError(`there is no checkpoint "${name}"; expected a run that has finished an epoch.`, {
      file: folder,
    });
  }
  const path = join(folder, target);
  try {
    const json = await readFile(join(path, 'model.json'), 'utf8');
    const weights = await readFile(join(path, 'weights.bin'));
    const text = await readFile(join(path, 'state', 'progress.json'), 'utf8');
    // Checkpoints of before do not tell how long steps waited.
    const progress = { ...noProgress, ...(JSON.parse(text) as Partial<Progress>) };
    return { folder: path, progress, ...(await modelFromFiles({ json, weights })) };
  } catch (error) {
    // A run that goes on replaces its checkpoints: the one that was named may have gone in the meantime.
    if ((await pointerTo(folder, name)) !== target) return readCheckpoint(folder, name);
    throw damaged(path, error);
  }
}

/**
 * Puts the optimizer's memory of a checkpoint into the state.
 *
 * @throws UserError when its file is missing or of another size
 */
export async function restoreSlots(state: TrainingState, checkpoint: Checkpoint): Promise<void> {
  const bytes = await readFile(join(checkpoint.folder, 'state', 'optimizer.bin')).catch((error: unknown) => {
    throw damaged(checkpoint.folder, error);
  });
  const expected = 4 * slotsSize(state);
  if (bytes.length !== expected) {
    const sizes = `state/optimizer.bin holds ${bytes.length} bytes, expected ${expected}`;
    throw damaged(checkpoint.folder, new Error(sizes));
  }
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  let offset = 0;
  for (const slot of state.slots.flat()) {
    const value = tf.tensor(values.subarray(offset, offset + slot.size), slot.shape, 'float32');
    slot.assign(value);
    value.dispose();
    offset += slot.size;
  }
}

function damaged(path: string, error: unknown): UserError {
  return new UserError(
    `this checkpoint is damaged: ${messageOf(error)}. Restore its files, or train anew.`,
    { file: path },
    { cause: error },
  );
}

async function readSlots(state: TrainingState): Promise<Uint8Array> {
  const values = new Float32Array(slotsSize(state));
  let offset = 0;
  for (const slot of state.slots.flat()) {
    values.set(await slot.data<'float32'>(), offset);
    offset += slot.size;
  }
  return new Uint8Array(values.buffer);
}

/** Numbers in all slots together. */
function slotsSize({ slots }: TrainingState): number {
  return slots.flat().reduce((sum, { size }) => sum + size, 0);
}

function assertFinite(bytes: Uint8Array): void {
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  // 0 times a number is 0 unless the number is not finite.
  let sum = 0;
  // eslint-disable-next-line @typescript-eslint/prefer-for-of -- takes ten times as long or more
  for (let i = 0; i < values.length; i++) sum += 0 * values[i];
  if (sum !== 0) throw new NonFiniteWeightsError('a weight is not finite');
}

/** Named by the number of updates, which no two checkpoints of a run share. */
function folderName(step: number): string {
  return `step-${String(step).padStart(8, '0')}`;
}

/** @throws UserError when there is no such folder; the pointer stays as it is then */
async function point(folder: string, name: CheckpointName, target: string): Promise<void> {
  const path = join(folder, target);
  await access(path).catch((error: unknown) => {
    throw damaged(path, error);
  });
  await writeFileAtomic(join(folder, name), `${target}\n`);
}

/** The folder that a pointer names, or null where there is no pointer. */
async function pointerTo(folder: string, name: CheckpointName): Promise<string | null> {
  const target = await readFile(join(folder, name), 'utf8').catch(ifAbsent(null));
  return target?.trim() ?? null;
}

/** What a file or folder that is not there stands for; other errors are thrown on. */
function ifAbsent<Value>(value: Value): (error: unknown) => Value {
  return (error) => {
    if (codeOf(error) === 'ENOENT') return value;
    throw error;
  };
}

async function removeUnnamed(folder: string): Promise<void> {
  const keep = [await pointerTo(folder, 'best'), await pointerTo(folder, 'last')];
  const entries = await readdir(folder).catch(ifAbsent([]));
  for (const entry of entries) {
    const stale = /^(step-|tmp-)/.test(entry) || entry.endsWith('.tmp');
    if (stale && !keep.includes(entry)) await rm(join(folder, entry), { recursive: true, force: true });
  }
}
