// Reads a text file that a user named, and says why where it cannot be read.
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { codeOf, messageOf, UserError } from '../errors.js';
import { didYouMean } from '../nearest.js';

/**
 * @param expected what the file should be, e.g. `a config file (YAML or JSON)`
 * @throws UserError when there is no such file, with the nearest name there is, or it cannot be read
 */
export async function readText(file: string, expected: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UserError(await whyUnreadable(file, expected, error), {}, { cause: error });
  }
}

async function whyUnreadable(file: string, expected: string, error: unknown): Promise<string> {
  const code = codeOf(error);
  if (code === 'EISDIR') return `${file} is a folder; expected ${expected}.`;
  if (code !== 'ENOENT') return `${file} cannot be read: ${messageOf(error)}.`;
  const nearby = await readdir(dirname(file)).catch(() => []);
  return `There is no file ${file}.${didYouMean(basename(file), nearby)}`;
}
