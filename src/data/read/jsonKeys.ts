// Which key of a JSON line is what: the first recording decides for all.
import { rolesRead } from './groupsRead.js';
import { isWord } from './numbers.js';
import { FatalProblem, quote } from './problems.js';
import type { ReadOptions } from './reader.js';
import { checkOneRoleEach, findChosen, findRoles, list, NAMES, type Role } from './roles.js';

/** A line: its keys in their order, and what they hold. */
export type JsonObject = ReadonlyMap<string, unknown>;

/** The keys of all recordings; null where they have no such key. */
export interface JsonKeys {
  readonly recording: string | null;
  readonly time: string | null;
  /** Found on a later line where the first recording has no label. */
  label: string | null;
  readonly group: string | null;
  readonly split: string | null;
  /** One key a channel, or the one that holds `[time][channel]`. */
  readonly channels: readonly string[];
  readonly isTable: boolean;
  /** The number of channels. */
  readonly width: number;
  /** Keys that the recordings are known to have, those without a role included. */
  readonly known: Set<string>;
}

/**
 * Finds the keys by the first recording; null where that is empty.
 * Throws a FatalProblem that says what is expected where that fails.
 */
export function findKeys(object: JsonObject, line: number, options: ReadOptions): JsonKeys | null {
  const { columns = {} } = options;
  const names = [...object.keys()];
  const roles = findRoles(names, line, 'key', (i) => holdsWord(object.get(names[i])), options);
  const taken = Object.values(roles);
  const positions =
    columns.channels?.map((name) => findChosen(names, line, 'key', name)) ??
    [...names.keys()].filter((i) => Array.isArray(object.get(names[i])) && !taken.includes(i));
  checkOneRoleEach(names, line, 'key', [...taken, ...positions]);
  const channels = positions.map((i) => names[i]);
  const read = rolesRead(roles, options);
  const key = (role: Role): string | null => names.at(read[role] < 0 ? names.length : read[role]) ?? null;
  const width = widthOf(object, channels, names, line);
  if (width === null) return null;
  return {
    ...{ recording: key('recording'), time: key('time'), label: key('label') },
    ...{ group: key('group'), split: key('split') },
    ...{ channels, isTable: width.isTable, width: width.channels, known: new Set(names) },
  };
}

/** The number of channels of the first recording, and whether one key holds them all; null where it has no values. */
function widthOf(
  object: JsonObject,
  channels: readonly string[],
  names: readonly string[],
  line: number,
): { channels: number; isTable: boolean } | null {
  if (channels.length === 0) {
    throw new FatalProblem(
      line,
      `no key holds an array of numbers in ${list(names)}; expected a key a channel, or one that holds [time][channel].`,
    );
  }
  const table = channels.find((name) => firstRow(object.get(name)) !== null);
  if (table === undefined) {
    const isEmpty = channels.every((name) => isEmptyArray(object.get(name)));
    return isEmpty ? null : { channels: channels.length, isTable: false };
  }
  if (channels.length > 1) {
    throw new FatalProblem(
      line,
      `${quote(table)} holds arrays in an array, but is one of the channels ${list(channels)}; expected a key a channel, ` +
        'or one key that holds [time][channel].',
    );
  }
  const row = firstRow(object.get(table)) ?? [];
  if (row.length === 0) throw new FatalProblem(line, `step 1 of ${quote(table)} has no values.`);
  return { channels: row.length, isTable: true };
}

function firstRow(value: unknown): readonly unknown[] | null {
  const row: unknown = Array.isArray(value) ? value[0] : undefined;
  return Array.isArray(row) ? row : null;
}

function isEmptyArray(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** What is wrong with the keys of a recording that the first did not have; null where nothing is. May find the label among them. */
export function checkNewKeys(object: JsonObject, keys: JsonKeys, options: ReadOptions): string | null {
  const { groups = 'read' } = options;
  for (const [name, value] of object) {
    if (keys.known.has(name)) continue;
    const role = roleOf(name, value, options);
    if (role === 'label' && keys.label === null) {
      keys.label = name;
      keys.known.add(name);
    } else if (role !== undefined && !(isGroupOrSplit(role) && groups !== 'read')) {
      return `the key ${quote(name)} could be the ${role}, but the first recording has no such key.`;
    } else if (Array.isArray(value) && options.columns?.channels === undefined) {
      return `the key ${quote(name)} holds an array, but the first recording has no such key.`;
    }
  }
  return null;
}

function isGroupOrSplit(role: Role): boolean {
  return role === 'group' || role === 'split';
}

/** The role that a name stands for. */
function roleOf(name: string, value: unknown, { columns = {} }: ReadOptions): Role | undefined {
  return (['recording', 'time', 'label', 'group', 'split'] as const).find((role) => {
    const chosen = columns[role];
    if (chosen !== undefined) return name === chosen;
    return NAMES[role].includes(name.toLowerCase()) && (role !== 'split' || holdsWord(value));
  });
}

function holdsWord(value: unknown): boolean {
  return typeof value === 'string' && isWord(value);
}
