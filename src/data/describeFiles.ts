// What is in several data files, and which recordings more than one of them has.
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Preparation } from './preparation.js';
import { addProblem, type FileDescription, readAndDescribe } from './describe.js';
import { findRepetitions, type RecordingName } from './duplicates.js';
import type { ReadOptions } from './read/reader.js';
import type { Recordings } from './recordings.js';
import { obstacleTo, type PreparedFile, type Use } from './useTogether.js';

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

/** Files that are described alike. */
export interface DescribedSet {
  /** What tells a file apart that is in another set too; in brackets after it. */
  readonly name: string;
  /** Files, and what stands for several: folders, tables. */
  readonly files: readonly string[];
  readonly reading: ReadOptions;
  /** What a run would do with them: where it could not, that is a problem of the file. Null where no run is meant. */
  readonly preparation: Preparation | null;
}

/** What `describeFiles` calls. */
export interface DescribeOptions {
  /** Hears of each file before it is read. */
  readonly before?: (file: string) => Promise<void>;
  /** Hears of its description once that is final. */
  readonly after?: (description: FileDescription) => void;
  /**
   * What a run does with the files, all of which are prepared: what keeps it from that is a problem of the file that it names. Not
   * called where a file has a problem already.
   */
  readonly use?: Use;
}

/** Reads and describes files, all of which are in memory together but for packed ones. */
export async function describeFiles(
  sets: readonly DescribedSet[],
  { before, after, use }: DescribeOptions = {},
): Promise<DataDescription> {
  const files: FileDescription[] = [];
  const usable: PreparedFile[] = [];
  const searched: { file: string; recordings: Recordings }[] = [];
  const notSearched: string[] = [];
  for (const { name, files: paths, reading, preparation } of sets) {
    for (const path of new Set(paths)) {
      await before?.(path);
      const { description, readable, prepared } = await readAndDescribe(path, reading, preparation);
      const isElsewhere = sets.some((other) => other.name !== name && other.files.includes(path));
      const file = isElsewhere ? `${path} (${name})` : path;
      const named = { ...description, file };
      files.push(named);
      if (prepared !== null) usable.push(prepared);
      if (readable === null) notSearched.push(file);
      else searched.push({ file, recordings: readable });
      if (use === undefined) after?.(named);
    }
  }
  if (use !== undefined) {
    const obstacle = usable.length === files.length ? await obstacleTo(use, usable) : null;
    if (obstacle !== null) {
      const { file, error } = obstacle;
      files[file] = addProblem(files[file], error, usable[file].path);
    }
    for (const file of files) after?.(file);
  }
  const found = findRepetitions(searched.map(({ recordings }) => recordings));
  const repetitions = found.map(({ earlier, later, ...repetition }) => ({
    files: [searched[earlier].file, searched[later].file] as const,
    ...repetition,
  }));
  return { files, repetitions, notSearched };
}

/** The training and the test file of a folder of the archive, as `X_TRAIN.ts` and `X_TEST.ts` in `data/X`; else the name itself. */
export async function archiveFiles(name: string): Promise<string[]> {
  const isThere = (file: string): Promise<boolean> =>
    stat(file).then(
      (found) => found.isFile(),
      () => false,
    );
  const parts = ['TRAIN', 'TEST'].map((part) => join(name, `${basename(name)}_${part}.ts`));
  return (await Promise.all(parts.map(isThere))).every(Boolean) ? parts : [name];
}
