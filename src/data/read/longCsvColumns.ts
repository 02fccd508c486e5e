// Which column of a long CSV is what: named by the user, else found by the header.
import { didYouMean } from '../../shared/nearest.js';
import { FatalProblem, quote } from './problems.js';
import type { Columns, ReadOptions } from './reader.js';

/** Positions of the columns, from 0; -1 where a file has no such column. */
export interface ColumnPositions {
  readonly recording: number;
  readonly time: number;
  readonly label: number;
  readonly group: number;
  readonly channels: readonly number[];
}

type Role = Exclude<keyof ColumnPositions, 'channels'>;

/** The names by which a column is found, whatever their case. */
const NAMES: Record<Role, readonly string[]> = {
  recording: ['recording_id', 'recording', 'id'],
  time: ['t', 'time', 'timestamp'],
  label: ['label', 'class'],
  group: ['subject', 'group'],
};

/**
 * Finds the columns in a header; that of the group is -1 where groups are ignored, but no channel either.
 * Throws a FatalProblem that says how to name the columns where that fails.
 */
export function findColumns(
  header: readonly string[],
  line: number,
  options: ReadOptions = {},
): ColumnPositions {
  const { columns = {}, groups = 'read' } = options;
  const roles = findRoles(header, line, options);
  if (roles.recording < 0) {
    throw new FatalProblem(
      line,
      `no column names the recording of a row (${NAMES.recording.join(', ')}); found ${list(header)}. ` +
        'Rename it so, or name it with data.columns.recording in the config of a run.',
    );
  }
  const channels =
    columns.channels?.map((name) => findChosen(header, line, name)) ??
    remaining(header, line, roles, columns);
  checkOneRoleEach(header, line, [...Object.values(roles), ...channels]);
  if (channels.length === 0)
    throw new FatalProblem(line, `no column is left for a channel in ${list(header)}.`);
  return { ...roles, group: groups === 'ignore' ? -1 : roles.group, channels };
}

/**
 * Finds the columns that are no channels; -1 where there is none.
 * Throws a FatalProblem where one could be several, or the one that is named is not there.
 */
export function findRoles(
  header: readonly string[],
  line: number,
  { columns = {}, labels = 'required', groups = 'read' }: ReadOptions,
): Record<Role, number> {
  const repeated = header.find((name, i) => name !== '' && header.indexOf(name) !== i);
  if (repeated !== undefined) throw new FatalProblem(line, `two columns are called ${quote(repeated)}.`);
  const role = (name: Role, optional = false): number => {
    const chosen = columns[name];
    if (chosen === undefined) return findByName(header, line, name);
    return optional && !header.includes(chosen) ? -1 : findChosen(header, line, chosen);
  };
  return {
    recording: role('recording'),
    time: role('time'),
    label: role('label', labels === 'optional'),
    group: role('group', groups === 'ignore'),
  };
}

function findByName(header: readonly string[], line: number, role: Role): number {
  const found = header.flatMap((name, i) => (NAMES[role].includes(name.toLowerCase()) ? [i] : []));
  if (found.length > 1) {
    const names = list(found.map((i) => header[i]));
    throw new FatalProblem(
      line,
      `${names} could each be the ${role} column. Rename all but one, or say which with data.columns.${role} in the ` +
        'config of a run.',
    );
  }
  return found.at(0) ?? -1;
}

function findChosen(header: readonly string[], line: number, name: string): number {
  const position = header.indexOf(name);
  if (position >= 0) return position;
  throw new FatalProblem(line, `no column ${quote(name)} in ${list(header)}.${didYouMean(name, header)}`);
}

function remaining(
  header: readonly string[],
  line: number,
  roles: Record<Role, number>,
  columns: Columns,
): number[] {
  const taken = Object.values(roles);
  const channels = [...header.keys()].filter((i) => !taken.includes(i));
  const unnamed = channels.find((i) => header[i] === '');
  if (unnamed !== undefined) {
    throw new FatalProblem(
      line,
      `column ${unnamed + 1} has no name. Give it one, leave it out (pandas: to_csv(…, index=False)), or name the ` +
        'channels with data.columns.channels in the config of a run.',
    );
  }
  for (const role of ['label', 'group'] as const) {
    const chosen = columns[role];
    if (chosen !== undefined && roles[role] < 0) checkNotInDisguise(header, line, role, chosen, channels);
  }
  return channels;
}

/** Where the column named for a role is absent, one that looks like it must not become a channel. */
function checkNotInDisguise(
  header: readonly string[],
  line: number,
  role: 'label' | 'group',
  chosen: string,
  channels: readonly number[],
): void {
  const alike = [chosen.toLowerCase(), ...NAMES[role]];
  const doubtful = channels.find((i) => alike.includes(header[i].toLowerCase()));
  if (doubtful === undefined) return;
  throw new FatalProblem(
    line,
    `no column ${quote(chosen)}, and ${quote(header[doubtful])} could be the ${role} or a channel. Rename it ` +
      `${quote(chosen)}; if it is a channel, add an empty column ${quote(chosen)}.`,
  );
}

function checkOneRoleEach(header: readonly string[], line: number, positions: readonly number[]): void {
  const used = positions.filter((position) => position >= 0);
  const twice = used.find((position, i) => used.indexOf(position) !== i);
  if (twice !== undefined) throw new FatalProblem(line, `column ${quote(header[twice])} is given two roles.`);
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 12).map(quote).join(', ');
  return names.length > 12 ? `${shown}, …` : shown;
}
