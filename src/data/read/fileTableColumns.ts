// Which column of a table of files names them.
import { isNumberCell } from './csvSeparator.js';
import { FatalProblem } from './problems.js';
import type { ReadOptions } from './reader.js';
import { findChosen, list } from './roles.js';

/** The names by which the column is found, whatever their case. */
const NAMES = ['file', 'path'];

/**
 * The position of the column of files, -1 where a CSV has none: the one that `columns` names, else one called so that has no other
 * role and holds no number in the second row.
 *
 * @param second row; null where the file is known to be a table of files
 * @throws FatalProblem where there are two, or not the one that `columns` names
 */
export function findFileColumn(
  header: readonly string[],
  line: number,
  second: readonly string[] | null,
  { columns: { file, channels, ...roles } = {} }: ReadOptions,
): number {
  if (file !== undefined) return findChosen(header, line, 'column', file);
  // The channels of a long CSV are in the file itself.
  if (channels?.every((name) => header.includes(name)) === true) return -1;
  const named = Object.values(roles);
  const found = [...header.keys()].filter((i) => {
    const isName = second === null || !isNumberCell(second[i] ?? '');
    return isName && NAMES.includes(header[i].toLowerCase()) && !named.includes(header[i]);
  });
  if (found.length > 1) {
    throw new FatalProblem(
      line,
      `${list(found.map((i) => header[i]))} could each be the column of files. Rename all but one, or say which with ` +
        'data.columns.file in the config of a run.',
    );
  }
  return found.at(0) ?? -1;
}
