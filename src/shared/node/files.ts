// Files written whole or not at all: a killed process or a full disk never leaves half of one under its name.
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Writes a file under another name, flushes it to the disk and moves it into place. Makes the folder if needed. */
export async function writeFileAtomic(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    await writeFileDurable(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Writes a file and flushes it to the disk. */
export async function writeFileDurable(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Writes files and flushes them to the disk together, which takes hardly longer than one of them. Where one cannot be written,
 * it throws once nothing is being written any more.
 *
 * @param files content by path
 */
export async function writeFilesDurable(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  const writes = Object.entries(files).map(([path, content]) => writeFileDurable(path, content));
  await Promise.allSettled(writes);
  await Promise.all(writes);
}

/** Flushes a folder's list of names to the disk, so that a rename in it survives a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** The last bytes of a file as text: at most `length`. */
export async function readTail(path: string, length: number): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const most = Math.min(size, length);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(most), 0, most, size - most);
    return buffer.subarray(0, bytesRead).toString();
  } finally {
    await file.close();
  }
}

/** The sha256 of a file in hexadecimal, read in pieces. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
