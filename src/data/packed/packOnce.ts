// A packed file of the cache is made by one process at a time: others that need it wait, and use it.
import { mkdir, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { checkOutputFolder } from '../../shared/node/outputFolder.js';
import { takeName } from '../../shared/node/nameLock.js';
import { looksPackedFile } from './openPacked.js';
import { writeErrorOf } from './writing.js';

/** Milliseconds between two looks at whether another process has finished. */
const PAUSE = 250;

/**
 * Makes a packed file where it is not there yet. Where another process of this machine makes it, that is waited for; should it be
 * killed or fail, this one makes it.
 *
 * @param onWaiting is called once where there is something to wait for
 * @returns whether this process made it
 * @throws UserError or PackWriteError where the folder cannot be made, what `pack` throws, or an `AbortError`
 */
export async function packOnce(
  path: string,
  pack: () => Promise<void>,
  onWaiting: () => void,
  signal?: AbortSignal,
): Promise<boolean> {
  for (let told = false; !(await looksPackedFile(path)); told = true) {
    const release = await takeName(await nameOf(path));
    if (release !== null) {
      try {
        // It may have been finished just before the name was free.
        if (await looksPackedFile(path)) return false;
        await pack();
        return true;
      } finally {
        release();
      }
    }
    if (!told) onWaiting();
    await setTimeout(PAUSE, undefined, { signal });
  }
  return false;
}

/** The file by its folder's inode, as folders have several paths. */
async function nameOf(path: string): Promise<string> {
  await checkOutputFolder(dirname(path), 'Name another place for the cache with MASQ_CACHE');
  try {
    await mkdir(dirname(path), { recursive: true });
    const { dev, ino } = await stat(dirname(path), { bigint: true });
    return `masq-${dev}-${ino}-${basename(path)}`;
  } catch (error) {
    throw writeErrorOf(path, error);
  }
}
