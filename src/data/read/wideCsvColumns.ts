// Which columns of a wide CSV are the steps of which channel: their headers end in numbers that count up from 0 or 1, and what stands
// before the number names the channel.
import { counted } from '../../shared/counted.js';
import { firstOf } from '../../shared/listed.js';
import { rolesRead } from './groupsRead.js';
import { FatalProblem, quote } from './problems.js';
import type { ReadOptions } from './reader.js';
import { firstRepeated } from './repeated.js';
import { adviceOnColumn, findRoles, list, type Role } from './roles.js';

/** Positions of the columns, from 0; -1 where a file has no such column. */
export interface WideColumns extends Readonly<Record<Exclude<Role, 'time'>, number>> {
  /** The column of each step, one list a channel, all equally long. */
  readonly channels: readonly (readonly number[])[];
  /** Null where the columns are only counted. */
  readonly channelNames: readonly string[] | null;
}

/** Names of a single channel that say no more than that its steps are counted. */
const NAMELESS = ['', 't'];

/** So many columns that count are likely to be steps. */
const MANY = 3;

/** More digits are no count of steps. */
const MOST_DIGITS = 7;

/** Columns whose headers end in numbers: where they are, and the numbers. */
interface CountingColumns {
  readonly positions: number[];
  readonly numbers: number[];
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
  throw new FatalProblem(line, `${columns}; ${expectedColumns(header, roles, options)}`);
}

/**
 * Why a file that is read as one row a step may be one of one row a recording, and what it should be then; null where its header does not
 * count, or can only be that of the one or the other.
 */
export function perhapsWide(
  header: readonly string[],
  roles: Readonly<Record<Role, number>>,
  options: ReadOptions,
): { readonly counting: string; readonly remedy: string } | null {
  const steps = [...countingColumns(header, roles).values()].filter(({ positions }) => positions.length > 1);
  const counting = steps.flatMap(({ positions }) =>
    positions.slice(0, MANY).map((position) => header[position]),
  );
  const notWide = wideColumns(header, roles, options);
  if (counting.length < MANY || typeof notWide !== 'string') return null;
  const remedy = `${notWide}; ${expectedColumns(header, roles, options)}`;
  return { counting: firstOf(counting, 2), remedy };
}

/** The columns, or why these are not those of a wide CSV. */
export function wideColumns(
  header: readonly string[],
  roles: Readonly<Record<Role, number>>,
  { columns: { channels: chosen, time } = {}, groups }: ReadOptions,
): WideColumns | string {
  if (time !== undefined)
    return `column ${quote(time)} is the time of a step by data.columns.time, and rows are recordings`;
  const other = foreignColumn(header, roles);
  if (other >= 0 && chosen === undefined) return `column ${quote(header[other])} does not end in a number`;
  const byName = countingColumns(header, roles);
  const absent = chosen?.find((name) => !byName.has(name));
  if (absent !== undefined) return `no columns of a channel ${quote(absent)} in ${list(header)}`;
  if (chosen !== undefined && firstRepeated(chosen) !== undefined) return 'a channel is named twice';
  const names = chosen ?? [...byName.keys()];
  if (names.length === 0) return 'no column is left for steps';
  const channels = names.flatMap((name) => byName.get(name) ?? []);
  const { length } = channels[0].positions;
  for (const [i, { positions, numbers }] of channels.entries()) {
    const what = `the columns of channel ${quote(names[i])}`;
    const wrong = miscount(numbers);
    if (wrong !== null) return `${what} ${wrong}`;
    if (positions.length !== length) {
      return `${what} are ${positions.length}, but channel ${quote(names[0])} has ${counted(length, 'column')}`;
    }
  }
  const isNameless = names.length === 1 && NAMELESS.includes(names[0].toLowerCase());
  return {
    ...{ recording: roles.recording, label: roles.label },
    ...rolesRead({ group: roles.group, split: roles.split }, { groups }),
    channels: channels.map(({ positions }) => positions),
    channelNames: isNameless ? null : names,
  };
}

/** What is wrong with how columns count; null where nothing is. */
function miscount(numbers: readonly number[]): string | null {
  const [first] = numbers;
  if (first > 1) return `begin with ${first}`;
  const wrong = numbers.findIndex((number, step) => number !== first + step);
  return wrong < 0 ? null : `go on from ${numbers[wrong - 1]} to ${numbers[wrong]}`;
}

/** The first column that neither counts nor has a role in a wide CSV; -1 where there is none. */
function foreignColumn(header: readonly string[], roles: Readonly<Record<Role, number>>): number {
  const { recording, label, group, split } = roles;
  const taken = [recording, label, group, split];
  return header.findIndex((text, i) => numberIn(text) < 0 && !taken.includes(i));
}

/** What the columns should be, and what to do with others. */
function expectedColumns(
  header: readonly string[],
  roles: Readonly<Record<Role, number>>,
  options: ReadOptions,
): string {
  const expected =
    'expected columns of steps that count up from 0 or 1, such as 0, 1, 2, … or x_0, x_1, …, y_0, y_1, …, beside those of id, label, ' +
    'group and split.';
  const counting = [...countingColumns(header, roles)].filter(
    ([, { numbers }]) => miscount(numbers) === null,
  );
  const fine = counting.filter(([, { numbers }]) => numbers.length === counting[0][1].numbers.length);
  const names = fine.map(([name]) => quote(name));
  const chosen = `data.columns.channels: [${firstOf(names, 3)}], without the numbers`;
  if (foreignColumn(header, roles) >= 0) {
    return expected + adviceOnColumn(roles, options, names.length === 0 ? null : `set ${chosen}`);
  }
  // What a run was trained on does not change any more, and one that ignores groups has been trained.
  const isFixed = names.length === 0 || options.groups === 'ignore';
  return isFixed ? expected : `${expected} In the config of a run, ${chosen}, leaves others out.`;
}

/** The columns that count and have no role, by what stands before their numbers. */
function countingColumns(
  header: readonly string[],
  roles: Readonly<Record<Role, number>>,
): Map<string, CountingColumns> {
  const taken = new Set(Object.values(roles));
  const byName = new Map<string, CountingColumns>();
  for (let position = 0; position < header.length; position++) {
    const text = header[position];
    const start = taken.has(position) ? -1 : numberIn(text);
    if (start < 0) continue;
    let end = start;
    while (end > 0 && '_-. '.includes(text[end - 1])) end--;
    const name = text.slice(0, end);
    const columns = byName.get(name) ?? { positions: [], numbers: [] };
    if (columns.positions.length === 0) byName.set(name, columns);
    columns.positions.push(position);
    columns.numbers.push(Number(text.slice(start)));
  }
  return byName;
}

/** Where the number begins in which a header ends; -1 where it ends in none. */
function numberIn(text: string): number {
  let start = text.length;
  while (start > 0 && isDigit(text.charCodeAt(start - 1))) start--;
  return start === text.length || text.length - start > MOST_DIGITS ? -1 : start;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
