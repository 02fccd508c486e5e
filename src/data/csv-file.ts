// Reads long CSV files: one row a step, with columns for the recording, the channels and, where present, time, class
// and group. Rows of different recordings may be mixed.
import { CsvError, parse } from 'csv-parse/sync';
import { type ColumnPositions, findColumns } from './csv-columns.js';
import { describeOddValue, kindOfValue, parseNumber } from './numbers.js';
import { type ProblemList, quote } from './problems.js';
import {
  FLOAT32_MAX,
  FloatBuffer,
  type MissingValue,
  type ReadOptions,
  type ReadResult,
} from './reader.js';
import { sortClasses } from './recordings.js';
import { parseTime } from './times.js';

/** Characters in one record; more are taken for a quote that was never closed. */
const MAX_RECORD = 1 << 24;

/**
 * Reads the content of a long CSV file; `file` is its name. Adds to `problems` what is wrong, and throws a
 * FatalProblem where the file cannot be understood at all.
 */
export function readCsv(bytes: Buffer, file: string, problems: ProblemList, options?: ReadOptions): ReadResult {
  const table = new Table(problems, options);
  try {
    parse(bytes, {
      delimiter: detectSeparator(bytes),
      relax_column_count: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      trim: true,
      max_record_size: MAX_RECORD,
      // Returning nothing keeps csv-parse from collecting the rows.
      on_record: (cells: string[], { lines }) => {
        table.add(cells, lines);
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    problems.add(...csvProblem(error, table.lastLine + 1));
  }
  return table.finish(file);
}

/** What is known of one recording while its rows come in. */
interface Entry {
  readonly id: string;
  readonly line: number;
  readonly label: string;
  readonly group: string;
  length: number;
  time: number;
  /** Whether label or group changed, which is reported once. */
  inconsistent: boolean;
}

/** The rows of a file, in their order, and the recordings that they belong to. */
class Table {
  /** The line on which the last complete row ended. */
  lastLine = 0;
  private header: readonly string[] | null = null;
  private positions: ColumnPositions = { recording: -1, time: -1, label: -1, group: -1, channels: [] };
  private readonly entries: Entry[] = [];
  private readonly indices = new Map<string, number>();
  /** `[rows, channels]`. */
  private readonly values = new FloatBuffer();
  /** Index into `entries` of each row. */
  private readonly owners: number[] = [];
  private missing = 0;
  private firstMissing: MissingValue | null = null;

  constructor(
    private readonly problems: ProblemList,
    private readonly options: ReadOptions | undefined,
  ) {}

  add(cells: readonly string[], line: number): void {
    this.lastLine = line;
    if (this.header === null) {
      this.positions = findColumns(cells, line, this.options);
      this.header = cells;
    } else if (cells.length !== this.header.length) {
      this.problems.add(line, `${cells.length} columns, expected ${this.header.length} as in the header.`);
    } else {
      this.addRow(cells, line);
    }
  }

  private addRow(cells: readonly string[], line: number): void {
    const id = cells[this.positions.recording];
    if (id === '') {
      this.problems.add(line, 'the row does not say which recording it belongs to.');
      return;
    }
    let index = this.indices.get(id);
    if (index === undefined) {
      index = this.entries.length;
      this.indices.set(id, index);
      this.entries.push(this.newEntry(id, cells, line));
    }
    const entry = this.entries[index];
    this.checkConstant(entry, cells, line);
    this.checkTime(entry, cells, line);
    entry.length++;
    this.owners.push(index);
    this.addValues(entry, cells, line);
  }

  private newEntry(id: string, cells: readonly string[], line: number): Entry {
    const { label, group } = this.positions;
    if (group >= 0 && cells[group] === '') this.problems.add(line, `recording ${quote(id)}: the group is empty.`);
    return {
      id,
      line,
      label: label < 0 ? '' : cells[label],
      group: group < 0 ? '' : cells[group],
      length: 0,
      time: -Infinity,
      inconsistent: false,
    };
  }

  private checkConstant(entry: Entry, cells: readonly string[], line: number): void {
    if (entry.inconsistent) return;
    for (const role of ['label', 'group'] as const) {
      const position = this.positions[role];
      if (position < 0 || cells[position] === entry[role]) continue;
      entry.inconsistent = true;
      this.problems.add(
        line,
        `recording ${quote(entry.id)}: the ${role} is ${quote(cells[position])}, but it was ` +
          `${quote(entry[role])} on line ${entry.line}; a recording has one ${role}.`,
      );
    }
  }

  private checkTime(entry: Entry, cells: readonly string[], line: number): void {
    if (this.positions.time < 0) return;
    const text = cells[this.positions.time];
    const time = parseTime(text);
    if (!(time > entry.time)) {
      this.problems.add(line, `recording ${quote(entry.id)}: the time ${quote(text)} ${timeProblem(time, entry.time)}`);
    }
    if (Number.isNaN(time)) return;
    entry.time = time;
  }

  private addValues(entry: Entry, cells: readonly string[], line: number): void {
    let problem: string | null = null;
    for (const position of this.positions.channels) {
      const cell = cells[position];
      const value = parseNumber(cell);
      // Math.abs(value) <= MAX also fails for NaN.
      if (Math.abs(value) <= FLOAT32_MAX) {
        this.values.push(value);
        continue;
      }
      this.values.push(NaN);
      if (cell === '' || kindOfValue(cell) === 'missing') {
        const channel = quote(this.header?.[position] ?? '');
        this.firstMissing ??= { line, recording: entry.id, channel, step: entry.length };
        this.missing++;
      } else {
        problem ??= `channel ${quote(this.header?.[position] ?? '')}: ${describeOddValue(cell)}`;
      }
    }
    if (problem !== null) this.problems.add(line, `recording ${quote(entry.id)}, ${problem}`);
  }

  /** Puts the rows of each recording together. */
  finish(file: string): ReadResult {
    const { entries, owners, problems, positions, header } = this;
    if (header === null && problems.total === 0) problems.add(0, 'the file is empty, expected a header line and rows.');
    if (entries.length === 0 && problems.total === 0) problems.add(1, 'no rows after the header.');
    const channels = positions.channels.length;
    const offsets = new Float64Array(entries.length + 1);
    for (const [i, { length }] of entries.entries()) offsets[i + 1] = offsets[i] + length;

    const rows = this.values.toArray();
    const values = new Float32Array(rows.length);
    const next = offsets.slice();
    for (const [row, owner] of owners.entries()) {
      values.set(rows.subarray(row * channels, (row + 1) * channels), next[owner]++ * channels);
    }
    const unknown = (label: string): boolean => label === '' || label === '?';
    const classes = sortClasses(new Set(entries.map(({ label }) => label).filter((label) => !unknown(label))));
    const classIndices = new Map(classes.map((label, i) => [label, i]));
    return {
      format: 'csv',
      recordings: {
        files: [file],
        channelNames: header === null ? null : positions.channels.map((position) => header[position]),
        channels,
        classes,
        values,
        offsets,
        labels: Int32Array.from(entries, ({ label }) => classIndices.get(label) ?? -1),
        ids: entries.map(({ id }) => id),
        groups: positions.group < 0 ? null : entries.map(({ group }) => group),
        fileIndices: new Int32Array(entries.length),
        lines: Int32Array.from(entries, ({ line }) => line),
      },
      problems: problems.kept,
      problemCount: problems.total,
      missing: this.missing,
      firstMissing: this.firstMissing,
    };
  }
}

function timeProblem(time: number, before: number): string {
  if (Number.isNaN(time)) return 'is neither a number nor an ISO 8601 date.';
  return time === before ? 'occurs twice.' : 'comes after a later one; sort the rows by time.';
}

/** The separator that occurs most often in the first line, outside quotes. */
function detectSeparator(bytes: Buffer): string {
  const newline = bytes.indexOf(0x0a);
  const header = bytes.toString('utf8', 0, newline < 0 ? bytes.length : newline).replace(/"[^"]*"/g, '');
  const occurrences = (separator: string): number => header.split(separator).length;
  return [',', ';', '\t'].reduce((best, other) => (occurrences(other) > occurrences(best) ? other : best));
}

/** What csv-parse found; `next` is the line after the last row that it could read. */
function csvProblem(error: CsvError, next: number): [line: number, message: string] {
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return [next, 'a quote is opened and never closed.'];
    case 'CSV_MAX_RECORD_SIZE':
      return [next, 'the row is too long; a quote may be opened and never closed.'];
    default:
      return [next, `not valid CSV: ${error.message}`];
  }
}
