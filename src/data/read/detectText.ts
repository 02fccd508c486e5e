// Tells formats of text by how they begin, else by the name.
import { extname } from 'node:path';
import { checkText } from './checkText.js';
import { type BinaryFormatName, contradiction } from './detectBinary.js';
import { detectCsvForm } from './detectCsv.js';
import { FatalProblem } from './problems.js';
import type { Format, ReadOptions } from './reader.js';
import type { Stretch } from './textFormat.js';
import { looksLikeUcr } from './ucr.js';

export type TextFormatName = Exclude<Format, BinaryFormatName>;

/** Characters of a file that are looked at. */
const LOOKED_AT = 1 << 16;

/**
 * The format of a text, and that it is text that can be read.
 *
 * @param start the beginning of the text, or all of it
 * @throws FatalProblem where it is not, or not what it should be
 */
export function detectTextFormat(start: Stretch, file: string, options: ReadOptions): TextFormatName {
  const { bytes } = start;
  const sign = signOf(bytes);
  const { format: named, recordings = 'many' } = options;
  if (named === undefined) {
    const found = formatByName(bytes, file, sign);
    checkText(bytes, found);
    if (recordings === 'one') return found === 'ucr' ? 'csv' : found;
    return found === 'csv' ? detectCsvForm(start, options) : found;
  }
  checkText(bytes, named);
  checkSign(named, sign, bytes);
  return named;
}

/** What the first line that is no comment begins with; null where it is none of the signs. */
export function signOf(bytes: Buffer): 'arff' | 'ts' | 'jsonl' | null {
  const start = bytes.toString('latin1', 0, LOOKED_AT);
  const key = /^(?:[ \t\r]*(?:[#%][^\n]*)?\n)*[ \t]*@(\w+)/.exec(start)?.[1];
  if (key !== undefined) return key.toLowerCase() === 'relation' ? 'arff' : 'ts';
  return /^\s*\{/.test(start) ? 'jsonl' : null;
}

/** The format by the sign, or by the name where there is none; `csv` for all its forms. */
export function formatByName(bytes: Buffer, file: string, sign: ReturnType<typeof signOf>): TextFormatName {
  const extension = extname(file.replace(/\.gz$/i, '')).toLowerCase();
  if (sign === 'arff' || extension === '.arff') return 'arff';
  if (extension === '.json') {
    throw new FatalProblem(
      0,
      '.json files, which are one document, are not supported; write one object a line, a recording each, as .jsonl.',
    );
  }
  if (sign === 'ts' || extension === '.ts') return 'ts';
  if (sign === 'jsonl' || ['.jsonl', '.ndjson'].includes(extension)) return 'jsonl';
  // A long CSV that lacks its header may look like the text of the UCR archive, so that is never called .csv.
  return extension !== '.csv' && looksLikeUcr(bytes) ? 'ucr' : 'csv';
}

function checkSign(
  named: Format,
  sign: ReturnType<typeof signOf>,
  bytes: Buffer,
): asserts named is TextFormatName {
  if (named === 'npy' || named === 'npz' || named === 'parquet')
    throw new FatalProblem(0, contradiction(named, 'text'));
  const signs = { ts: 'lines "@key value"', arff: 'a line "@relation"', jsonl: 'a "{"' };
  if (sign !== null && sign !== named) {
    throw new FatalProblem(
      1,
      contradiction(named, `a file of the format ${sign}, as it begins with ${signs[sign]}`),
    );
  }
  if (sign === null && (named === 'ts' || named === 'arff' || named === 'jsonl')) {
    throw new FatalProblem(
      1,
      contradiction(named, `something else, as it does not begin with ${signs[named]}`),
    );
  }
  if (named === 'ucr' && !looksLikeUcr(bytes)) {
    throw new FatalProblem(
      1,
      contradiction(
        named,
        'something else, as its first line is not a class and two values at least, numbers all of them',
      ),
    );
  }
}
