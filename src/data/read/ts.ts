// Reads `.ts` files of the UCR/UEA archive: one recording a line, channels separated by `:`, values by `,`, the
// class after the last `:`. Works on bytes, since turning every number into a string first takes most of the time.
import { counted } from '../../shared/counted.js';
import { didYouMean } from '../../shared/nearest.js';
import { describeOddValue, kindOfValue, latin1, parseNumberBytes } from './numbers.js';
import type { FileHeader } from './collect.js';
import { PartsBuilder, type Parts } from './parts.js';
import { quote } from './problems.js';
import { FLOAT32_MAX } from './reader.js';
import type { Stretch, TextFormat } from './textFormat.js';
import { readTsHeader, type TsHeader } from './tsHeader.js';

const COMMA = 0x2c;
const COLON = 0x3a;

/** What the header and the first recording say of all recordings. */
interface TsLayout extends FileHeader, Omit<TsHeader, 'end'> {
  readonly classes: readonly string[];
  channels: number | null;
  /** Steps that every recording has; null where they may differ. */
  length: number | null;
}

export const tsFormat: TextFormat<TsLayout> = {
  readHeader: (bytes, problems) => {
    const { end, ...header } = readTsHeader(bytes, problems);
    const length = header.equalLength === false ? null : header.seriesLength;
    return { layout: { ...header, format: 'ts', channelNames: null, length }, end };
  },
  readLines,
  nothingAfterHeader: 'no recordings after @data. The file may have been cut off.',
};

function readLines({ bytes, last }: Stretch, layout: TsLayout): Parts {
  const parts = new PartsBuilder();
  const { problems } = parts;
  const declared = new Set(layout.classes);
  const row = newRow();
  let line = 0;
  for (let start = 0; start < bytes.length;) {
    line++;
    const newline = bytes.indexOf(0x0a, start);
    const end = trimEnd(bytes, start, newline < 0 ? bytes.length : newline);
    const from = start;
    start = newline < 0 ? bytes.length : newline + 1;
    if (end === from || bytes[from] === 0x23) continue;

    const cutOff = last && newline < 0;
    const hint = cutOff ? ' The last line has no line break: the file may have been cut off.' : '';
    const labelAt = layout.labelled ? from + bytes.subarray(from, end).lastIndexOf(COLON) : end;
    if (labelAt < from) {
      problems.add(line, `no ":" and no class at the end of the line, though @classLabel is true.${hint}`);
      continue;
    }
    readRow(bytes, from, labelAt, row);
    const misshapen = shapeProblem(row.lengths, layout.channels);
    if (misshapen !== null) {
      problems.add(line, misshapen + hint);
      continue;
    }
    const channels = (layout.channels ??= row.lengths.length);
    const length = row.lengths[0];
    if (layout.equalLength === true) layout.length ??= length;
    if (layout.length !== null && length !== layout.length)
      problems.add(line, otherLength(length, layout) + hint);
    if (row.problem !== null) problems.add(line, row.problem + hint);
    let label = '';
    if (layout.labelled) {
      label = bytes.toString('utf8', labelAt + 1, end).trim();
      if (label === '?') label = '';
      else if (!declared.has(label)) problems.add(line, unknownLabel(label, layout.classes) + hint);
    }
    parts.begin({ line, label });
    if (row.missing > 0) {
      const { channel, step } = row.firstMissing;
      parts.addMissing(row.missing, { channel, step, line });
      if (layout.missing === false) {
        const where = `channel ${channel}, step ${step}`;
        problems.add(
          line,
          `${counted(row.missing, 'missing value')} (first: ${where}), but @missing is false.`,
        );
      }
    }
    const at = parts.values.length;
    transpose(row.values, channels, length, parts.values.extend(length * channels), at);
    parts.grow(length);
  }
  return parts.finish(layout.channels ?? 0);
}

function otherLength(length: number, { length: expected, seriesLength }: TsLayout): string {
  const why = seriesLength === null ? '@equalLength is true' : `@seriesLength is ${expected}`;
  return `${counted(length, 'step')}, expected ${expected?.toLocaleString('en')} (${why}).`;
}

/** The values of one line, channel after channel. */
interface Row {
  /** Longer than needed, for the next line. */
  values: Float32Array;
  lengths: number[];
  /** What is wrong with the first value that is no number. */
  problem: string | null;
  missing: number;
  firstMissing: { channel: number; step: number };
}

function newRow(): Row {
  const firstMissing = { channel: 0, step: 0 };
  return { values: new Float32Array(0), lengths: [], problem: null, missing: 0, firstMissing };
}

function readRow(bytes: Buffer, start: number, end: number, row: Row): void {
  // Even if all are empty, there are no more values than separators and the end.
  const most = end - start + 1;
  if (row.values.length < most) row.values = new Float32Array(2 * most);
  const values = row.values;
  let written = 0;
  row.lengths = [];
  row.problem = null;
  row.missing = 0;
  let length = 0;
  for (let at = start, from = start; at <= end; at++) {
    const byte = at === end ? COLON : bytes[at];
    if (byte !== COMMA && byte !== COLON) continue;
    const value = parseNumberBytes(bytes, from, at);
    // Math.abs(value) <= MAX also fails for NaN.
    if (Math.abs(value) <= FLOAT32_MAX) {
      values[written++] = value;
      length++;
    } else if (byte === COMMA || length > 0 || latin1(bytes, from, at).trim() !== '') {
      values[written++] = NaN;
      length++;
      noteOddValue(row, bytes.toString('utf8', from, at), row.lengths.length + 1, length);
    }
    if (byte === COLON) {
      row.lengths.push(length);
      length = 0;
    }
    from = at + 1;
  }
}

function noteOddValue(row: Row, text: string, channel: number, step: number): void {
  if (kindOfValue(text) === 'missing') {
    if (row.missing === 0) row.firstMissing = { channel, step };
    row.missing++;
    return;
  }
  row.problem ??= `channel ${channel}, step ${step}: ${describeOddValue(text)}`;
}

function shapeProblem(lengths: readonly number[], channels: number | null): string | null {
  if (channels !== null && lengths.length !== channels) {
    return `${counted(lengths.length, 'channel')}, expected ${channels.toLocaleString('en')}.`;
  }
  const other = lengths.findIndex((length) => length !== lengths[0]);
  if (other >= 0) {
    return `channel ${other + 1} has ${counted(lengths[other], 'step')}, but channel 1 has ${lengths[0].toLocaleString('en')}.`;
  }
  return lengths[0] === 0 ? 'the recording is empty.' : null;
}

function unknownLabel(name: string, classes: readonly string[]): string {
  if (name === '') return 'the class after the last ":" is empty; write "?" where it is unknown.';
  const known = classes.length > 10 ? `${classes.slice(0, 10).join(' ')} …` : classes.join(' ');
  return `class ${quote(name)} is not declared by @classLabel (${known}).${didYouMean(name, classes)}`;
}

/** `[channels, time]` to `[time, channels]`. */
function transpose(from: Float32Array, channels: number, length: number, to: Float32Array, at: number): void {
  for (let channel = 0; channel < channels; channel++) {
    for (let step = 0; step < length; step++)
      to[at + step * channels + channel] = from[channel * length + step];
  }
}

function trimEnd(bytes: Buffer, start: number, end: number): number {
  while (end > start && (bytes[end - 1] === 0x20 || bytes[end - 1] === 0x0d || bytes[end - 1] === 0x09))
    end--;
  return end;
}
