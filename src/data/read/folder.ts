// Folders of recordings, one a file: what lies in a folder of the folder has its name as class.
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { COMPANIONS } from './recordingArrays.js';
import { FatalProblem, type ProblemList, quote } from './problems.js';
import type { ReadOptions } from './reader.js';
import type { RecordingFile } from './recordingFiles.js';

/** Names of files that hold recordings. */
export const DATA_FILE = /\.(?:npy|npz|parquet|masq|(?:ts|arff|csv|tsv|txt|jsonl|ndjson)(?:\.gz)?)$/i;

/** Read with the file beside it that lacks this in its name. */
const COMPANION = new RegExp(`\\.(?:${COMPANIONS.join('|')})\\.npy$`, 'i');

/** What people put beside data. */
const DOCUMENT = /^(?:readme|licen[cs]e)\b/i;

/**
 * The recordings of a folder, sorted by path, by code unit. Their ids are their paths in it. Adds files that are none by their names
 * to `problems`, unless a format is given.
 *
 * @throws FatalProblem where there is none
 */
export async function recordingsOfFolder(
  folder: string,
  problems: ProblemList,
  { format }: ReadOptions,
): Promise<RecordingFile[]> {
  if (format === 'csv-files') {
    throw new FatalProblem(
      0,
      'this is a folder, but the format is given as csv-files, which is a table; name the table.',
    );
  }
  const all = await filesInFolder(folder);
  const present = new Set(all);
  const names = all.filter((name) => !COMPANION.test(name) || !present.has(name.replace(COMPANION, '.npy')));
  if (names.length === 0)
    throw new FatalProblem(0, 'this is a folder without files, expected recordings, one a file.');
  return names.flatMap((name) => {
    const path = join(folder, name);
    if (format === undefined && !DATA_FILE.test(name)) {
      problems.add(
        0,
        `${quote(name)} is no data file by its name; move it, or give the format of all files.`,
        folder,
      );
      return [];
    }
    const slash = name.indexOf('/');
    return [
      { path, id: name, label: slash < 0 ? null : name.slice(0, slash), group: null, split: null, line: 0 },
    ];
  });
}

/** The files in a folder and the folders in it, as paths in it with `/`, sorted; hidden ones, readme and licence left out. */
export async function filesInFolder(folder: string): Promise<string[]> {
  const found: string[] = [];
  await walk(folder, '', [await realpath(folder)], found);
  return found.sort();
}

async function walk(
  folder: string,
  prefix: string,
  parents: readonly string[],
  found: string[],
): Promise<void> {
  for (const entry of await readdir(join(folder, prefix), { withFileTypes: true })) {
    if (entry.name.startsWith('.')) continue;
    const name = `${prefix}${entry.name}`;
    const path = join(folder, name);
    if (entry.isSymbolicLink() ? await leadsToFolder(path) : entry.isDirectory()) {
      const real = await realpath(path);
      if (parents.includes(real))
        throw new FatalProblem(0, `${quote(name)} is a link to a folder that holds it.`);
      await walk(folder, `${name}/`, [...parents, real], found);
    } else if (!DOCUMENT.test(entry.name)) {
      found.push(name);
    }
  }
}

/** A link that leads nowhere counts as a file, which cannot be read. */
async function leadsToFolder(link: string): Promise<boolean> {
  return stat(link).then(
    (target) => target.isDirectory(),
    () => false,
  );
}
