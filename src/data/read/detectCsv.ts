// Tells the forms of CSV by header and rows: one row a step (long), one row a recording (wide), or one row a file.
import { firstCells, firstRow, readRows, wordsIn } from './csvRows.js';
import { findFileColumn } from './fileTableColumns.js';
import { FatalProblem, ProblemList, quote } from './problems.js';
import type { ReadOptions } from './reader.js';
import { findRoles } from './roles.js';
import type { Stretch } from './textFormat.js';
import { wideColumns } from './wideCsvColumns.js';

export type CsvForm = 'csv' | 'csv-wide' | 'csv-files';

/**
 * A file is wide where its header counts steps and it cannot be long: it has no other column, and either none of recordings, or each
 * recording is on one row.
 *
 * @param bytes the beginning of a file, or all of it
 * @throws FatalProblem where it is no CSV, or some recordings are on one row and others on several
 */
export function detectCsvForm({ bytes, last }: Stretch, options: ReadOptions): CsvForm {
  const { cells: header, end, separator } = firstRow(bytes);
  if (header === null) return 'csv';
  const rows = bytes.subarray(end.start);
  const second = firstCells(rows, { separator });
  if (second !== null && findFileColumn(header, end.lines, second, options) >= 0) return 'csv-files';
  const roles = findRoles(header, end.lines, 'column', wordsIn(second), options);
  // Channels that are columns each are those of a row a step.
  if (options.columns?.channels?.some((name) => name !== '' && header.includes(name)) === true) return 'csv';
  const columns = wideColumns(header, roles, options);
  if (typeof columns === 'string') return 'csv';
  const { recording, channels, channelNames } = columns;
  // Two numbers may well be a row of values.
  const isNumbers = channelNames === null && channels[0].length === header.length;
  if (channels[0].length < (isNumbers ? 3 : 2)) return 'csv';
  if (recording < 0) return 'csv-wide';
  const rowsOf = rowsOfRecordings(rows, separator, recording);
  const more = [...rowsOf].find(([, n]) => n > 1);
  if (more === undefined) return 'csv-wide';
  // The last one may go on behind what is looked at.
  const once = [...rowsOf].slice(0, last ? undefined : -1).find(([, n]) => n === 1);
  // A run that was trained has other channels where this is the wrong form.
  if (once === undefined || options.groups === 'ignore') return 'csv';
  throw new FatalProblem(
    end.lines,
    `the header counts as if each row were a recording, and so recording ${quote(once[0])} is one row${last ? '' : ' as far as was looked'}, ` +
      `but ${quote(more[0])} is ${more[1]}. Give the format: csv-wide (one row a recording) or csv (one row a step).`,
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
