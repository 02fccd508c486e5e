// The data files of a run that was begun before: where they are now, and whether they are still the same.
import { existsSync } from 'node:fs';
import { counted } from '../shared/counted.js';
import { UserError } from '../shared/errors.js';
import { isPattern, matchesAny } from '../shared/node/globs.js';
import type { Config } from './config.js';
import { type DataFile, dataNames, describeData, testFiles } from './dataFiles.js';

/**
 * The config with its data files where they are now: as named, or where they were when the run was made.
 *
 * @param recorded the files as the run's environment.json has them
 * @throws UserError when a file holds something else than it did
 */
export async function locateData(config: Config, recorded: readonly DataFile[]): Promise<Config> {
  const places = new Map<string, string>();
  for (const path of dataNames(config)) {
    const known = recorded.find((file) => file.path === path);
    const place = isThere(path) ? path : (known?.absolutePath ?? path);
    if (known !== undefined && isThere(place)) {
      const now = await describeData(path, config, place);
      if (now.sha256 !== known.sha256) throw new UserError(changed(known, now), { file: place });
    }
    places.set(path, place);
  }
  const locate = (files: string | string[]): string[] =>
    [files].flat().map((file) => places.get(file) ?? file);
  const { data } = config;
  const tests = testFiles(data);
  const located = tests.length === 0 ? {} : { test: locate(tests) };
  return { ...config, data: { ...data, train: locate(data.train), ...located } };
}

function isThere(path: string): boolean {
  return isPattern(path) ? matchesAny(path) : existsSync(path);
}

function changed({ files: before = 1 }: DataFile, { files = 1 }: DataFile): string {
  const what =
    before === 1 && files === 1
      ? 'this file is not what it was when the run was made. Restore it, or use it'
      : before === files
        ? 'these files are not what they were when the run was made. Restore them, or use them'
        : `these are ${counted(files, 'file')}, but ${before.toLocaleString('en')} when the run was made. Restore them, or use them`;
  return `${what} as new data: train a new run, or evaluate this one with --data.`;
}
