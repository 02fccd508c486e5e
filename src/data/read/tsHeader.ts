// The header of a `.ts` file of the UCR/UEA archive: comments and `@key value` lines in any order, up to `@data`.
// https://www.aeon-toolkit.org/en/stable/api_reference/data_format.html
import { linesOf } from './lines.js';
import { FatalProblem, type ProblemList, quote } from './problems.js';
import { firstRepeated } from './repeated.js';
import type { HeaderEnd } from './textFormat.js';

/** What a header declares; null where it does not say. */
export interface TsHeader {
  /** Whether recordings end with a class. */
  readonly labelled: boolean;
  /** Class names in their order; empty where the recordings have no labels. */
  readonly classes: readonly string[];
  readonly channels: number | null;
  /** Whether all recordings have the same length. */
  readonly equalLength: boolean | null;
  readonly seriesLength: number | null;
  /** Whether values may be missing. */
  readonly missing: boolean | null;
  /** Whether each value has its time: `(time,value)`. */
  readonly timeStamps: boolean;
  readonly end: HeaderEnd;
}

interface Entry {
  readonly line: number;
  /** The key as it is written, for messages. */
  readonly key: string;
  readonly words: readonly string[];
}

/** Reads a header. Throws a FatalProblem where the recordings after it could not be understood. */
export function readTsHeader(bytes: Buffer, problems: ProblemList): TsHeader {
  const entries = new Map<string, Entry>();
  let last = 0;
  for (const { from, end, next, line } of linesOf({ bytes, last: false })) {
    last = line;
    const text = bytes.toString('utf8', from, end).trim();
    if (text === '' || text.startsWith('#')) continue;
    if (!text.startsWith('@')) {
      throw new FatalProblem(line, `found ${quote(text)}, expected header lines (@key value) up to @data.`);
    }
    const [key, ...words] = text.split(/\s+/);
    if (key.toLowerCase() === '@data') {
      if (words.length > 0) problems.add(line, `@data takes no value, found ${quote(words.join(' '))}.`);
      return { ...interpret(entries, line, problems), end: { start: next, lines: line } };
    }
    const name = key.toLowerCase().replace(/^@dimensions$/, '@dimension');
    if (entries.has(name)) problems.add(line, `${key} is given a second time.`);
    else entries.set(name, { line, key, words });
  }
  throw new FatalProblem(
    last,
    'the file ends without @data: this is no .ts file of recordings, or it was cut off.',
  );
}

function interpret(entries: ReadonlyMap<string, Entry>, dataLine: number, problems: ProblemList) {
  const target = entries.get('@targetlabel');
  if (target !== undefined && flag(target, problems) === true) {
    throw new FatalProblem(
      target.line,
      '@targetLabel true: this is a regression problem; masq needs classes (@classLabel).',
    );
  }
  const univariate = flag(entries.get('@univariate'), problems);
  const dimension = entries.get('@dimension');
  const declared = wholeNumber(dimension, problems);
  if (univariate === true && declared !== null && declared !== 1) {
    problems.add(dimension?.line ?? dataLine, `@univariate true, but @dimensions ${declared}.`);
  }
  return {
    ...classLabels(entries.get('@classlabel'), dataLine, problems),
    channels: declared ?? (univariate === true ? 1 : null),
    equalLength: flag(entries.get('@equallength'), problems),
    seriesLength: wholeNumber(entries.get('@serieslength'), problems),
    missing: flag(entries.get('@missing'), problems),
    timeStamps: flag(entries.get('@timestamps'), problems) === true,
  };
}

function classLabels(
  entry: Entry | undefined,
  dataLine: number,
  problems: ProblemList,
): Pick<TsHeader, 'labelled' | 'classes'> {
  const howTo = 'write "@classLabel true NAME NAME …", or "@classLabel false" for recordings without labels.';
  if (entry === undefined) throw new FatalProblem(dataLine, `the header has no @classLabel line; ${howTo}`);
  const [declares = '', ...classes] = entry.words;
  if (declares.toLowerCase() === 'false') return { labelled: false, classes: [] };
  if (declares.toLowerCase() !== 'true' || classes.length === 0) {
    throw new FatalProblem(entry.line, `${entry.key} ${entry.words.join(' ')}: ${howTo}`);
  }
  const repeated = firstRepeated(classes);
  if (repeated !== undefined) problems.add(entry.line, `class ${quote(repeated)} is declared twice.`);
  return { labelled: true, classes: [...new Set(classes)] };
}

/** A key's `true` or `false`; null where the key is absent or its value is a problem. */
function flag(entry: Entry | undefined, problems: ProblemList): boolean | null {
  if (entry === undefined) return null;
  const value = entry.words.join(' ').toLowerCase();
  if (value === 'true') return true;
  if (value === 'false') return false;
  problems.add(entry.line, `${entry.key} is ${quote(value)}, expected true or false.`);
  return null;
}

/** A key's whole number from 1; null where the key is absent or its value is a problem. */
function wholeNumber(entry: Entry | undefined, problems: ProblemList): number | null {
  if (entry === undefined) return null;
  const value = entry.words.join(' ');
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
  problems.add(entry.line, `${entry.key} is ${quote(value)}, expected a whole number from 1.`);
  return null;
}
