// Sends what runs and studies have left unsent, in this thread.
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../shared/errors.js';
import { mlflowClient, type ClientOptions } from './client.js';
import { isSent, lockOutbox, mlflowFolder, readIdentity, readSent, type MlflowFolder } from './folder.js';
import { addToOutbox, readOutbox } from './outbox.js';
import { connect } from './send.js';
import { serverAddress } from './target.js';

export interface DeliveryOptions extends ClientOptions {
  /** Another server than the one that the run names, or another address of it. */
  readonly uri?: string | undefined;
  readonly onRefused?: (what: string) => void;
}

/** `waits`: what there is is sent, but the run cannot be joined to that of its study, which is not on the server yet. */
export type Delivery = 'sent' | 'nothing left' | 'waits';

/**
 * Sends what is left of one run or study.
 *
 * @throws UnavailableError, RefusedError, or Error when another process sends it
 */
export async function deliver(
  directory: string,
  { uri, onRefused = () => undefined, ...options }: DeliveryOptions = {},
): Promise<Delivery> {
  const folder = mlflowFolder(directory);
  const identity = await readIdentity(folder);
  if (identity === null) throw new Error(`${folder.identity} is missing`);
  const release = await lockOutbox(folder);
  try {
    await tellResult(folder);
    const server = serverAddress(uri ?? identity.uri);
    const isThere = uri === undefined || (await readSent(folder))?.uri === server;
    if (isThere && (await isSent(folder))) return 'nothing left';
    const client = mlflowClient(server, options);
    await (await connect(folder, client, onRefused)).send();
    return (await isSent(folder)) ? 'sent' : 'waits';
  } finally {
    release();
  }
}

/**
 * The directories of all runs and studies in some folders that are told to MLflow, studies before their trials.
 *
 * @throws UserError for a folder that there is not, or in which there are none
 */
export async function findTracked(folders: readonly string[]): Promise<string[]> {
  const all: string[] = [];
  for (const folder of folders) {
    if (!existsSync(folder)) throw new UserError('there is no such folder.', { file: folder });
    const found = await trackedIn(folder);
    if (found.length === 0) {
      throw new UserError('nothing in this folder is told to MLflow; expected runs with track: [mlflow].', {
        file: folder,
      });
    }
    all.push(...found);
  }
  return [...new Set(all)];
}

async function trackedIn(folder: string): Promise<string[]> {
  const own = existsSync(mlflowFolder(folder).identity) ? [folder] : [];
  const inner = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && !['checkpoints', 'mlflow', 'tensorboard'].includes(entry.name))
    .map(({ name }) => join(folder, name))
    .sort();
  for (const path of inner) own.push(...(await trackedIn(path)));
  return own;
}

/** A run that was killed once its result was written, and before it told so, has finished. */
async function tellResult({ directory, outbox }: MlflowFolder): Promise<void> {
  const result = await stat(join(directory, 'result.json')).catch(() => null);
  if (result === null) return;
  const { lines } = await readOutbox(outbox);
  const last = lines.findLast(({ line }) => line.type === 'status')?.line;
  if (last?.type === 'status' && last.status === 'FINISHED') return;
  await addToOutbox(outbox, [{ type: 'status', status: 'FINISHED', time: Math.round(result.mtimeMs) }]);
}
