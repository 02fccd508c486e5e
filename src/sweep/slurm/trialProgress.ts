// How far a trial is, from the files of its run.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../shared/errors.js';
import { readTail } from '../../shared/node/files.js';
import type { EpochRecord } from '../../train/index.js';
import { runDirectory } from '../../track/index.js';
import type { Trial } from '../study/study.js';

type Placed = Pick<Trial, 'directory'>;

/** More than a line has. */
const tail = 8192;

/** The last whole line of `metrics.jsonl`; null before the first epoch. */
export async function lastEpoch({ directory }: Placed): Promise<EpochRecord | null> {
  const text = await unlessAbsent(() => readTail(runDirectory(directory).metrics, tail));
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
