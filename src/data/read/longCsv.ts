// Long CSV files: one row a step, with columns for the recording, the channels and, where present, time, class, group and
// split. Rows of different recordings may be mixed. A file that is one recording needs no column for it, and no header where all cells are numbers.
import { counted } from '../../shared/counted.js';
import { firstOf } from '../../shared/listed.js';
import type { FileHeader } from './collect.js';
import { wordsInRows } from './columnWords.js';
import { type CsvDialect, type CsvRow, firstRow, readRows } from './csvRows.js';
import { isNumberCell } from './csvSeparator.js';
import { decimalIn, type Decimals, describeOddDecimal, newDecimals } from './decimals.js';
import { type ColumnPositions, findColumns } from './longCsvColumns.js';
import { isMissing } from './numbers.js';
import { PartsBuilder, type Parts } from './parts.js';
import { FatalProblem, type Problem, quote, UnfinishedHeader } from './problems.js';
import { FLOAT32_MAX, ONLY_ID, type ReadOptions } from './reader.js';
import type { Stretch, TextFormat } from './textFormat.js';
import { addStep } from './steps.js';
import { parseTime } from './times.js';
import { perhapsWide } from './wideCsvColumns.js';

interface LongCsvLayout extends FileHeader, CsvDialect {
  /** The header, or the first row where there is none. */
  readonly firstRow: readonly string[];
  readonly positions: ColumnPositions;
  readonly times: ReadOptions['times'];
  /** What is wrong, and on which line, if each recording has one step; null where nothing is. */
  readonly doubt: Problem | null;
}

export const longCsvFormat: TextFormat<LongCsvLayout> = {
  readHeader: (bytes, _problems, options) => {
    const { cells, end, separator } = firstRow(bytes);
    if (cells === null) throw new UnfinishedHeader(0, 'the file is empty, expected a header line and rows.');
    const { times } = options;
    const file = { format: 'csv', separator, firstRow: cells, times, classes: null, doubt: null } as const;
    if (options.recordings === 'one' && cells.every(isNumberCell)) {
      const positions = columnsOfNumbers(cells, end.lines, options);
      return {
        layout: { ...file, positions, channelNames: null, numbered: true },
        end: { start: 0, lines: 0 },
      };
    }
    const words = wordsInRows(bytes.subarray(end.start), { separator }, end.lines);
    const positions = findColumns(cells, end.lines, words, options);
    const channelNames = positions.channels.map((position) => cells[position]);
    const endsWithClass = positions.label === cells.length - 1;
    const doubt = doubtOf(cells, end.lines, positions, options);
    return {
      layout: { ...file, positions, channelNames, numbered: positions.recording < 0, doubt, endsWithClass },
      end,
    };
  },
  readLines,
  finish: ({ doubt }, { longest }, problems) => {
    if (doubt !== null && longest === 1) problems.addFirst(doubt.line, doubt.message);
  },
  nothingAfterHeader: 'no rows after the header.',
};

/** Files that are told by their content alone may be wide. A run that was trained has other channels where this is the wrong form. */
function doubtOf(
  header: readonly string[],
  line: number,
  positions: ColumnPositions,
  options: ReadOptions,
): Problem | null {
  const { format, groups, recordings } = options;
  if (format !== undefined || groups === 'ignore' || recordings === 'one') return null;
  const doubt = perhapsWide(header, positions, options);
  if (doubt === null) return null;
  const { counting, remedy } = doubt;
  const message =
    `each recording is one row, and headers count (${counting}), as if the columns were its steps. If a row is a step, set data.format to ` +
    `csv. If it is a recording: ${remedy}`;
  return { line, message };
}

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
      `the first row counts (${firstOf(cells, 3)}), which could be a header or values. ` +
        'Give the channels names, or, where it is a row of values, write a header above it.',
    );
  }
  return { recording: -1, time: -1, label: -1, group: -1, split: -1, channels: [...cells.keys()] };
}

function readLines({ bytes }: Stretch, layout: LongCsvLayout): Parts {
  const parts = new PartsBuilder();
  const { firstRow, positions, channelNames } = layout;
  const decimals = newDecimals(layout.separator);
  readRows(bytes, layout, parts.problems, (row, line) => {
    if (row.length !== firstRow.length) {
      const where = channelNames === null ? 'first row' : 'header';
      parts.problems.add(
        line,
        `${counted(row.length, 'column')}, expected ${firstRow.length} as in the ${where}.`,
      );
    } else if (positions.recording >= 0 && row.name(positions.recording) === '') {
      parts.problems.add(line, 'the row does not say which recording it belongs to.');
    } else {
      addRow(parts, row, line, layout, decimals);
    }
  });
  return parts.finish(positions.channels.length, { decimals });
}

function addRow(
  parts: PartsBuilder,
  row: CsvRow,
  line: number,
  layout: LongCsvLayout,
  decimals: Decimals,
): void {
  const { positions } = layout;
  const id = positions.recording < 0 ? ONLY_ID : row.name(positions.recording);
  const label = positions.label < 0 ? '' : row.name(positions.label);
  const group = positions.group < 0 ? undefined : row.name(positions.group);
  const split = positions.split < 0 ? undefined : row.name(positions.split);
  const time = positions.time < 0 ? null : timeIn(parts, id, row, line, positions.time, decimals);
  const timeText = (): string => row.text(positions.time);
  const step = { line, id, label: label === '?' ? '' : label, group, split, time, timeText };
  addStep(parts, step, layout.times);
  addValues(parts, id, row, line, layout, decimals);
}

/** The time of a row; null where it is a problem. */
function timeIn(
  parts: PartsBuilder,
  id: string,
  row: CsvRow,
  line: number,
  position: number,
  decimals: Decimals,
): number | null {
  const number = decimalIn(row, position, decimals, line);
  if (Number.isFinite(number)) return number;
  const text = row.text(position);
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
  { positions: { channels }, firstRow, channelNames }: LongCsvLayout,
  decimals: Decimals,
): void {
  let problem: string | null = null;
  const at = parts.values.length;
  const values = parts.values.extend(channels.length);
  for (let channel = 0; channel < channels.length; channel++) {
    const position = channels[channel];
    const value = decimalIn(row, position, decimals, line);
    // Math.abs(value) <= MAX also fails for NaN.
    if (Math.abs(value) <= FLOAT32_MAX) {
      values[at + channel] = value;
      continue;
    }
    values[at + channel] = NaN;
    const cell = row.text(position);
    if (isMissing(cell)) {
      parts.addMissing(1, { step: parts.steps, channel: channel + 1, line });
    } else {
      const name = channelNames === null ? String(channel + 1) : quote(firstRow[position]);
      problem ??= `channel ${name}: ${describeOddDecimal(cell, decimals)}`;
    }
  }
  if (problem !== null) parts.problems.add(line, `recording ${quote(id)}, ${problem}`);
}
