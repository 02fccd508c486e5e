// Long CSV files: one row a step, with columns for the recording, the channels and, where present, time, class and group. Rows of
// different recordings may be mixed. A file that is one recording needs no column for it, and no header where all cells are numbers.
import { counted } from '../../shared/counted.js';
import type { FileHeader } from './collect.js';
import { firstRow, type CsvDialect, readRows } from './csvRows.js';
import { isNumberCell } from './csvSeparator.js';
import { checkDecimals, type Decimals, describeOddDecimal, newDecimals, parseDecimal } from './decimals.js';
import { type ColumnPositions, findColumns } from './longCsvColumns.js';
import { kindOfValue } from './numbers.js';
import { PartsBuilder, type Parts } from './parts.js';
import { FatalProblem, quote } from './problems.js';
import { FLOAT32_MAX, ONLY_ID, type ReadOptions } from './reader.js';
import type { Stretch, TextFormat } from './textFormat.js';
import { addStep } from './steps.js';
import { parseTime } from './times.js';

interface LongCsvLayout extends FileHeader, CsvDialect {
  /** The header, or the first row where there is none. */
  readonly firstRow: readonly string[];
  readonly positions: ColumnPositions;
  readonly decimals: Decimals;
}

export const longCsvFormat: TextFormat<LongCsvLayout> = {
  readHeader: (bytes, _problems, options) => {
    const { cells, end, separator } = firstRow(bytes);
    if (cells === null) throw new FatalProblem(0, 'the file is empty, expected a header line and rows.');
    const file = { format: 'csv', separator, firstRow: cells, classes: null } as const;
    if (options.recordings === 'one' && cells.every(isNumberCell)) {
      const positions = columnsOfNumbers(cells, end.lines, options);
      const decimals = newDecimals(separator, 0);
      return {
        layout: { ...file, positions, decimals, channelNames: null, numbered: true },
        end: { start: 0, lines: 0 },
      };
    }
    const positions = findColumns(cells, end.lines, options);
    const channelNames = positions.channels.map((position) => cells[position]);
    const decimals = newDecimals(separator, end.lines);
    return { layout: { ...file, positions, decimals, channelNames, numbered: positions.recording < 0 }, end };
  },
  readLines,
  nothingAfterHeader: 'no rows after the header.',
};

/** The columns of a file without a header: all are channels. */
function columnsOfNumbers(
  cells: readonly string[],
  line: number,
  { columns: { channels, time } = {} }: ReadOptions,
): ColumnPositions {
  if (channels !== undefined || time !== undefined) {
    throw new FatalProblem(
      line,
      'the file has no header, only numbers, so that no column can be found by its name.',
    );
  }
  if (cells.length > 1 && cells.every((cell, i) => cell === String(i))) {
    throw new FatalProblem(
      line,
      `the first row counts (${cells.slice(0, 3).join(', ')}${cells.length > 3 ? ', …' : ''}), which could be a header or values. ` +
        'Give the channels names, or, where it is a row of values, write a header above it.',
    );
  }
  return { recording: -1, time: -1, label: -1, group: -1, channels: [...cells.keys()] };
}

function readLines({ bytes }: Stretch, layout: LongCsvLayout): Parts {
  const parts = new PartsBuilder();
  const { firstRow, positions, channelNames, decimals } = layout;
  readRows(bytes, layout, parts.problems, (cells, line) => {
    if (cells.length !== firstRow.length) {
      const where = channelNames === null ? 'first row' : 'header';
      parts.problems.add(
        line,
        `${counted(cells.length, 'column')}, expected ${firstRow.length} as in the ${where}.`,
      );
    } else if (positions.recording >= 0 && cells[positions.recording] === '') {
      parts.problems.add(line, 'the row does not say which recording it belongs to.');
    } else {
      addRow(parts, cells, line, layout);
    }
  });
  checkDecimals(decimals, parts.problems);
  return parts.finish(positions.channels.length);
}

function addRow(parts: PartsBuilder, cells: readonly string[], line: number, layout: LongCsvLayout): void {
  const { positions } = layout;
  const id = positions.recording < 0 ? ONLY_ID : cells[positions.recording];
  const label = positions.label < 0 || cells[positions.label] === '?' ? '' : cells[positions.label];
  const group = positions.group < 0 ? undefined : cells[positions.group];
  const time = timeOf(parts, id, cells, line, layout);
  addStep(parts, { line, id, label, group, time, timeText: () => cells[positions.time] });
  addValues(parts, id, cells, line, layout);
}

/** The time of a row; null where there is none, or it is a problem. */
function timeOf(
  parts: PartsBuilder,
  id: string,
  cells: readonly string[],
  line: number,
  { positions, decimals }: LongCsvLayout,
): number | null {
  if (positions.time < 0) return null;
  const text = cells[positions.time];
  const number = parseDecimal(text, decimals, line);
  const time = Number.isFinite(number) ? number : parseTime(text);
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
  const { firstRow, channelNames, decimals } = layout;
  let problem: string | null = null;
  for (const [channel, position] of layout.positions.channels.entries()) {
    const cell = cells[position];
    const value = parseDecimal(cell, decimals, line);
    // Math.abs(value) <= MAX also fails for NaN.
    if (Math.abs(value) <= FLOAT32_MAX) {
      parts.values.push(value);
      continue;
    }
    parts.values.push(NaN);
    if (cell === '' || kindOfValue(cell) === 'missing') {
      parts.addMissing(1, { step: parts.steps, channel: channel + 1, line });
    } else {
      const name = channelNames === null ? String(channel + 1) : quote(firstRow[position]);
      problem ??= `channel ${name}: ${describeOddDecimal(cell, decimals)}`;
    }
  }
  if (problem !== null) parts.problems.add(line, `recording ${quote(id)}, ${problem}`);
}
