// What is in several data files, and which recordings more than one of them has.
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type FileDescription, readAndDescribe } from './describe.js';
import { findRepetitions, type RecordingName } from './duplicates.js';
import type { ReadOptions } from './read/reader.js';
import type { Recordings } from './recordings.js';

/** Recordings of one file that an earlier file, or the same one before them, has too. */
export interface FileRepetition {
  /** The earlier and the later file; twice the same for repetitions within a file. */
  readonly files: readonly [earlier: string, later: string];
  /** Recordings of the later file. */
  readonly recordings: number;
  /** Those of them that have another class than a recording with the same values. */
  readonly otherClass: number;
  /** The first of them, and the first that it repeats. */
  readonly first: { readonly earlier: RecordingName; readonly later: RecordingName };
}

/** What `masq data describe --json` prints. */
export interface DataDescription {
  readonly files: readonly FileDescription[];
  readonly repetitions: readonly FileRepetition[];
  /** Files in which no repetitions were searched, as their values are damaged. */
  readonly notSearched: readonly string[];
}

/**
 * Reads and describes files, all of which are in memory together but for packed ones. A folder as `data/X` stands for its `X_TRAIN.ts` and `X_TEST.ts`.
 *
 * @param hear hears of each file before it is read, and of its description
 */
export async function describeFiles(
  names: readonly string[],
  hear: { before?: (file: string) => Promise<void>; after?: (description: FileDescription) => void } = {},
  options: ReadOptions = {},
): Promise<DataDescription> {
  const files: FileDescription[] = [];
  const searched: { file: string; recordings: Recordings }[] = [];
  const notSearched: string[] = [];
  for (const file of (await Promise.all([...new Set(names)].map(filesOf))).flat()) {
    await hear.before?.(file);
    const { description, readable } = await readAndDescribe(file, options);
    files.push(description);
    if (readable === null) notSearched.push(file);
    else searched.push({ file, recordings: readable });
    hear.after?.(description);
  }
  const found = findRepetitions(searched.map(({ recordings }) => recordings));
  const repetitions = found.map(({ earlier, later, ...repetition }) => ({
    files: [searched[earlier].file, searched[later].file] as const,
    ...repetition,
  }));
  return { files, repetitions, notSearched };
}

/** The training and the test file of a folder that has both; else the name itself. */
async function filesOf(name: string): Promise<string[]> {
  const isThere = (file: string): Promise<boolean> =>
    stat(file).then(
      (found) => found.isFile(),
      () => false,
    );
  const parts = ['TRAIN', 'TEST'].map((part) => join(name, `${basename(name)}_${part}.ts`));
  return (await Promise.all(parts.map(isThere))).every(Boolean) ? parts : [name];
}
