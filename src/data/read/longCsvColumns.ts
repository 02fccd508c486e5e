// Which column of a long CSV is what: named by the user, else found by the header.
import type { WordsAt } from './columnWords.js';
import { rolesRead } from './groupsRead.js';
import { parseNumber } from './numbers.js';
import { FatalProblem, quote } from './problems.js';
import type { ReadOptions } from './reader.js';
import { firstRepeated } from './repeated.js';
import { adviceOnColumn, checkOneRoleEach, findChosen, findRoles, list, NAMES, type Role } from './roles.js';
import { perhapsWide } from './wideCsvColumns.js';

/** Positions of the columns, from 0; -1 where a file has no such column. */
export interface ColumnPositions extends Readonly<Record<Role, number>> {
  readonly channels: readonly number[];
}

/**
 * Finds the columns in a header; those of group and split are -1 where they are not read, but no channels either.
 * Throws a FatalProblem that says how to name the columns where that fails.
 *
 * @param words what shows that columns hold words
 */
export function findColumns(
  header: readonly string[],
  line: number,
  words: WordsAt,
  options: ReadOptions = {},
): ColumnPositions {
  const { columns = {}, recordings = 'many' } = options;
  const repeated = firstRepeated(header.filter((name) => name !== ''));
  if (repeated !== undefined) {
    throw new FatalProblem(
      line,
      `two columns are called ${quote(repeated)}.${isAllNumbers(header) ? HINT_FOR_NUMBERS : ''}`,
    );
  }
  const roles = findRoles(header, line, 'column', (i) => words(i) !== null, options);
  if (roles.recording < 0 && recordings === 'many') {
    throw new FatalProblem(
      line,
      `no column names the recording of a row (${NAMES.recording.join(', ')}); found ${list(header)}. ` +
        'Rename it so, or name it with data.columns.recording in the config of a run. A file that is one recording is ' +
        'read with the folder that holds it.' +
        (isAllNumbers(header) ? HINT_FOR_NUMBERS : hintForCounted(header, roles, options)),
    );
  }
  checkNotOfWide(header, line, roles, options);
  const channels =
    columns.channels?.map((name) => findChosen(header, line, 'column', name)) ??
    remaining(header, line, roles, words, options);
  checkOneRoleEach(header, line, 'column', [...Object.values(roles), ...channels]);
  if (channels.length === 0)
    throw new FatalProblem(line, `no column is left for a channel in ${list(header)}.`);
  return { ...rolesRead(roles, options), channels };
}

/** Where channels are named that are no columns but count, what keeps the file from being wide is told. */
function checkNotOfWide(
  header: readonly string[],
  line: number,
  roles: Readonly<Record<Role, number>>,
  options: ReadOptions,
): void {
  const known = new Set(header);
  if (options.columns?.channels?.every((name) => known.has(name)) ?? true) return;
  const doubt = perhapsWide(header, roles, options);
  if (doubt !== null)
    throw new FatalProblem(line, `not all channels are columns, and as columns of steps: ${doubt.remedy}`);
}

/** What to do with a file of the UCR archive that is called `.csv`, as it cannot be told from a long CSV without a header. */
const HINT_FOR_NUMBERS =
  ' If each line is a recording, its class first (the text of the UCR archive), call the file .txt.';

/** What to do with a wide CSV that cannot be told from a long one, as a column beside the steps is none that is known. */
function hintForCounted(
  header: readonly string[],
  roles: Readonly<Record<Role, number>>,
  options: ReadOptions,
): string {
  const doubt = perhapsWide(header, roles, options);
  if (doubt === null) return '';
  return ` If each row is a recording, with its steps in columns (${doubt.counting}): ${doubt.remedy}`;
}

function isAllNumbers(header: readonly string[]): boolean {
  return header.every((name) => !Number.isNaN(parseNumber(name)));
}

function remaining(
  header: readonly string[],
  line: number,
  roles: Record<Role, number>,
  words: WordsAt,
  options: ReadOptions,
): number[] {
  const { columns = {} } = options;
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
  for (const role of ['label', 'group', 'split'] as const) {
    const chosen = columns[role];
    if (chosen !== undefined && roles[role] < 0) checkNotInDisguise(header, line, role, chosen, channels);
  }
  for (const position of channels) {
    const shown = words(position);
    if (shown === null) continue;
    const advice = channels.length === 1 ? '' : adviceOnColumn(roles, options);
    throw new FatalProblem(
      line,
      `column ${quote(header[position])} ${shown.found}, so it is no channel. ${shown.remedy}${advice}`,
    );
  }
  return channels;
}

/** Where the column named for a role is absent, one that looks like it must not become a channel. */
function checkNotInDisguise(
  header: readonly string[],
  line: number,
  role: 'label' | 'group' | 'split',
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
