// Names of data files as users write them: patterns stand for the files that they match.
import { resolve } from 'node:path';
import { UserError } from '../shared/errors.js';
import { isPattern, matchesOf } from '../shared/node/globs.js';

/**
 * The names with each pattern (`data/*.csv`; of folders where it ends in a slash) replaced by what it matches, sorted by code unit.
 * One that matches nothing stays, for the reader to say so.
 * Throws a UserError where two names stand for the same file.
 */
export async function expandPatterns(names: readonly string[]): Promise<string[]> {
  const expanded: string[] = [];
  const namedBy = new Map<string, string>();
  for (const name of names) {
    const matches = isPattern(name) ? await matchesOf(name) : [];
    for (const file of matches.length === 0 ? [name] : matches) {
      const before = namedBy.get(resolve(file));
      if (before !== undefined && before !== name) {
        const message = `the file is named by "${before}" and by "${name}", so that its recordings would be read twice.`;
        throw new UserError(message, { file });
      }
      namedBy.set(resolve(file), name);
      expanded.push(file);
    }
  }
  return expanded;
}
