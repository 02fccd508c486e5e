// A file that grows while a run goes on, and never stops it: what could not be written is kept and tried again with what
// comes next.
import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../shared/errors.js';

export interface GrowingFile {
  /** Adds bytes, on the disk before it returns. */
  readonly append: (bytes: Uint8Array) => Promise<void>;
}

/**
 * A file to add to, made with its folder when the first bytes come.
 *
 * @param position where what is whole in it ends, and new bytes begin
 * @param onFailure told once why bytes cannot be written
 */
export function growingFile(
  path: string,
  position: number,
  onFailure: (reason: string) => void,
): GrowingFile {
  let pending = Buffer.alloc(0);
  let failed = false;
  return {
    append: async (bytes) => {
      pending = Buffer.concat([pending, bytes]);
      try {
        if (position === 0) await mkdir(dirname(path), { recursive: true });
        await writeAt(path, pending, position);
        position += pending.length;
        pending = Buffer.alloc(0);
      } catch (error) {
        if (!failed) onFailure(messageOf(error));
        failed = true;
      }
    },
  };
}

/**
 * Writes bytes where the whole records before them end, over what a failed attempt may have left there. A file that has
 * been removed is not made again, as readers understand none without its beginning.
 */
async function writeAt(path: string, bytes: Uint8Array, position: number): Promise<void> {
  const file = await open(path, constants.O_WRONLY | (position === 0 ? constants.O_CREAT : 0));
  try {
    for (let done = 0; done < bytes.length;) {
      done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
    }
    await file.datasync();
  } finally {
    await file.close();
  }
}
