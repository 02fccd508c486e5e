// The data files that a config names.
import type { Config } from './configSchema.js';

/** The test files; none where there is no test data, or it comes out of the training files. */
export function testFiles({ test }: Config['data']): string[] {
  return typeof test === 'string' || Array.isArray(test) ? [test].flat() : [];
}

/** Every data file of a config, without repetition. */
export function dataFiles({ data }: Config): string[] {
  return [...new Set([...[data.train].flat(), ...testFiles(data)])];
}
