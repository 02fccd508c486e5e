// Long CSV files: one row a step, with columns for the recording, the channels and, where present, time, class and group. Rows of
// different recordings may be mixed.
import type { FileHeader } from './collect.js';
import { type CsvDialect, type CsvRow, firstRow, readRows } from './csvRows.js';
import { type ColumnPositions, findColumns } from './longCsvColumns.js';
import { describeOddValue, kindOfValue } from './numbers.js';
import { PartsBuilder, type Parts } from './parts.js';
import { FatalProblem, quote } from './problems.js';
import { FLOAT32_MAX } from './reader.js';
import type { Stretch, TextFormat } from './textFormat.js';
import { addStep } from './steps.js';
import { parseTime } from './times.js';

interface LongCsvLayout extends FileHeader, CsvDialect {
  readonly header: readonly string[];
  readonly positions: ColumnPositions;
}

export const longCsvFormat: TextFormat<LongCsvLayout> = {
  readHeader: (bytes, _problems, options) => {
    const { cells: header, end, ...dialect } = firstRow(bytes);
    if (header === null) throw new FatalProblem(0, 'the file is empty, expected a header line and rows.');
    const positions = findColumns(header, end.lines, options);
    const channelNames = positions.channels.map((position) => header[position]);
    return { layout: { format: 'csv', ...dialect, header, positions, channelNames, classes: null }, end };
  },
  readLines,
  nothingAfterHeader: 'no rows after the header.',
};

function readLines({ bytes }: Stretch, layout: LongCsvLayout): Parts {
  const parts = new PartsBuilder();
  const { header, positions } = layout;
  readRows(bytes, layout, parts.problems, (row, line) => {
    if (row.length !== header.length) {
      parts.problems.add(line, `${row.length} columns, expected ${header.length} as in the header.`);
    } else if (row.text(positions.recording) === '') {
      parts.problems.add(line, 'the row does not say which recording it belongs to.');
    } else {
      addRow(parts, row, line, layout);
    }
  });
  return parts.finish(positions.channels.length);
}

function addRow(parts: PartsBuilder, row: CsvRow, line: number, layout: LongCsvLayout): void {
  const { positions } = layout;
  const id = row.text(positions.recording);
  const label = positions.label < 0 ? '' : row.text(positions.label);
  const group = positions.group < 0 ? undefined : row.text(positions.group);
  const time = timeOf(parts, id, row, line, positions);
  const timeText = (): string => row.text(positions.time);
  addStep(parts, { line, id, label: label === '?' ? '' : label, group, time, timeText });
  addValues(parts, id, row, line, layout);
}

/** The time of a row; null where there is none, or it is a problem. */
function timeOf(
  parts: PartsBuilder,
  id: string,
  row: CsvRow,
  line: number,
  positions: ColumnPositions,
): number | null {
  if (positions.time < 0) return null;
  const number = row.number(positions.time);
  if (Number.isFinite(number)) return number;
  const text = row.text(positions.time);
  const time = parseTime(text);
  if (!Number.isNaN(time)) return time;
  const message = `the time ${quote(text)} is neither a number nor an ISO 8601 date.`;
  parts.problems.add(line, `recording ${quote(id)}: ${message}`);
  return null;
}

function addValues(
  parts: PartsBuilder,
  id: string,
  row: CsvRow,
  line: number,
  { positions, header }: LongCsvLayout,
): void {
  let problem: string | null = null;
  const at = parts.values.length;
  const values = parts.values.extend(positions.channels.length);
  for (let channel = 0; channel < positions.channels.length; channel++) {
    const position = positions.channels[channel];
    const value = row.number(position);
    // Math.abs(value) <= MAX also fails for NaN.
    if (Math.abs(value) <= FLOAT32_MAX) {
      values[at + channel] = value;
      continue;
    }
    values[at + channel] = NaN;
    const cell = row.text(position);
    if (cell === '' || kindOfValue(cell) === 'missing') {
      parts.addMissing(1, { step: parts.steps, channel: channel + 1, line });
    } else {
      problem ??= `channel ${quote(header[position])}: ${describeOddValue(cell)}`;
    }
  }
  if (problem !== null) parts.problems.add(line, `recording ${quote(id)}, ${problem}`);
}
