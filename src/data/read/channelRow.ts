// The values of one recording as formats with a recording a line have them: channel after channel. Parts have them step after step.
import { counted } from '../../shared/counted.js';
import { didYouMean } from '../../shared/nearest.js';
import { describeOddValue, kindOfValue } from './numbers.js';
import type { PartsBuilder, PartStart } from './parts.js';
import { quote } from './problems.js';

/** The values of one line, channel after channel. */
export interface ChannelRow {
  /** Longer than needed, for the next line. */
  values: Float32Array;
  /** Steps of each channel. */
  lengths: number[];
  /** What is wrong with the first value that is no number. */
  problem: string | null;
  missing: number;
  firstMissing: { channel: number; step: number };
}

/** Bytes of a value that are looked at to say what is wrong with it. */
const SHOWN = 1000;

/** Names longer than this are not compared with the classes. */
const LONGEST_SLIP = 100;

export function newRow(): ChannelRow {
  const firstMissing = { channel: 0, step: 0 };
  return { values: new Float32Array(0), lengths: [], problem: null, missing: 0, firstMissing };
}

/** Empties a row, and makes room for as many values as `bytes` bytes with separators can hold. */
export function clearRow(row: ChannelRow, bytes: number): void {
  // Even if all are empty, there are no more values than separators and the end.
  const most = bytes + 1;
  if (row.values.length < most) row.values = new Float32Array(2 * most);
  row.lengths = [];
  row.problem = null;
  row.missing = 0;
}

/** Counts a missing value; channel and step from 1. */
export function noteMissing(row: ChannelRow, channel: number, step: number): void {
  if (row.missing === 0) row.firstMissing = { channel, step };
  row.missing++;
}

/** Notes `bytes[from … to)`, which is no finite number: missing, or a problem. */
export function noteOddValue(
  row: ChannelRow,
  bytes: Buffer,
  from: number,
  to: number,
  channel: number,
  step: number,
): void {
  const text = bytes.toString('utf8', from, Math.min(to, from + SHOWN));
  if (kindOfValue(text) === 'missing') noteMissing(row, channel, step);
  else row.problem ??= `channel ${channel}, step ${step}: ${describeOddValue(text)}`;
}

/** What is wrong with the lengths of the channels, where `channels` of them are expected (null: any number); null where nothing is. */
export function shapeProblem(lengths: readonly number[], channels: number | null): string | null {
  if (channels !== null && lengths.length !== channels) {
    return `${counted(lengths.length, 'channel')}, expected ${channels.toLocaleString('en')}.`;
  }
  const other = lengths.findIndex((length) => length !== lengths[0]);
  if (other >= 0) {
    return `channel ${other + 1} has ${counted(lengths[other], 'step')}, but channel 1 has ${lengths[0].toLocaleString('en')}.`;
  }
  return lengths[0] === 0 ? 'the recording is empty.' : null;
}

/** Adds a row, whose channels are equally long, as a part. */
export function addRow(parts: PartsBuilder, row: ChannelRow, start: PartStart): void {
  const channels = row.lengths.length;
  const [length] = row.lengths;
  parts.begin(start);
  if (row.missing > 0) parts.addMissing(row.missing, { ...row.firstMissing, line: start.line });
  const at = parts.values.length;
  transpose(row.values, channels, length, parts.values.extend(length * channels), at);
  parts.grow(length);
}

/** What is wrong with a class that is not among those that `where` declares. */
export function undeclaredClass(name: string, classes: readonly string[], where: string): string {
  const known = classes.length > 10 ? `${classes.slice(0, 10).join(' ')} …` : classes.join(' ');
  const guess = name.length > LONGEST_SLIP ? '' : didYouMean(name, classes);
  return `class ${quote(name)} is not declared by ${where} (${known}).${guess}`;
}

/** `[channels, time]` to `[time, channels]`. */
function transpose(from: Float32Array, channels: number, length: number, to: Float32Array, at: number): void {
  for (let channel = 0; channel < channels; channel++) {
    for (let step = 0; step < length; step++)
      to[at + step * channels + channel] = from[channel * length + step];
  }
}
