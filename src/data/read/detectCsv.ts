// Tells the forms of CSV by header and rows: one row a step (long), one row a recording (wide), or one row a file.
import { firstCells, firstRow, readRows, wordsIn } from './csvRows.js';
import { findFileColumn } from './fileTableColumns.js';
import { FatalProblem, ProblemList, quote } from './problems.js';
import type { ReadOptions } from './reader.js';
import { wideColumns } from './wideCsvColumns.js';

export type CsvForm = 'csv' | 'csv-wide' | 'csv-files';

/**
 * A file is wide where its header counts steps and it cannot be long: it has no column of times, and either none of recordings, or
 * each recording is on one row.
 *
 * @throws FatalProblem where it is no CSV, or some recordings are on one row and others on several
 */
export function detectCsvForm(bytes: Buffer, options: ReadOptions): CsvForm {
  const { cells: header, end, separator } = firstRow(bytes);
  if (header === null) return 'csv';
  const rows = bytes.subarray(end.start);
  const second = firstCells(rows, { separator });
  if (second !== null && findFileColumn(header, end.lines, second, options) >= 0) return 'csv-files';
  const columns = wideColumns(header, end.lines, wordsIn(second), options);
  if (typeof columns === 'string') return 'csv';
  const { recording, channels, channelNames } = columns;
  // Two numbers may well be a row of values.
  const isNumbers = channelNames === null && channels[0].length === header.length;
  if (channels[0].length < (isNumbers ? 3 : 2)) return 'csv';
  if (recording < 0) return 'csv-wide';
  const rowsOf = new Map<string, number>();
  readRows(rows, { separator }, new ProblemList(), (row) => {
    const id = recording < row.length ? row.text(recording) : '';
    rowsOf.set(id, (rowsOf.get(id) ?? 0) + 1);
  });
  const once = [...rowsOf].find(([, n]) => n === 1)?.[0];
  const more = [...rowsOf].find(([, n]) => n > 1);
  if (once === undefined || more === undefined) return more === undefined ? 'csv-wide' : 'csv';
  throw new FatalProblem(
    end.lines,
    `the header counts as if each row were a recording, and so recording ${quote(once)} is one row, but ${quote(more[0])} is ` +
      `${more[1]}. Give the format: csv-wide (one row a recording) or csv (one row a step).`,
  );
}
