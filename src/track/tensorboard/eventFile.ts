// An event file that grows while a run goes on, and never stops it: what could not be written is kept and tried again
// with what comes next.
import { constants } from 'node:fs';
import { mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../shared/errors.js';
import { frameRecord } from './record.js';

export interface EventFile {
  /** Adds events, on the disk before it returns. */
  readonly append: (events: readonly Uint8Array[]) => Promise<void>;
}

/**
 * A new event file in a folder, which is made with the first events. Readers take files in the order of their names, so
 * this one's comes after all that are there, whatever the clock says.
 *
 * @param now milliseconds since 1970
 * @param onFailure told once why events cannot be written
 */
export async function newEventFile(
  folder: string,
  now: number,
  onFailure: (reason: string) => void,
): Promise<EventFile> {
  const existing = await readdir(folder).catch(() => []);
  const path = join(folder, eventFileName(existing, now));
  let pending = Buffer.alloc(0);
  let position = 0;
  let failed = false;
  return {
    append: async (events) => {
      pending = Buffer.concat([pending, ...events.map(frameRecord)]);
      try {
        if (position === 0) await mkdir(folder, { recursive: true });
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

/** A name after those of the event files that exist: they begin with ten digits for the second they were made in. */
export function eventFileName(existing: readonly string[], now: number): string {
  const seconds = existing.map((name) => Number(/tfevents\.(\d{10})\b/.exec(name)?.[1] ?? 0));
  const second = Math.max(Math.floor(now / 1000), ...seconds.map((taken) => taken + 1));
  return `events.out.tfevents.${String(second).padStart(10, '0')}.masq`;
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
