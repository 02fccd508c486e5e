// Which columns of a wide CSV are the steps of which channel: their headers end in numbers that count up from 0 or 1, and what stands
// before the number names the channel.
import { counted } from '../../shared/counted.js';
import { firstOf } from '../../shared/listed.js';
import { FatalProblem, quote } from './problems.js';
import type { ReadOptions } from './reader.js';
import { firstRepeated } from './repeated.js';
import { findRoles, list, type Role } from './roles.js';

/** Positions of the columns, from 0; -1 where a file has no such column. */
export interface WideColumns extends Readonly<Record<Exclude<Role, 'time'>, number>> {
  /** The column of each step, one list a channel, all equally long. */
  readonly channels: readonly (readonly number[])[];
  /** Null where the columns are only counted. */
  readonly channelNames: readonly string[] | null;
}

/** Names of a single channel that say no more than that its steps are counted. */
const NAMELESS = ['', 't'];

/** More digits are no count of steps. */
const MOST_DIGITS = 7;

/** A column whose header ends in a number. */
interface CountingColumn {
  readonly position: number;
  readonly number: number;
}

/** @throws FatalProblem that says why these are no columns of a wide CSV */
export function findWideColumns(
  header: readonly string[],
  line: number,
  holdsWords: (position: number) => boolean,
  options: ReadOptions,
): WideColumns {
  const roles = findRoles(header, line, 'column', holdsWords, options);
  const columns = wideColumns(header, roles, options);
  if (typeof columns !== 'string') return columns;
  throw new FatalProblem(line, `${columns}; ${expectedColumns(header, roles)}`);
}

/** The columns, or why these are not those of a wide CSV. */
export function wideColumns(
  header: readonly string[],
  roles: Readonly<Record<Role, number>>,
  { columns: { channels: chosen } = {}, groups = 'read' }: ReadOptions,
): WideColumns | string {
  if (roles.time >= 0)
    return `column ${quote(header[roles.time])} is the time of a step, and rows are recordings`;
  const taken = new Set(Object.values(roles));
  const other = header.findIndex((text, i) => !taken.has(i) && countingName(text) === null);
  if (other >= 0 && chosen === undefined) return `column ${quote(header[other])} does not end in a number`;
  const byName = countingColumns(header, roles);
  const absent = chosen?.find((name) => !byName.has(name));
  if (absent !== undefined) return `no columns of a channel ${quote(absent)} in ${list(header)}`;
  if (chosen !== undefined && firstRepeated(chosen) !== undefined) return 'a channel is named twice';
  const names = chosen ?? [...byName.keys()];
  if (names.length === 0) return 'no column is left for steps';
  const channels = names.map((name) => byName.get(name) ?? []);
  for (const [i, steps] of channels.entries()) {
    const what = `the columns of channel ${quote(names[i])}`;
    const [{ number: first }] = steps;
    const wrong = steps.findIndex(({ number }, step) => number !== first + step);
    if (first > 1) return `${what} begin with ${first}`;
    if (wrong >= 0) return `${what} go on from ${steps[wrong - 1].number} to ${steps[wrong].number}`;
    if (steps.length !== channels[0].length) {
      return `${what} are ${steps.length}, but channel ${quote(names[0])} has ${counted(channels[0].length, 'column')}`;
    }
  }
  const isNameless = names.length === 1 && NAMELESS.includes(names[0].toLowerCase());
  return {
    ...{ recording: roles.recording, label: roles.label },
    ...(groups === 'ignore' ? { group: -1, split: -1 } : { group: roles.group, split: roles.split }),
    channels: channels.map((steps) => steps.map(({ position }) => position)),
    channelNames: isNameless ? null : names,
  };
}

/** What the columns should be, and how to name them. */
export function expectedColumns(header: readonly string[], roles: Readonly<Record<Role, number>>): string {
  const names = firstOf([...countingColumns(header, roles).keys()].map(quote), 3);
  return (
    'expected columns of steps that count up from 0 or 1, such as 0, 1, 2, … or x_0, x_1, …, y_0, y_1, …, beside those of id, label, ' +
    'group and split. Where one of these has another name, say which with data.columns in the config of a run; ' +
    `data.columns.channels: [${names === '' ? '"x"' : names}], without the numbers, leaves others out.`
  );
}

/** The columns that count and have no role, by what stands before their numbers. */
export function countingColumns(
  header: readonly string[],
  roles: Readonly<Record<Role, number>>,
): Map<string, CountingColumn[]> {
  const taken = new Set(Object.values(roles));
  const byName = new Map<string, CountingColumn[]>();
  for (const [position, text] of header.entries()) {
    const counting = taken.has(position) ? null : countingName(text);
    if (counting === null) continue;
    const steps = byName.get(counting.name);
    const step = { position, number: counting.number };
    if (steps === undefined) byName.set(counting.name, [step]);
    else steps.push(step);
  }
  return byName;
}

/** A header as a channel's name and the number of a step; null where it does not end in a number. */
function countingName(text: string): { name: string; number: number } | null {
  let digits = text.length;
  while (digits > 0 && isDigit(text.charCodeAt(digits - 1))) digits--;
  if (digits === text.length || text.length - digits > MOST_DIGITS) return null;
  let end = digits;
  while (end > 0 && '_-. '.includes(text[end - 1])) end--;
  return { name: text.slice(0, end), number: Number(text.slice(digits)) };
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
