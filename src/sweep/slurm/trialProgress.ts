// How far a trial is, from the files of its run.
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../shared/errors.js';
import type { EpochRecord } from '../../train/index.js';
import { runDirectory } from '../../track/index.js';
import type { Trial } from '../study/study.js';

type Placed = Pick<Trial, 'directory'>;

/** More than a line has. */
const tail = 8192;

/** The last whole line of `metrics.jsonl`; null before the first epoch. */
export async function lastEpoch({ directory }: Placed): Promise<EpochRecord | null> {
  const text = await unlessAbsent(async () => {
    const file = await open(runDirectory(directory).metrics, 'r');
    try {
      const { size } = await file.stat();
      const length = Math.min(size, tail);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
      return buffer.subarray(0, bytesRead).toString();
    } finally {
      await file.close();
    }
  });
  const line = text?.split('\n').at(-2);
  try {
    return line === undefined ? null : (JSON.parse(line) as EpochRecord);
  } catch {
    // Being written, as seen through a shared disk.
    return null;
  }
}

/** Names the last checkpoint, another after each; null where there is none. */
export async function lastCheckpoint({ directory }: Placed): Promise<string | null> {
  return unlessAbsent(() => readFile(join(runDirectory(directory).checkpoints, 'last'), 'utf8'));
}

async function unlessAbsent<Result>(read: () => Promise<Result>): Promise<Result | null> {
  try {
    return await read();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}
