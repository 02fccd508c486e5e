// Data files that a test writes and reads again.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type LoadOptions, loadRecordings } from '../../src/data/load.js';
import { readRecordings } from '../../src/data/read/readRecordings.js';
import type { ReadOptions, ReadResult } from '../../src/data/read/reader.js';
import { valuesOf as readValues, type Recordings } from '../../src/data/recordings.js';

/** Files in a folder that is there while the tests of a file run. */
export interface DataFiles {
  readonly load: (name: string, content: string | Buffer, options?: LoadOptions) => Promise<Recordings>;
  readonly read: (name: string, content: string | Buffer, options?: ReadOptions) => Promise<ReadResult>;
}

export function dataFiles(): DataFiles {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'masq-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const written = async (name: string, content: string | Buffer): Promise<string> => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  return {
    load: async (name, content, options = {}) => loadRecordings(await written(name, content), options),
    read: async (name, content, options = {}) => readRecordings(await written(name, content), options),
  };
}

/** The values of a recording, step after step. */
export function valuesOf(recordings: Recordings, index: number): number[] {
  return Array.from(readValues(recordings, index));
}
