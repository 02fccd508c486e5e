// Wide CSV files: one row a recording, a column for each step of each channel. Rows of shorter recordings end in empty cells.
import { counted } from '../../shared/counted.js';
import type { FileHeader } from './collect.js';
import { type CsvDialect, type CsvRow, firstCells, firstRow, readRows, wordsIn } from './csvRows.js';
import { decimalIn, type Decimals, describeOddDecimal, newDecimals } from './decimals.js';
import { isMissing } from './numbers.js';
import { PartsBuilder, type Parts } from './parts.js';
import { quote, UnfinishedHeader } from './problems.js';
import { FLOAT32_MAX } from './reader.js';
import type { Stretch, TextFormat } from './textFormat.js';
import { findWideColumns, type WideColumns } from './wideCsvColumns.js';

interface WideCsvLayout extends FileHeader, CsvDialect {
  readonly header: readonly string[];
  readonly columns: WideColumns;
  /** The line of the header by which the file was taken for a wide one; null where the format was named, or a run was trained. */
  readonly doubtfulFrom: number | null;
}

export const wideCsvFormat: TextFormat<WideCsvLayout> = {
  readHeader: (bytes, _problems, options) => {
    const { cells: header, end, separator } = firstRow(bytes);
    if (header === null) throw new UnfinishedHeader(0, 'the file is empty, expected a header line and rows.');
    const second = firstCells(bytes.subarray(end.start), { separator });
    const columns = findWideColumns(header, end.lines, wordsIn(second), options);
    const file = { format: 'csv-wide', channelNames: columns.channelNames, classes: null } as const;
    const endsWithClass = columns.label === header.length - 1;
    const isSettled = options.format !== undefined || options.groups === 'ignore';
    const doubtfulFrom = isSettled ? null : end.lines;
    return { layout: { ...file, endsWithClass, separator, header, columns, doubtfulFrom }, end };
  },
  readLines,
  finish: ({ doubtfulFrom }, { repeats }, problems) => {
    if (repeats === 0 || doubtfulFrom === null) return;
    problems.addFirst(
      doubtfulFrom,
      'the header counts as if each row were a recording, but some recordings are on several rows. If a row is a step, set data.format ' +
        'to csv; if it is a recording, give each another id.',
    );
  },
  nothingAfterHeader: 'no rows after the header.',
};

function readLines({ bytes }: Stretch, layout: WideCsvLayout): Parts {
  const parts = new PartsBuilder();
  const { header, columns } = layout;
  const decimals = newDecimals(layout.separator);
  readRows(bytes, layout, parts.problems, (row, line) => {
    const isWhole = row.length === header.length;
    const length = isWhole ? lengthOf(row, columns) : 0;
    if (!isWhole) {
      const found = `${counted(row.length, 'column')}, expected ${header.length} as in the header`;
      parts.problems.add(line, `${found}; rows of shorter recordings end in empty cells.`);
    } else if (columns.recording >= 0 && row.name(columns.recording) === '') {
      parts.problems.add(line, 'the row does not say which recording it is.');
    } else if (length === 0) {
      parts.problems.add(line, 'the recording is empty.');
    } else {
      addRow(parts, row, length, line, layout, decimals);
    }
  });
  return parts.finish(columns.channels.length, { whole: true, decimals });
}

/** Steps up to the last that has a cell with something in it, whatever the channel. */
function lengthOf(row: CsvRow, { channels }: WideColumns): number {
  let length = channels[0].length;
  while (length > 0 && channels.every((steps) => row.text(steps[length - 1]) === '')) length--;
  return length;
}

function addRow(
  parts: PartsBuilder,
  row: CsvRow,
  length: number,
  line: number,
  { header, columns }: WideCsvLayout,
  decimals: Decimals,
): void {
  const cellOf = (position: number): string | undefined => (position < 0 ? undefined : row.name(position));
  const id = cellOf(columns.recording);
  const label = cellOf(columns.label);
  const [group, split] = [cellOf(columns.group), cellOf(columns.split)];
  parts.begin({ line, id, label: label === '?' ? '' : label, group, split });
  parts.grow(length);
  let problem: string | null = null;
  for (let step = 0; step < length; step++) {
    for (let channel = 0; channel < columns.channels.length; channel++) {
      const position = columns.channels[channel][step];
      const value = decimalIn(row, position, decimals, line);
      // Math.abs(value) <= MAX also fails for NaN.
      const isNumber = Math.abs(value) <= FLOAT32_MAX;
      parts.values.push(isNumber ? value : NaN);
      if (isNumber) continue;
      const cell = row.text(position);
      if (isMissing(cell)) {
        parts.addMissing(1, { step: step + 1, channel: channel + 1, line });
      } else {
        problem ??= `column ${quote(header[position])}: ${describeOddDecimal(cell, decimals)}`;
      }
    }
  }
  if (problem !== null) parts.problems.add(line, problem);
}
