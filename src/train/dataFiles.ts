// The data files that a config names, by their content, so that a run that goes on notices what was changed, added or taken away.
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { askedWithPacked, expandPatterns, filesRead } from '../data/index.js';
import { mapBounded } from '../shared/mapBounded.js';
import { sha256OfFile } from '../shared/node/files.js';
import { isPattern, withFolder } from '../shared/node/globs.js';
import type { Config } from './config.js';

/** One name of data in a config: a file, or a pattern, folder or table that stands for several. */
export interface DataFile {
  /** As the config has it. */
  readonly path: string;
  readonly absolutePath: string;
  /** How many files are read for it; absent where it is one. */
  readonly files?: number;
  /** Of all of them. */
  readonly bytes: number;
  /** Of the file; of several, that of a list of their hashes and paths. */
  readonly sha256: string;
}

/** Files that are read at once. */
const AT_ONCE = 16;

/** Every name of data in a config, without repetition. */
export function dataNames({ data }: Pick<Config, 'data'>): string[] {
  return [...new Set([data.train, testFiles(data)].flat())];
}

/**
 * The config, whose files that are not packed are read and prepared as those that are, where it does not say how.
 * Its run keeps it so, as it is used with other files later.
 */
export async function completedByPacked(config: Config): Promise<Config> {
  const { data } = config;
  return { ...config, data: await askedWithPacked([[data.train].flat(), testFiles(data)], data) };
}

/** The names of test data; none where there are none, or they come out of the training data. */
export function testFiles({ test }: Config['data']): string[] {
  return typeof test === 'string' || Array.isArray(test) ? [test].flat() : [];
}

/**
 * What is read for a name of data.
 *
 * @param place where it is now, where that is not as named
 */
export async function describeData(
  path: string,
  { data }: Pick<Config, 'data'>,
  place = path,
): Promise<DataFile> {
  const names = await expandPatterns([place]);
  const lists = await mapBounded(names, AT_ONCE, (name) => filesRead(name, data));
  const files = [...new Set(lists.flat())];
  const contents = await mapBounded(files, AT_ONCE, async (file) => ({
    bytes: (await stat(file)).size,
    sha256: await sha256OfFile(file),
  }));
  const absolutePath = isPattern(path) && !isAbsolute(path) ? withFolder(process.cwd(), path) : resolve(path);
  const isFile = files.length === 1 && files[0] === place;
  if (isFile) return { path, absolutePath, ...contents[0] };
  const folder = commonFolder(files);
  const hash = createHash('sha256');
  for (const [i, file] of files.entries())
    hash.update(`${contents[i].sha256} ${relative(folder, resolve(file))}\n`);
  return {
    ...{ path, absolutePath, files: files.length },
    bytes: contents.reduce((sum, { bytes }) => sum + bytes, 0),
    sha256: hash.digest('hex'),
  };
}

/** The innermost folder that holds all files, so that their paths in it do not depend on where it is. */
function commonFolder(files: readonly string[]): string {
  let folder = dirname(resolve(files[0]));
  for (const file of files) {
    while (!resolve(file).startsWith(join(folder, '/'))) folder = dirname(folder);
  }
  return folder;
}
