// Long CSV files: one row a step, with columns for the recording, the channels and, where present, time, class and group. Rows of
// different recordings may be mixed.
import type { FileHeader } from './collect.js';
import { firstRow, type CsvDialect, readRows } from './csvRows.js';
import { type ColumnPositions, findColumns } from './longCsvColumns.js';
import { describeOddValue, kindOfValue, parseNumber } from './numbers.js';
import { PartsBuilder, type Parts } from './parts.js';
import { FatalProblem, quote } from './problems.js';
import { FLOAT32_MAX, type ReadOptions } from './reader.js';
import type { Stretch, TextFormat } from './textFormat.js';
import { addStep } from './steps.js';
import { parseTime } from './times.js';

interface LongCsvLayout extends FileHeader, CsvDialect {
  readonly header: readonly string[];
  readonly positions: ColumnPositions;
  readonly times: ReadOptions['times'];
}

export const longCsvFormat: TextFormat<LongCsvLayout> = {
  readHeader: (bytes, _problems, options) => {
    const { cells: header, end, ...dialect } = firstRow(bytes);
    if (header === null) throw new FatalProblem(0, 'the file is empty, expected a header line and rows.');
    const positions = findColumns(header, end.lines, options);
    const channelNames = positions.channels.map((position) => header[position]);
    const { times } = options;
    return {
      layout: { format: 'csv', ...dialect, header, positions, times, channelNames, classes: null },
      end,
    };
  },
  readLines,
  nothingAfterHeader: 'no rows after the header.',
};

function readLines({ bytes }: Stretch, layout: LongCsvLayout): Parts {
  const parts = new PartsBuilder();
  const { header, positions } = layout;
  readRows(bytes, layout, parts.problems, (cells, line) => {
    if (cells.length !== header.length) {
      parts.problems.add(line, `${cells.length} columns, expected ${header.length} as in the header.`);
    } else if (cells[positions.recording] === '') {
      parts.problems.add(line, 'the row does not say which recording it belongs to.');
    } else {
      addRow(parts, cells, line, layout);
    }
  });
  return parts.finish(positions.channels.length);
}

function addRow(parts: PartsBuilder, cells: readonly string[], line: number, layout: LongCsvLayout): void {
  const { positions } = layout;
  const id = cells[positions.recording];
  const label = positions.label < 0 || cells[positions.label] === '?' ? '' : cells[positions.label];
  const group = positions.group < 0 ? undefined : cells[positions.group];
  const time = timeOf(parts, id, cells, line, positions);
  addStep(parts, { line, id, label, group, time, timeText: () => cells[positions.time] }, layout.times);
  addValues(parts, id, cells, line, layout);
}

/** The time of a row; null where there is none, or it is a problem. */
function timeOf(
  parts: PartsBuilder,
  id: string,
  cells: readonly string[],
  line: number,
  positions: ColumnPositions,
): number | null {
  if (positions.time < 0) return null;
  const text = cells[positions.time];
  const time = parseTime(text);
  if (!Number.isNaN(time)) return time;
  const message = `the time ${quote(text)} is neither a number nor an ISO 8601 date.`;
  parts.problems.add(line, `recording ${quote(id)}: ${message}`);
  return null;
}

function addValues(
  parts: PartsBuilder,
  id: string,
  cells: readonly string[],
  line: number,
  layout: LongCsvLayout,
): void {
  let problem: string | null = null;
  for (const [channel, position] of layout.positions.channels.entries()) {
    const cell = cells[position];
    const value = parseNumber(cell);
    // Math.abs(value) <= MAX also fails for NaN.
    if (Math.abs(value) <= FLOAT32_MAX) {
      parts.values.push(value);
      continue;
    }
    parts.values.push(NaN);
    if (cell === '' || kindOfValue(cell) === 'missing') {
      parts.addMissing(1, { step: parts.steps, channel: channel + 1, line });
    } else {
      problem ??= `channel ${quote(layout.header[position])}: ${describeOddValue(cell)}`;
    }
  }
  if (problem !== null) parts.problems.add(line, `recording ${quote(id)}, ${problem}`);
}
