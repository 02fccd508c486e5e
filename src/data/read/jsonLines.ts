// Reads JSON lines: one object a line, which is a recording. Its channels are the keys that hold arrays of numbers, or one key
// that holds `[time][channel]`; the other keys are found by name, as the columns of a long CSV are. https://jsonlines.org
import { counted } from '../../shared/counted.js';
import type { FileHeader } from './collect.js';
import { checkNewKeys, findKeys, type JsonKeys, type JsonObject } from './jsonKeys.js';
import { findJsonError, keysOf } from './jsonText.js';
import { linesOf } from './lines.js';
import { describeOddValue } from './numbers.js';
import { PartsBuilder, type Parts, type PartStart } from './parts.js';
import { FatalProblem, quote } from './problems.js';
import { FLOAT32_MAX, type ReadOptions, truthClass } from './reader.js';
import { firstRepeated } from './repeated.js';
import type { Stretch, TextFormat } from './textFormat.js';
import { disorder, parseTime } from './times.js';

/** Bytes of one line; more would not fit a string. */
const LONGEST_LINE = 1 << 28;

interface JsonLayout extends FileHeader {
  channelNames: readonly string[] | null;
  /** Null until the first recording. */
  keys: JsonKeys | null;
  readonly options: ReadOptions;
}

export const jsonLinesFormat: TextFormat<JsonLayout> = {
  readHeader: (_bytes, _problems, options) => ({
    layout: { format: 'jsonl', channelNames: null, classes: null, keys: null, options },
    end: { start: 0, lines: 0 },
  }),
  readLines,
  nothingAfterHeader: 'no recordings: every line is empty.',
};

function readLines(stretch: Stretch, layout: JsonLayout): Parts {
  const parts = new PartsBuilder();
  for (const { from, end, line } of linesOf(stretch.bytes)) {
    const object = parseLine(stretch.bytes, from, end);
    try {
      const problem = typeof object === 'string' ? object : readRecording(object, line, layout, parts);
      if (problem !== null) parts.problems.add(line, problem);
    } catch (error) {
      // Without the keys of the first recording, the others cannot be read.
      if (!(error instanceof FatalProblem)) throw error;
      parts.problems.add(error.line, error.message);
      break;
    }
  }
  return parts.finish(layout.keys?.width ?? 0, { whole: true });
}

/** The object on a line, or what is wrong with it. */
function parseLine(bytes: Buffer, from: number, end: number): JsonObject | string {
  if (end - from > LONGEST_LINE) return 'the line is longer than 256 MiB, expected one recording a line.';
  const text = bytes.toString('utf8', from, end);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return noJson(text);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return `found ${described(value)}, expected an object such as {"label": "a", "x": [1, 2]}.`;
  }
  const keys = keysOf(text);
  const record = value as Record<string, unknown>;
  const object = new Map(keys.map((key) => [key, record[key]]));
  return object.size === keys.length ? object : `the key ${quote(firstRepeated(keys) ?? '')} occurs twice.`;
}

function noJson(text: string): string {
  const { position, expected } = findJsonError(text) ?? { position: text.length, expected: 'JSON' };
  if (position >= text.length) {
    return `the line ends within an object, expected ${expected}; a recording is one object on one line.`;
  }
  const rest = text.slice(position, position + 40);
  const why = /^[+-]?(?:nan|inf)/i.test(rest) ? ' Write null where a value is missing.' : '';
  return `not JSON from character ${(position + 1).toLocaleString('en')} on: found ${quote(rest)}, expected ${expected}.${why}`;
}

/** Adds a recording, unless its form is wrong. Returns what is wrong with it; null where nothing is. */
function readRecording(
  object: JsonObject,
  line: number,
  layout: JsonLayout,
  parts: PartsBuilder,
): string | null {
  const keys = (layout.keys ??= findKeys(object, line, layout.options));
  if (keys === null) return 'the recording is empty.';
  layout.channelNames ??= keys.isTable ? null : keys.channels;
  const unexpected = checkNewKeys(object, keys, layout.options);
  if (unexpected !== null) return unexpected;
  const arrays = keys.isTable ? rowsOf(object, keys) : columnsOf(object, keys);
  if (typeof arrays === 'string') return arrays;
  const length = keys.isTable ? arrays.length : arrays[0].length;
  if (length === 0) return 'the recording is empty.';
  const { times: wanted = 'check', labelsPer } = layout.options;
  const times = keys.time === null ? null : timesOf(object.get(keys.time), keys.time, length, wanted);
  if (typeof times === 'string') return times;
  const labels = labelsPer === 'step' ? labelsOf(object, keys.label, length) : null;
  if (typeof labels === 'string') return labels;
  const start = startOf(object, labels === null ? keys : { ...keys, label: null }, line, layout.options);
  if (typeof start === 'string') return start;
  parts.begin(start);
  const problem = addValues(parts, arrays, length, keys, line);
  if (times !== null && wanted !== 'check') parts.stepTimes.append(times);
  if (labels !== null) parts.labelSteps(labels);
  return problem;
}

type Arrays = readonly (readonly unknown[])[];

/** The arrays of the channels, which are equally long, or what is wrong with them. */
function columnsOf(object: JsonObject, { channels }: JsonKeys): Arrays | string {
  const arrays: (readonly unknown[])[] = [];
  for (const name of channels) {
    const array = arrayOf(object, name);
    if (typeof array === 'string') return array;
    arrays.push(array);
    const [{ length }] = arrays;
    if (array.length !== length) {
      const expected = `channel ${quote(channels[0])} has ${length.toLocaleString('en')}`;
      return `channel ${quote(name)} has ${counted(array.length, 'step')}, but ${expected}.`;
    }
  }
  return arrays;
}

