// An event file that grows while a run goes on.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { growingFile } from '../growingFile.js';
import { frameRecord } from './record.js';

export interface EventFile {
  /** Adds events, on the disk before it returns; those that could not be written are tried again with the next ones. */
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
  const file = growingFile(join(folder, eventFileName(existing, now)), 0, onFailure);
  return { append: (events) => file.append(Buffer.concat(events.map(frameRecord))) };
}

/** A name after those of the event files that exist: they begin with ten digits for the second they were made in. */
export function eventFileName(existing: readonly string[], now: number): string {
  const seconds = existing.map((name) => Number(/tfevents\.(\d{10})\b/.exec(name)?.[1] ?? 0));
  const second = Math.max(Math.floor(now / 1000), ...seconds.map((taken) => taken + 1));
  return `events.out.tfevents.${String(second).padStart(10, '0')}.masq`;
}
