// The data files of a run that was begun before: where they are now, and whether they are still the same.
import { existsSync } from 'node:fs';
import { UserError } from '../shared/errors.js';
import { sha256OfFile } from '../shared/node/files.js';
import type { Config } from './config.js';
import type { DataFile } from './environment.js';
import { dataFiles, testFiles } from './dataFiles.js';

/**
 * The config with its data files where they are now: as named, or where they were when the run was made.
 *
 * @param recorded the files as the run's environment.json has them
 * @throws UserError when a file holds something else than it did
 */
export async function locateData(config: Config, recorded: readonly DataFile[]): Promise<Config> {
  const places = new Map<string, string>();
  for (const path of dataFiles(config)) {
    const known = recorded.find((file) => file.path === path);
    const place = existsSync(path) ? path : (known?.absolutePath ?? path);
    if (known !== undefined && existsSync(place) && (await sha256OfFile(place)) !== known.sha256) {
      throw new UserError(
        'this file is not what it was when the run was made. Restore it, or use it as new data: train a new run, ' +
          'or evaluate this one with --data.',
        { file: place },
      );
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
