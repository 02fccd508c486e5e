// The rows of CSV text without quotes, read from its bytes: several times as fast as csv-parse, which reads all other text and to
// which this is held by tests.
import type { CsvRow } from './csvRows.js';
import { isBlank, parseNumber, parseNumberBytes } from './numbers.js';

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Whether text has no quotes, and no line break but LF and CRLF. */
export function isPlain(bytes: Buffer): boolean {
  if (bytes.includes(QUOTE)) return false;
  for (let at = bytes.indexOf(CARRIAGE_RETURN); at >= 0; at = bytes.indexOf(CARRIAGE_RETURN, at + 1)) {
    if (bytes[at + 1] !== LINE_FEED) return false;
  }
  return true;
}

/**
 * Calls back with each row of plain text and the line on which it is, from 1. Rows of empty cells are left out. A row can be read until
 * the next one comes.
 *
 * @returns the number of lines
 */
export function readPlainRows(
  bytes: Buffer,
  separator: string,
  onRow: (row: CsvRow, line: number) => void,
): number {
  const row = new PlainRow(bytes);
  const separates = separator.charCodeAt(0);
  let line = 0;
  for (let at = 0; at < bytes.length; line++) {
    at = row.readLine(at, separates);
    if (!row.isEmpty()) onRow(row, line + 1);
  }
  return line;
}

/** A row as positions of cells in the text. */
class PlainRow implements CsvRow {
  length = 0;
  private starts = new Int32Array(16);
  private ends = new Int32Array(16);
  /** Where the texts that were read last are, for each cell, as neighbouring rows often have the same ones. */
  private textStarts = new Int32Array(16);
  private textEnds = new Int32Array(16);
  private texts: string[] = [];

  constructor(private readonly bytes: Buffer) {}

  /** Finds the cells of the line that starts at `at`. Returns where the next one starts. */
  readLine(at: number, separates: number): number {
    const { bytes } = this;
    const size = bytes.length;
    this.length = 0;
    let start = at;
    for (; at < size; at++) {
      const byte = bytes[at];
      if (byte === separates) {
        this.addCell(start, at);
        start = at + 1;
      } else if (byte === LINE_FEED) {
        break;
      }
    }
    this.addCell(start, at);
    return at + 1;
  }

  private addCell(start: number, end: number): void {
    const { bytes } = this;
    while (start < end && isBlank(bytes[start])) start++;
    while (end > start && isBlank(bytes[end - 1])) end--;
    if (this.length === this.starts.length) this.grow();
    this.starts[this.length] = start;
    this.ends[this.length++] = end;
  }

  private grow(): void {
    const larger = (array: Int32Array<ArrayBuffer>) => {
      const copy = new Int32Array(2 * array.length);
      copy.set(array);
      return copy;
    };
    this.starts = larger(this.starts);
    this.ends = larger(this.ends);
    this.textStarts = larger(this.textStarts);
    this.textEnds = larger(this.textEnds);
  }

  isEmpty(): boolean {
    for (let i = 0; i < this.length; i++) {
      // Blanks beyond ASCII are trimmed from the text.
      if (this.ends[i] > this.starts[i] && this.text(i) !== '') return false;
    }
    return true;
  }

  text(position: number): string {
    const start = this.starts[position];
    const end = this.ends[position];
    if (start === end) return '';
    const known = this.textStarts[position];
    if (this.textEnds[position] - known === end - start && sameBytes(this.bytes, known, start, end - start)) {
      return this.texts[position];
    }
    const text = textOf(this.bytes, start, end);
    this.textStarts[position] = start;
    this.textEnds[position] = end;
    this.texts[position] = text;
    return text;
  }

  number(position: number): number {
    const value = parseNumberBytes(this.bytes, this.starts[position], this.ends[position]);
    // Blanks beyond ASCII are trimmed from the text.
    return Number.isNaN(value) ? parseNumber(this.text(position)) : value;
  }
}

function sameBytes(bytes: Buffer, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[a + i] !== bytes[b + i]) return false;
  return true;
}

function textOf(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('utf8', start, end).trim();
}
