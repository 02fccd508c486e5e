// Every file that is read for a name: the file itself, what lies beside it, or all that a folder or a table of files stands for.
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readFileTable } from './fileTable.js';
import { filesInFolder } from './folder.js';
import { ProblemList } from './problems.js';
import { wholeText, withText } from './readText.js';
import type { ReadOptions } from './reader.js';
import { COMPANIONS } from './recordingArrays.js';

/** The files that reading `path` reads, those of a folder sorted, a table first. Only `path` where it cannot be read. */
export async function filesRead(path: string, options: ReadOptions = {}): Promise<string[]> {
  try {
    const info = await stat(path);
    if (info.isDirectory()) return (await filesInFolder(path)).map((name) => join(path, name));
    if (!info.isFile()) return [path];
    if (/\.npy$/i.test(path)) return [path, ...companionsOf(path)];
    return await withText(path, null, options, async (text) => {
      if (text.format !== 'csv-files') return [path];
      // Which files a table names does not depend on groups, which it need not have.
      const reading: ReadOptions = { ...options, groups: 'ignore' };
      const files = await readFileTable(await wholeText(text), path, new ProblemList(), reading);
      return [path, ...files.map((file) => file.path)];
    });
  } catch {
    // What is wrong with it is said where it is read.
    return [path];
  }
}

function companionsOf(path: string): string[] {
  const stem = path.slice(0, -'.npy'.length);
  return COMPANIONS.map((name) => `${stem}.${name}.npy`).filter((file) => existsSync(file));
}
