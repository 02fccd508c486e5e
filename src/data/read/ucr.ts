// Reads the text of the UCR archive, which has no header: one recording of one channel a line, the class first, then the values,
// separated by tabs, commas or blanks.
import { addRow, type ChannelRow, clearRow, newRow, noteMissing, noteOddValue } from './channelRow.js';
import type { FileHeader } from './collect.js';
import { type Line, linesOf, trimEnd } from './lines.js';
import { describeOddValue, isBlank, isMissing, kindOfValue, parseNumberBytes } from './numbers.js';
import { PartsBuilder, type Parts } from './parts.js';
import { FLOAT32_MAX } from './reader.js';
import type { Stretch, TextFormat } from './textFormat.js';

const TAB = 0x09;
const SPACE = 0x20;
const COMMA = 0x2c;

/** Fields of a line that is taken for one of this format: a class and two values. */
const FEWEST_FIELDS = 3;

/** Bytes of a file that are looked at to tell the format. */
const LOOKED_AT = 1 << 16;

interface UcrLayout extends FileHeader {
  /** The byte between values; a space stands for any number of spaces and tabs. */
  readonly separator: number;
}

export const ucrFormat: TextFormat<UcrLayout> = {
  readHeader: (bytes) => {
    const first = firstLine(bytes);
    const separator = first === undefined ? TAB : separatorOf(bytes, first);
    const layout: UcrLayout = { format: 'ucr', channelNames: null, classes: null, separator };
    return { layout, end: { start: 0, lines: 0 } };
  },
  readLines,
  nothingAfterHeader: 'no recordings: every line is empty.',
};

/** Whether the first line of a file is one of this format: a class and values, numbers all of them. */
export function looksLikeUcr(bytes: Buffer): boolean {
  const start = bytes.subarray(0, LOOKED_AT);
  const first = firstLine(start);
  if (first === undefined) return false;
  const separator = separatorOf(start, first);
  // A line that goes on may be cut within a number.
  const isWhole = first.end < start.length || bytes.length === start.length;
  const end = isWhole ? first.end : beforeLastField(start, first.from, first.end, separator);
  let fields = 0;
  for (let from = skipBlanks(start, first.from, end, separator); from <= end; fields++) {
    const to = endOfField(start, from, end, separator);
    const isPadding = fields > 0 && isEmpty(start, from, to);
    if (!isPadding && Number.isNaN(parseNumberBytes(start, from, to))) {
      if (kindOfValue(start.toString('utf8', from, to)) === 'malformed') return false;
    }
    from = skipBlanks(start, to + 1, end, separator);
  }
  return fields >= FEWEST_FIELDS;
}

function readLines(stretch: Stretch, { separator }: UcrLayout): Parts {
  const parts = new PartsBuilder();
  const { bytes } = stretch;
  const row = newRow();
  for (const { from, end, line } of linesOf(bytes)) {
    const start = skipBlanks(bytes, from, end, separator);
    const labelEnd = endOfField(bytes, start, end, separator);
    const label = labelOf(bytes, start, labelEnd);
    readValues(bytes, labelEnd + 1, end, separator, row);
    if (label === null) {
      const found = describeOddValue(bytes.toString('utf8', start, labelEnd));
      parts.problems.add(line, `the class, which comes first: ${found}`);
    } else if (row.lengths[0] === 0) {
      parts.problems.add(line, 'the recording is empty: no value after the class.');
    } else {
      if (row.problem !== null) parts.problems.add(line, row.problem);
      addRow(parts, row, { line, label });
    }
  }
  return parts.finish(1);
}

/**
 * The class that a text stands for, empty where it is unknown, null where it is no number. Numbers are written alike, as files of
 * the archive differ (`1.0000000e+00` and `1`); those that float64 does not tell apart stay as they are.
 */
function labelOf(bytes: Buffer, from: number, to: number): string | null {
  const value = parseNumberBytes(bytes, from, to);
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return String(value);
  const text = bytes.toString('utf8', from, to).trim();
  if (Number.isFinite(value)) return text;
  return isMissing(text) ? '' : null;
}

/** Reads the values of a line, `bytes[start … end)`. */
function readValues(bytes: Buffer, start: number, end: number, separator: number, row: ChannelRow): void {
  clearRow(row, Math.max(0, end - start));
  const last = endOfValues(bytes, start, end, separator);
  let length = 0;
  for (let from = skipBlanks(bytes, start, last, separator); from < last;) {
    const to = endOfField(bytes, from, last, separator);
    const value = parseNumberBytes(bytes, from, to);
    // Math.abs(value) <= MAX also fails for NaN.
    const isNumber = Math.abs(value) <= FLOAT32_MAX;
    row.values[length++] = isNumber ? value : NaN;
    if (!isNumber) {
      if (isEmpty(bytes, from, to)) noteMissing(row, 1, length);
      else noteOddValue(row, bytes, from, to, 1, length);
    }
    from = skipBlanks(bytes, to + 1, last, separator);
  }
  row.lengths.push(length);
}

/**
 * Where the last value of a line ends that is neither NaN nor empty. The archive pads shorter recordings with these up to the length
 * of the longest: at the end of a line they are no values, elsewhere they are missing ones.
 */
function endOfValues(bytes: Buffer, start: number, end: number, separator: number): number {
  while (end > start) {
    const from = lastField(bytes, start, end, separator);
    if (!isEmpty(bytes, from, end) && !isNaNText(bytes, from, end)) return end;
    end = beforeLastField(bytes, start, end, separator);
  }
  return start;
}

function isNaNText(bytes: Buffer, from: number, to: number): boolean {
  const end = trimEnd(bytes, from, to);
  // Most values end in a digit, and need not become a string to be told from NaN.
  const endsInN = bytes[end - 1] === 0x4e || bytes[end - 1] === 0x6e;
  return endsInN && /^\s*[+-]?nan$/i.test(bytes.toString('latin1', from, end));
}

function firstLine(bytes: Buffer): Line | undefined {
  for (const line of linesOf(bytes)) return line;
  return undefined;
}

function separatorOf(bytes: Buffer, { from, end }: Line): number {
  const line = bytes.subarray(from, end);
  return line.includes(COMMA) ? COMMA : line.includes(TAB) ? TAB : SPACE;
}

/** Where the field that starts at `from` ends. */
function endOfField(bytes: Buffer, from: number, end: number, separator: number): number {
  let at = from;
  while (at < end && !separates(bytes[at], separator)) at++;
  return at;
}

/** Where the last field of `bytes[start … end)` starts. */
function lastField(bytes: Buffer, start: number, end: number, separator: number): number {
  while (end > start && !separates(bytes[end - 1], separator)) end--;
  return end;
}

/** Where the fields before the last end; before `start` where there are none. */
function beforeLastField(bytes: Buffer, start: number, end: number, separator: number): number {
  const from = lastField(bytes, start, end, separator);
  return separator === SPACE && from > start ? trimEnd(bytes, start, from) : from - 1;
}

function separates(byte: number, separator: number): boolean {
  return separator === SPACE ? isBlank(byte) : byte === separator;
}

/** Where the next field starts: at `at`, or after the blanks there where blanks separate. */
function skipBlanks(bytes: Buffer, at: number, end: number, separator: number): number {
  if (separator === SPACE) while (at < end && isBlank(bytes[at])) at++;
  return at;
}

function isEmpty(bytes: Buffer, from: number, to: number): boolean {
  return trimEnd(bytes, from, to) === from;
}
