// Whether something can be written where the user wants it, before any work is done for it.
import { access, constants, stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { codeOf, UserError } from '../errors.js';

/** The type of Linux's /proc, where nothing can be made whatever permissions say, and where Node.js tries to make folders for ever. */
const PROC = 0x9fa0;

/**
 * Checks that files can be written to a folder, or that the folder can be made.
 *
 * @param advice how another folder is named, where that is said otherwise than by naming the folder
 * @throws UserError naming the part of the path that is a file or cannot be written to
 */
export async function checkOutputFolder(path: string, advice = 'Name another folder'): Promise<void> {
  let part = resolve(path);
  while (!(await isWritableFolder(part, advice))) part = dirname(part);
}

/** False where there is nothing, and its parent is to be looked at. */
async function isWritableFolder(path: string, advice: string): Promise<boolean> {
  try {
    if (!(await stat(path)).isDirectory()) {
      throw new UserError(`this is a file, and a folder is needed in its place. ${advice}.`, {
        file: path,
      });
    }
    await access(path, constants.W_OK | constants.X_OK);
    if ((await statfs(path)).type === PROC) throw notWritable(path, 'it is no folder of a disk', advice);
    return true;
  } catch (error) {
    const code = codeOf(error) ?? '';
    // Below a file there is nothing either.
    if (['ENOENT', 'ENOTDIR'].includes(code)) return false;
    if (!['EACCES', 'EPERM', 'EROFS'].includes(code)) throw error;
    throw notWritable(path, code, advice, error);
  }
}

function notWritable(path: string, why: string, advice: string, cause?: unknown): UserError {
  return new UserError(
    `this folder cannot be written to (${why}). ${advice}, or change its permissions.`,
    { file: path },
    { cause },
  );
}
