// Tells the forms of CSV by header and rows: one row a step (long), one row a recording (wide), or one row a file.
import { firstOf } from '../../shared/listed.js';
import { firstCells, firstRow, readRows, wordsIn } from './csvRows.js';
import { findFileColumn } from './fileTableColumns.js';
import { FatalProblem, ProblemList, quote } from './problems.js';
import type { ReadOptions } from './reader.js';
import { findRoles, type Role } from './roles.js';
import { countingColumns, expectedColumns, MANY, wideColumns } from './wideCsvColumns.js';

export type CsvForm = 'csv' | 'csv-wide' | 'csv-files';

/**
 * A file is wide where its header counts steps and it cannot be long: it has no column of times, and either none of recordings, or
 * each recording is on one row.
 *
 * @throws FatalProblem where it is no CSV, some recordings are on one row and others on several, or each is on one row and many
 *   headers count, but not as those of a wide file
 */
export function detectCsvForm(bytes: Buffer, options: ReadOptions): CsvForm {
  const { cells: header, end, separator } = firstRow(bytes);
  if (header === null) return 'csv';
  const rows = bytes.subarray(end.start);
  const second = firstCells(rows, { separator });
  if (second !== null && findFileColumn(header, end.lines, second, options) >= 0) return 'csv-files';
  const roles = findRoles(header, end.lines, 'column', wordsIn(second), options);
  const columns = wideColumns(header, roles, options);
  if (typeof columns === 'string') {
    if (roles.recording >= 0 && roles.time < 0)
      checkHasSteps(header, end.lines, roles, columns, rows, separator);
    return 'csv';
  }
  const { recording, channels, channelNames } = columns;
  // Two numbers may well be a row of values.
  const isNumbers = channelNames === null && channels[0].length === header.length;
  if (channels[0].length < (isNumbers ? 3 : 2)) return 'csv';
  if (recording < 0) return 'csv-wide';
  const rowsOf = rowsOfRecordings(rows, separator, recording);
  const once = [...rowsOf].find(([, n]) => n === 1)?.[0];
  const more = [...rowsOf].find(([, n]) => n > 1);
  if (once === undefined || more === undefined) return more === undefined ? 'csv-wide' : 'csv';
  throw new FatalProblem(
    end.lines,
    `the header counts as if each row were a recording, and so recording ${quote(once)} is one row, but ${quote(more[0])} is ` +
      `${more[1]}. Give the format: csv-wide (one row a recording) or csv (one row a step).`,
  );
}

/** Throws a FatalProblem where, with a row a step, each recording would have one, though columns count as steps do. */
function checkHasSteps(
  header: readonly string[],
  line: number,
  roles: Readonly<Record<Role, number>>,
  notWide: string,
  rows: Buffer,
  separator: string,
): void {
  const steps = [...countingColumns(header, roles).values()].find(
    ({ positions }) => positions.length >= MANY,
  );
  if (steps === undefined) return;
  const rowsOf = rowsOfRecordings(rows, separator, roles.recording);
  if (rowsOf.size < 2 || [...rowsOf.values()].some((n) => n > 1)) return;
  const some = firstOf(
    steps.positions.slice(0, MANY).map((position) => header[position]),
    2,
  );
  throw new FatalProblem(
    line,
    `each recording is one row, and headers count (${some}), as if the columns were its steps, but ${notWide}. If a row is a step, ` +
      `set data.format to csv. If it is a recording: ${expectedColumns(header, roles)}`,
  );
}

/** How many rows each recording has in what is looked at. */
function rowsOfRecordings(rows: Buffer, separator: string, recording: number): Map<string, number> {
  const rowsOf = new Map<string, number>();
  readRows(rows, { separator }, new ProblemList(), (row) => {
    const id = recording < row.length ? row.text(recording) : '';
    rowsOf.set(id, (rowsOf.get(id) ?? 0) + 1);
  });
  return rowsOf;
}