/** The steps of a table, each as wide as those of the first recording, or what is wrong with them. */
function rowsOf(object: JsonObject, { channels: [name], width }: JsonKeys): Arrays | string {
  const array = arrayOf(object, name);
  if (typeof array === 'string') return array;
  const rows: (readonly unknown[])[] = [];
  for (const row of array) {
    if (!Array.isArray(row) || row.length !== width) {
      const found = Array.isArray(row) ? counted(row.length, 'value') : described(row);
      const expected = `expected an array of ${counted(width, 'value')} as in the first recording`;
      return `step ${rows.length + 1} of ${quote(name)}: found ${found}, ${expected}.`;
    }
    rows.push(row);
  }
  return rows;
}

function arrayOf(object: JsonObject, name: string): readonly unknown[] | string {
  if (!object.has(name)) return `no key ${quote(name)}, which the first recording has.`;
  const value = object.get(name);
  return Array.isArray(value)
    ? value
    : `${quote(name)} is ${described(value)}, expected an array of numbers.`;
}

/** The times of the steps, or what is wrong with them. */
function timesOf(
  times: unknown,
  key: string,
  length: number,
  wanted: ReadOptions['times'],
): Float64Array | string {
  if (!Array.isArray(times) || times.length !== length) {
    const found = Array.isArray(times)
      ? `has ${counted(times.length, 'time')}`
      : times === undefined
        ? 'is not there'
        : `is ${described(times)}`;
    return `${quote(key)} ${found}, expected an array of ${counted(length, 'time')}, one a step.`;
  }
  const seconds = new Float64Array(length);
  for (let step = 0; step < length; step++) {
    const time: unknown = times[step];
    seconds[step] = typeof time === 'string' ? parseTime(time) : typeof time === 'number' ? time : NaN;
    if (!Number.isFinite(seconds[step])) {
      return `${quote(key)}, step ${step + 1}: ${described(time)} is neither a number nor an ISO 8601 date.`;
    }
    if (wanted === 'keep-unordered' || step === 0) continue;
    const wrong = disorder(seconds[step - 1], seconds[step], String(time), 'steps');
    if (wrong !== undefined) return `${quote(key)}, step ${step + 1}: ${wrong}`;
  }
  return seconds;
}

/** The class of each step where the key of the label holds an array, null where it does not, or what is wrong with them. */
function labelsOf(object: JsonObject, key: string | null, length: number): string[] | string | null {
  const value = key === null ? null : object.get(key);
  if (key === null || !Array.isArray(value)) return null;
  if (value.length !== length) {
    return `${quote(key)} has ${counted(value.length, 'label')}, expected ${counted(length, 'label')}, one a step.`;
  }
  const labels: string[] = [];
  for (const label of value as readonly unknown[]) {
    const name = nameOf(label ?? '', key);
    if ('problem' in name) return `step ${labels.length + 1}: ${name.problem}`;
    labels.push(name.text === '?' ? '' : name.text);
  }
  return labels;
}

/** Id, class, group and split of a recording, or what is wrong with them. */
function startOf(
  object: JsonObject,
  keys: JsonKeys,
  line: number,
  { groups }: ReadOptions,
): PartStart | string {
  const names: Partial<Record<'recording' | 'label' | 'group' | 'split', string>> = {};
  for (const role of ['recording', 'label', 'group', 'split'] as const) {
    const key = keys[role];
    if (key === null) continue;
    const name = nameOf(object.get(key) ?? '', key);
    if (!('problem' in name)) names[role] = name.text;
    else if (role === 'group' && groups === 'optional') names[role] = '';
    else return name.problem;
  }
  const { recording: id, label, group, split } = names;
  if (id === '') return 'the line does not say which recording it is.';
  return { line, id, label: label === '?' ? '' : label, group, split };
}

/** What a value names, or what is wrong with it. */
function nameOf(value: unknown, key: string): { text: string } | { problem: string } {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    return { problem: `${quote(key)} is ${described(value)}, expected a string, a number, true or false.` };
  }
  if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    return {
      problem: `${quote(key)} is a number too large to be told from its neighbours; write it as a string.`,
    };
  }
  return { text: typeof value === 'boolean' ? truthClass(value) : String(value) };
}

/** Adds the values of the part that was begun last. Returns what is wrong with the first that is no number. */
function addValues(
  parts: PartsBuilder,
  arrays: Arrays,
  length: number,
  { channels, isTable, width }: JsonKeys,
  line: number,
): string | null {
  const at = parts.values.length;
  const values = parts.values.extend(length * width);
  parts.grow(length);
  let problem: string | null = null;
  for (let channel = 0; channel < width; channel++) {
    for (let step = 0; step < length; step++) {
      const value = isTable ? arrays[step][channel] : arrays[channel][step];
      const isNumber = typeof value === 'number' && Math.abs(value) <= FLOAT32_MAX;
      values[at + step * width + channel] = isNumber ? value : NaN;
      if (isNumber) continue;
      if (value === null) {
        parts.addMissing(1, { step: step + 1, channel: channel + 1, line });
      } else {
        const name = isTable ? String(channel + 1) : quote(channels[channel]);
        problem ??= `channel ${name}, step ${step + 1}: ${oddValue(value)}`;
      }
    }
  }
  return problem;
}

function oddValue(value: unknown): string {
  if (typeof value === 'number') return describeOddValue(String(value));
  return `found ${described(value)}, expected a number, or null where it is missing.`;
}

/** What a value is, for messages. */
function described(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? `the text ${quote(value)}` : String(value);
}
