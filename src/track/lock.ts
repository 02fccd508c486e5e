// One process at a time in a run directory.
import { stat } from 'node:fs/promises';
import { UserError } from '../shared/errors.js';
import { takeName } from '../shared/node/nameLock.js';

/**
 * Keeps other processes of this machine out of a folder, by its inode, until `release` is called or this process ends. On systems other
 * than Linux nothing is locked.
 *
 * @returns release
 * @throws UserError when another process has the folder
 */
export async function lockFolder(path: string): Promise<() => void> {
  const { dev, ino } = await stat(path, { bigint: true });
  const release = await takeName(`masq-${dev}-${ino}`);
  if (release !== null) return release;
  throw new UserError(
    'another process is training in this folder. Wait for it, end it, or name another folder.',
    { file: path },
  );
}
