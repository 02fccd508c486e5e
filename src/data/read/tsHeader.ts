// The header of a `.ts` file of the UCR/UEA archive: comments and `@key value` lines in any order, up to `@data`.
// https://www.aeon-toolkit.org/en/stable/api_reference/data_format.html
import { linesOf } from './lines.js';
import { FatalProblem, type ProblemList, quote, UnfinishedHeader } from './problems.js';
import type { HeaderEnd } from './textFormat.js';
import { type ClassDeclaration, classWords } from './tsClasses.js';

/** What a header declares; null where it does not say. */
export interface TsHeader {
  /** Whether recordings end with a class. */
  readonly labelled: boolean;
  /** The names of the classes; no words where the recordings have no labels, or only they say which classes there are. */
  readonly declaration: ClassDeclaration;
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
  /** What follows it, without blanks around it. */
  readonly value: string;
}

/** Reads a header. Throws a FatalProblem where the recordings after it could not be understood, an UnfinishedHeader where `@data` is not there. */
export function readTsHeader(bytes: Buffer, problems: ProblemList): TsHeader {
  const entries = new Map<string, Entry>();
  let last = 0;
  for (const { from, end, next, line } of linesOf(bytes)) {
    last = line;
    const text = bytes.toString('utf8', from, end).trim();
    if (text === '' || text.startsWith('#')) continue;
    if (!text.startsWith('@')) {
      throw new FatalProblem(line, `found ${quote(text)}, expected header lines (@key value) up to @data.`);
    }
    const [key] = text.split(/\s/, 1);
    const value = text.slice(key.length).trim();
    if (key.toLowerCase() === '@data') {
      if (value !== '') problems.add(line, `@data takes no value, found ${quote(value)}.`);
      return { ...interpret(entries, line, problems), end: { start: next, lines: line } };
    }
    const name = key.toLowerCase().replace(/^@dimensions$/, '@dimension');
    const before = entries.get(name);
    if (before === undefined) entries.set(name, { line, key, value });
    else if (before.value !== value) {
      problems.add(line, `${key} is given a second time, with another value than on line ${before.line}.`);
    }
  }
  throw new UnfinishedHeader(
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
    ...classLabels(entries.get('@classlabel'), dataLine),
    channels: declared ?? (univariate === true ? 1 : null),
    equalLength: flag(entries.get('@equallength'), problems),
    seriesLength: wholeNumber(entries.get('@serieslength'), problems),
    missing: flag(entries.get('@missing'), problems),
    timeStamps: flag(entries.get('@timestamps'), problems) === true,
  };
}

function classLabels(entry: Entry | undefined, dataLine: number): Pick<TsHeader, 'labelled' | 'declaration'> {
  const howTo = 'write "@classLabel true NAME NAME …", or "@classLabel false" for recordings without labels.';
  if (entry === undefined) throw new FatalProblem(dataLine, `the header has no @classLabel line; ${howTo}`);
  const { line, key, value } = entry;
  const declares = /^(true|false)(?!\S)/i.exec(value)?.[0];
  if (declares === undefined) throw new FatalProblem(line, `${`${key} ${value}`.trim()}: ${howTo}`);
  const labelled = declares.toLowerCase() === 'true';
  return { labelled, declaration: { line, words: labelled ? classWords(value.slice(declares.length)) : [] } };
}

/** A key's `true` or `false`; null where the key is absent or its value is a problem. */
function flag(entry: Entry | undefined, problems: ProblemList): boolean | null {
  if (entry === undefined) return null;
  const value = entry.value.toLowerCase();
  if (value === 'true') return true;
  if (value === 'false') return false;
  problems.add(entry.line, `${entry.key} is ${quote(value)}, expected true or false.`);
  return null;
}

/** A key's whole number from 1; null where the key is absent or its value is a problem. */
function wholeNumber(entry: Entry | undefined, problems: ProblemList): number | null {
  if (entry === undefined) return null;
  const { value } = entry;
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
  problems.add(entry.line, `${entry.key} is ${quote(value)}, expected a whole number from 1.`);
  return null;
}
