// The rows of CSV text: by csv-parse, from the bytes where there are no quotes, or line by line where blanks separate the cells.
import { CsvError, parse } from 'csv-parse/sync';
import { BLANKS, detectSeparator } from './csvSeparator.js';
import { linesOf } from './lines.js';
import { isWord, parseNumber } from './numbers.js';
import { isPlain, readPlainRows } from './plainRows.js';
import { FatalProblem, ProblemList, UnfinishedHeader } from './problems.js';
import type { HeaderEnd } from './textFormat.js';

/** Characters in one record; more are taken for a quote that was never closed. */
const MAX_RECORD = 1 << 24;

const UNCLOSED = 'a quote is opened and never closed.';

/** How a CSV file is written. */
export interface CsvDialect {
  /** Of cells: a character; a space stands for any number of blanks. */
  readonly separator: string;
}

/** Where a row ends: its last line, and the byte after it. */
interface RowEnd {
  readonly lines: number;
  readonly bytes: number;
}

/**
 * The first row with cells, or null where there is none, where it ends, and how the file is written.
 *
 * @throws FatalProblem where it is no CSV; UnfinishedHeader where a quote is open at the end
 */
export function firstRow(
  bytes: Buffer,
): CsvDialect & { readonly cells: readonly string[] | null; readonly end: HeaderEnd } {
  const separator = detectSeparator(bytes);
  const plain = plainFirstRow(bytes, separator);
  if (plain !== null) return { separator, ...plain };
  const problems = new ProblemList();
  const rows: { cells: string[]; end: HeaderEnd }[] = [];
  parseRows(bytes, { separator, to: 1 }, problems, (cells, info) => {
    rows.push({ cells, end: { start: info.bytes, lines: info.lines } });
  });
  for (const { line, message } of problems.kept) {
    throw message === UNCLOSED ? new UnfinishedHeader(line, message) : new FatalProblem(line, message);
  }
  return { separator, ...(rows.at(0) ?? { cells: null, end: { start: bytes.length, lines: 0 } }) };
}

/** The first rows of what comes after a header, with the lines where they end; none where they are no rows. */
export function firstRows(
  bytes: Buffer,
  { separator }: CsvDialect,
  to?: number,
): { readonly cells: readonly string[]; readonly line: number }[] {
  const plain = to === 1 ? plainFirstRow(bytes, separator) : null;
  if (plain !== null) return [{ cells: plain.cells, line: plain.end.lines }];
  const rows: { cells: readonly string[]; line: number }[] = [];
  parseRows(bytes, { separator, to }, new ProblemList(), (cells, { lines }) => {
    rows.push({ cells, line: lines });
  });
  return rows;
}

/** The first of them; null where there is none. */
export function firstCells(bytes: Buffer, dialect: CsvDialect): readonly string[] | null {
  return firstRows(bytes, dialect, 1).at(0)?.cells ?? null;
}

/** The first line with something on it, where that is a row without quotes; else null. May have a million cells. */
function plainFirstRow(
  bytes: Buffer,
  separator: string,
): { cells: readonly string[]; end: HeaderEnd } | null {
  const first = linesOf(bytes).next().value;
  if (separator === BLANKS || first === undefined) return null;
  const { from, next, line } = first;
  if (!isPlain(bytes.subarray(0, next))) return null;
  const cells = bytes.toString('utf8', from, next).split(separator);
  for (let i = 0; i < cells.length; i++) cells[i] = cells[i].trim();
  return cells.some((cell) => cell !== '') ? { cells, end: { start: next, lines: line } } : null;
}

/** Whether there is a word at a position of a row, by the row; none holds one where there is no row. */
export function wordsIn(cells: readonly string[] | null): (position: number) => boolean {
  return (position) => isWord(cells?.at(position) ?? '');
}

/** A row of a table: its cells, without blanks around them. */
export interface CsvRow {
  /** Number of cells. */
  readonly length: number;
  /** What a cell holds. */
  readonly text: (position: number) => string;
  /** The same for a cell with what other rows hold too: an id, a class. */
  readonly name: (position: number) => string;
  /** The decimal number in a cell, with a point; NaN for anything else, ±Infinity beyond the range of float64. */
  readonly number: (position: number) => number;
}

/** Calls back with each row and the line where it ends, from 1. Rows of empty cells are left out. */
export function readRows(
  bytes: Buffer,
  { separator }: CsvDialect,
  problems: ProblemList,
  onRow: (row: CsvRow, line: number) => void,
): void {
  if (separator !== BLANKS && isPlain(bytes)) readPlainRows(bytes, separator, onRow);
  else readRowsAsTexts(bytes, { separator }, problems, onRow);
}

/** `readRows` of any text, cell by cell as texts. */
export function readRowsAsTexts(
  bytes: Buffer,
  { separator }: CsvDialect,
  problems: ProblemList,
  onRow: (row: CsvRow, line: number) => void,
): void {
  parseRows(bytes, { separator }, problems, (cells, { lines }) => {
    onRow(rowOf(cells), lines);
  });
}

function rowOf(cells: readonly string[]): CsvRow {
  return {
    length: cells.length,
    text: (position) => cells[position],
    name: (position) => cells[position],
    number: (position) => parseNumber(cells[position]),
  };
}

function parseRows(
  bytes: Buffer,
  { separator, to }: CsvDialect & { to?: number | undefined },
  problems: ProblemList,
  onRow: (cells: string[], end: RowEnd) => void,
): void {
  if (separator === BLANKS) {
    parseBlankRows(bytes, to, problems, onRow);
    return;
  }
  let lastLine = 0;
  try {
    parse(bytes, {
      delimiter: separator,
      // Told, as the first line break of a file does not speak for the others.
      record_delimiter: ['\r\n', '\n', '\r'],
      to,
      relax_column_count: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      trim: true,
      max_record_size: MAX_RECORD,
      // Returning nothing keeps csv-parse from collecting the rows.
      on_record: (cells: string[], info) => {
        lastLine = info.lines;
        onRow(cells, info);
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    problems.add(lastLine + 1, messageOf(error));
  }
}

function parseBlankRows(
  bytes: Buffer,
  to = Infinity,
  problems: ProblemList,
  onRow: (cells: string[], end: RowEnd) => void,
): void {
  let rows = 0;
  for (const { from, end, next, line } of linesOf(bytes)) {
    if (rows++ === to) return;
    const text = bytes.toString('utf8', from, end);
    const cells = Array.from(
      text.matchAll(/"((?:[^"]|"")*)"(?!\S)|\S+/g),
      (match) => match.at(1)?.replaceAll('""', '"') ?? match[0],
    );
    if (cells.some((cell) => cell.startsWith('"')) && (text.split('"').length & 1) === 0) {
      problems.add(line, UNCLOSED);
    } else onRow(cells, { lines: line, bytes: next });
  }
}

function messageOf(error: CsvError): string {
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return UNCLOSED;
    case 'CSV_MAX_RECORD_SIZE':
      return 'the row is too long; a quote may be opened and never closed.';
    default:
      return `not valid CSV: ${error.message}`;
  }
}
