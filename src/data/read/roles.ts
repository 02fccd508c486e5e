// Which column of a table, or key of a JSON object, is what: named by the user, else found by its name.
import { firstOf } from '../../shared/listed.js';
import { didYouMean } from '../../shared/nearest.js';
import { FatalProblem, quote } from './problems.js';
import type { ReadOptions } from './reader.js';

export type Role = 'recording' | 'time' | 'label' | 'group' | 'split';

/** What messages call a name: the header of a column, or a key. */
export type Noun = 'column' | 'key';

/** The names by which a column or key is found, whatever their case. */
export const NAMES: Readonly<Record<Role, readonly string[]>> = {
  recording: ['recording_id', 'recording', 'id'],
  time: ['t', 'time', 'timestamp'],
  label: ['label', 'class'],
  group: ['subject', 'group'],
  split: ['split'],
};

/** The roles by their names. */
const ROLES = new Map(
  (Object.keys(NAMES) as Role[]).flatMap((role) => NAMES[role].map((name) => [name, role] as const)),
);

const LONGEST_NAME = Math.max(...Array.from(ROLES.keys(), ({ length }) => length));

/**
 * Finds the position of each role among `names`; -1 where there is none. Throws a FatalProblem where that fails.
 *
 * @param holdsWords whether there are words at a position: what is called `split` and holds numbers is a channel like others
 */
export function findRoles(
  names: readonly string[],
  line: number,
  noun: Noun,
  holdsWords: (position: number) => boolean,
  { columns = {}, labels = 'required', groups = 'read' }: ReadOptions,
): Record<Role, number> {
  const byName = findByName(names, holdsWords);
  const role = (name: Role, optional = false): number => {
    const chosen = columns[name];
    if (chosen === undefined) return onlyOne(byName[name], names, line, noun, name);
    return optional && !names.includes(chosen) ? -1 : findChosen(names, line, noun, chosen);
  };
  return {
    recording: role('recording'),
    time: role('time'),
    label: role('label', labels === 'optional'),
    group: role('group', groups !== 'read'),
    split: role('split', groups !== 'read'),
  };
}

/** The position of a name that the user gives. */
export function findChosen(names: readonly string[], line: number, noun: Noun, name: string): number {
  const position = names.indexOf(name);
  if (position >= 0) return position;
  throw new FatalProblem(line, `no ${noun} ${quote(name)} in ${list(names)}.${didYouMean(name, names)}`);
}

/** Throws a FatalProblem where a name has two roles; those at negative positions have none. */
export function checkOneRoleEach(
  names: readonly string[],
  line: number,
  noun: Noun,
  positions: readonly number[],
): void {
  const seen = new Uint8Array(names.length);
  const twice = positions.find((position) => position >= 0 && seen[position]++ > 0);
  if (twice !== undefined) throw new FatalProblem(line, `${noun} ${quote(names[twice])} is given two roles.`);
}

/**
 * What to do with a column that is no channel: which roles it could have that no other has, and how to leave it out.
 *
 * @param leaveOut what leaves it out; null where nothing does
 */
export function adviceOnColumn(
  roles: Readonly<Record<Role, number>>,
  { columns = {}, groups = 'read', recordings = 'many' }: ReadOptions,
  leaveOut: string | null = 'list the channels with data.columns.channels',
): string {
  // What is one recording has its class and group by its place, and `data.columns` names those of a table.
  const free = recordings === 'one' ? [] : (['label', 'group'] as const).filter((role) => roles[role] === -1);
  // What a run was trained on does not change any more, and one that ignores groups has been trained.
  if (groups === 'ignore') {
    const call = `If it is the class, call it ${quote(columns.label ?? 'label')}; otherwise`;
    return ` ${free.includes('label') ? call : 'Otherwise'} remove the column from the file.`;
  }
  const meant = { label: 'the class', group: 'the group (subject, machine)' };
  const ways = free.map((role) => `if it is ${meant[role]}, name it with data.columns.${role}`);
  const all = leaveOut === null ? ways : [...ways, `to leave it out, ${leaveOut}`];
  return all.length === 0 ? '' : ` In the config of a run: ${all.join('; ')}.`;
}

/** So many names of a list are told. */
const LISTED = 12;

/** The first names in quotes, for messages. */
export function list(names: readonly string[]): string {
  return firstOf(names.slice(0, LISTED + 1).map(quote), LISTED);
}

/** Positions of the names by which each role is found. Looks at each name once, as a file may have a million columns. */
function findByName(
  names: readonly string[],
  holdsWords: (position: number) => boolean,
): Record<Role, number[]> {
  const found: Record<Role, number[]> = { recording: [], time: [], label: [], group: [], split: [] };
  for (let position = 0; position < names.length; position++) {
    const name = names[position];
    if (name.length > LONGEST_NAME) continue;
    const role = ROLES.get(name.toLowerCase());
    if (role !== undefined && (role !== 'split' || holdsWords(position))) found[role].push(position);
  }
  return found;
}

function onlyOne(
  found: readonly number[],
  names: readonly string[],
  line: number,
  noun: Noun,
  role: Role,
): number {
  if (found.length > 1) {
    const candidates = list(found.map((i) => names[i]));
    throw new FatalProblem(
      line,
      `${candidates} could each be the ${role} ${noun}. Rename all but one, or say which with data.columns.${role} in the ` +
        'config of a run.',
    );
  }
  return found.at(0) ?? -1;
}
