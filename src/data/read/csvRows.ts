// The rows of CSV text, by csv-parse.
import { CsvError, parse } from 'csv-parse/sync';
import { FatalProblem, ProblemList } from './problems.js';
import type { HeaderEnd } from './textFormat.js';

/** Characters in one record; more are taken for a quote that was never closed. */
const MAX_RECORD = 1 << 24;

/** How a CSV file is written. */
export interface CsvDialect {
  readonly separator: string;
}

/**
 * The first row with cells, or null where there is none, where it ends, and how the file is written.
 *
 * @throws FatalProblem where it is no CSV
 */
export function firstRow(
  bytes: Buffer,
): CsvDialect & { readonly cells: readonly string[] | null; readonly end: HeaderEnd } {
  const separator = detectSeparator(bytes);
  const problems = new ProblemList();
  const rows: { cells: string[]; end: HeaderEnd }[] = [];
  parseRows(bytes, { separator, to: 1 }, problems, (cells, info) => {
    rows.push({ cells, end: { start: info.bytes, lines: info.lines } });
  });
  for (const { line, message } of problems.kept) throw new FatalProblem(line, message);
  return { separator, ...(rows.at(0) ?? { cells: null, end: { start: bytes.length, lines: 0 } }) };
}

/** The cells of the first row that has any, none where there is no such row; what is wrong with it shows when all are read. */
export function nextRow(bytes: Buffer, { separator }: CsvDialect): readonly string[] {
  let first: readonly string[] = [];
  parseRows(bytes, { separator, to: 1 }, new ProblemList(), (cells) => {
    first = cells;
  });
  return first;
}

/** Calls back with the cells of each row, without blanks around them, and the line where it ends. Empty rows are left out. */
export function readRows(
  bytes: Buffer,
  { separator }: CsvDialect,
  problems: ProblemList,
  onRow: (cells: readonly string[], line: number) => void,
): void {
  parseRows(bytes, { separator }, problems, (cells, { lines }) => {
    onRow(cells, lines);
  });
}

function parseRows(
  bytes: Buffer,
  { separator, to }: CsvDialect & { to?: number },
  problems: ProblemList,
  onRow: (cells: string[], info: { lines: number; bytes: number }) => void,
): void {
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

/** The separator that occurs most often in the first line, outside quotes. */
function detectSeparator(bytes: Buffer): string {
  const newline = bytes.indexOf(0x0a);
  const header = bytes.toString('utf8', 0, newline < 0 ? bytes.length : newline).replace(/"[^"]*"/g, '');
  const occurrences = (separator: string): number => header.split(separator).length;
  return [',', ';', '\t'].reduce((best, other) => (occurrences(other) > occurrences(best) ? other : best));
}

function messageOf(error: CsvError): string {
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'a quote is opened and never closed.';
    case 'CSV_MAX_RECORD_SIZE':
      return 'the row is too long; a quote may be opened and never closed.';
    default:
      return `not valid CSV: ${error.message}`;
  }
}
