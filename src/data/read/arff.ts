// Reads ARFF files of Weka and of the UCR/UEA archive. A recording is a line: the numeric attributes are the steps of its one
// channel, or the relational attribute holds, in quotes, its channels, separated by the two characters `\n`, values by `,`.
import { counted } from '../../shared/counted.js';
import { type ArffHeader, readArffHeader } from './arffHeader.js';
import { unescape } from './arffTokens.js';
import {
  addRow,
  type ChannelRow,
  clearRow,
  newRow,
  noteOddValue,
  shapeProblem,
  undeclaredClass,
} from './channelRow.js';
import type { FileHeader } from './collect.js';
import { linesOf } from './lines.js';
import { isBlank, parseNumberBytes } from './numbers.js';
import { PartsBuilder, type Parts } from './parts.js';
import { quote } from './problems.js';
import { FLOAT32_MAX } from './reader.js';
import type { Stretch, TextFormat } from './textFormat.js';

const TAB = 0x09;
const DOUBLE_QUOTE = 0x22;
const PERCENT = 0x25;
const SINGLE_QUOTE = 0x27;
const COMMA = 0x2c;
const QUESTION_MARK = 0x3f;
const BACKSLASH = 0x5c;
const LETTER_N = 0x6e;
const BRACE = 0x7b;

/** What the header and the first recording say of all recordings. */
interface ArffLayout extends FileHeader, Omit<ArffHeader, 'end'> {
  readonly classes: readonly string[];
  channels: number | null;
}

export const arffFormat: TextFormat<ArffLayout> = {
  readHeader: (bytes, problems) => {
    const { end, ...header } = readArffHeader(bytes, problems);
    const channels = header.mostSteps === null ? 1 : null;
    return { layout: { ...header, format: 'arff', channelNames: null, channels }, end };
  },
  readLines,
  nothingAfterHeader: 'no recordings after @data. The file may have been cut off.',
};

function readLines(stretch: Stretch, layout: ArffLayout): Parts {
  const parts = new PartsBuilder();
  const { problems } = parts;
  const declared = new Set(layout.classes);
  const row = newRow();
  for (const { from, end, line } of linesOf(stretch.bytes)) {
    const start = skipBlanks(stretch.bytes, from, end);
    if (stretch.bytes[start] === PERCENT) continue;
    if (stretch.bytes[start] === BRACE) {
      problems.add(line, 'a sparse row ({index value, …}), which is not supported; write every value.');
      continue;
    }
    const { label, problem } = readRow(stretch.bytes, start, end, row, layout);
    const misshapen = problem ?? shapeProblem(row.lengths, layout.channels) ?? tooLong(row, layout);
    if (misshapen !== null) {
      problems.add(line, misshapen);
      continue;
    }
    layout.channels ??= row.lengths.length;
    if (row.problem !== null) problems.add(line, row.problem);
    if (label !== '' && !declared.has(label)) {
      problems.add(line, () => undeclaredClass(label, layout.classes, 'the header'));
    }
    addRow(parts, row, { line, label });
  }
  return parts.finish(layout.channels ?? 0);
}

/** One value of a line: `bytes[from … to)`, without quotes. */
interface Field {
  from: number;
  to: number;
  quoted: boolean;
  /** Where the next one starts; null after the last. */
  next: number | null;
  problem: string | null;
}

/** Reads a line into `row`. Returns the class, empty where it is unknown, and what is wrong with the form of the line. */
function readRow(
  bytes: Buffer,
  start: number,
  end: number,
  row: ChannelRow,
  { roles }: ArffLayout,
): { label: string; problem: string | null } {
  clearRow(row, end - start);
  let label: string | null = null;
  let steps = 0;
  let fields = 0;
  const field: Field = { from: start, to: start, quoted: false, next: start, problem: null };
  while (field.next !== null) {
    readField(bytes, field.next, end, field);
    if (field.problem !== null) return { label: '', problem: field.problem };
    const role = roles.at(fields);
    if (role === 'step') {
      row.values[steps] = readValue(bytes, field.from, field.to, row, 1, steps + 1);
      steps++;
    } else if (role === 'channels') {
      if (!field.quoted && bytes[field.from] === QUESTION_MARK) {
        return { label: '', problem: 'the recording itself is missing ("?"); leave the line out.' };
      }
      readChannels(bytes, field.from, field.to, row);
    } else if (role === 'class') {
      label = labelOf(bytes, field);
      if (label === null) return { label: '', problem: 'the class is empty; write "?" where it is unknown.' };
    } else if (role === undefined && fields === roles.length && bytes[field.from] === BRACE) {
      const weight = quote(bytes.toString('utf8', field.from, field.to));
      return {
        label: '',
        problem: `${weight} after the last value: weights of recordings are not supported; remove it.`,
      };
    }
    fields++;
  }
  if (fields !== roles.length) {
    const expected = `expected ${roles.length.toLocaleString('en')}, one for each attribute`;
    return { label: '', problem: `${counted(fields, 'value')}, ${expected}.` };
  }
  if (steps > 0) row.lengths.push(steps);
  return { label: label ?? '', problem: null };
}

/** Reads the value that starts at `at` or after blanks: in quotes, or up to a comma, a tab or a comment. */
function readField(bytes: Buffer, at: number, end: number, field: Field): void {
  at = skipBlanks(bytes, at, end);
  const opening = at < end ? bytes[at] : 0;
  field.quoted = opening === DOUBLE_QUOTE || opening === SINGLE_QUOTE;
  field.from = field.quoted ? ++at : at;
  if (field.quoted) {
    while (at < end && bytes[at] !== opening) at += bytes[at] === BACKSLASH ? 2 : 1;
    if (at >= end) {
      field.problem = 'a quote is opened and never closed.';
      return;
    }
    field.to = at++;
  } else {
    while (at < end && bytes[at] !== COMMA && bytes[at] !== TAB && bytes[at] !== PERCENT) at++;
    field.to = at;
  }
  const after = skipBlanks(bytes, at, end);
  if (after >= end || bytes[after] === PERCENT) {
    field.next = null;
  } else if (bytes[after] === COMMA) {
    field.next = after + 1;
  } else if (bytes.subarray(at, after).includes(TAB)) {
    field.next = after;
  } else {
    const found = bytes.toString('utf8', after, Math.min(end, after + 100));
    field.problem = `found ${quote(found)} after a closing quote, expected a comma.`;
  }
}

/** The class that a field holds; empty where it is unknown, null where there is none. */
function labelOf(bytes: Buffer, { from, to, quoted }: Field): string | null {
  const text = bytes.toString('utf8', from, to);
  if (quoted) return unescape(text);
  const name = text.trim();
  if (name === '') return null;
  return name === '?' ? '' : name;
}

/** Reads the channels of a relational value, which are separated by `\n`. */
function readChannels(bytes: Buffer, start: number, end: number, row: ChannelRow): void {
  let written = 0;
  let length = 0;
  for (let at = start, from = start; at <= end; at++) {
    const closes = at === end || (bytes[at] === BACKSLASH && bytes[at + 1] === LETTER_N);
    if (!closes && bytes[at] !== COMMA) continue;
    // A channel of nothing but blanks has no steps rather than an empty one.
    if (!closes || length > 0 || skipBlanks(bytes, from, at) < at) {
      length++;
      row.values[written++] = readValue(bytes, from, at, row, row.lengths.length + 1, length);
    }
    if (closes) {
      row.lengths.push(length);
      length = 0;
      // The two characters of the separator.
      if (at < end) at++;
    }
    from = at + 1;
  }
}

function readValue(
  bytes: Buffer,
  from: number,
  to: number,
  row: ChannelRow,
  channel: number,
  step: number,
): number {
  const value = parseNumberBytes(bytes, from, to);
  // Math.abs(value) <= MAX also fails for NaN.
  if (Math.abs(value) <= FLOAT32_MAX) return value;
  noteOddValue(row, bytes, from, to, channel, step);
  return NaN;
}

function tooLong({ lengths }: ChannelRow, { mostSteps }: ArffLayout): string | null {
  if (mostSteps === null || lengths[0] <= mostSteps) return null;
  return `${counted(lengths[0], 'step')}, but the header declares ${counted(mostSteps, 'attribute')} for them.`;
}

function skipBlanks(bytes: Buffer, at: number, end: number): number {
  while (at < end && isBlank(bytes[at])) at++;
  return at;
}
