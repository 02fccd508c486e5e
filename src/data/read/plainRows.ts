// The rows of CSV text without quotes, read from its bytes: several times as fast as csv-parse, which reads all other text and to
// which this is held by tests.
import type { CsvRow } from './csvRows.js';
import { isBlank, parseNumber, parseNumberBytes } from './numbers.js';

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Texts that a cache knows at once; a power of two. */
const CACHED_TEXTS = 1 << 14;

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
  /** Names that were read before, and other texts, of all columns: those of values may all differ, and leave the names alone. */
  private names: TextCache | null = null;
  private texts: TextCache | null = null;

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
  }

  isEmpty(): boolean {
    for (let i = 0; i < this.length; i++) {
      if (this.ends[i] === this.starts[i]) continue;
      const first = this.bytes[this.starts[i]];
      // Blanks beyond ASCII are trimmed from the text.
      if ((first > 0x20 && first < 0x7f) || this.text(i) !== '') return false;
    }
    return true;
  }

  name(position: number): string {
    return (this.names ??= new TextCache(this.bytes)).text(this.starts[position], this.ends[position]);
  }

  text(position: number): string {
    return (this.texts ??= new TextCache(this.bytes)).text(this.starts[position], this.ends[position]);
  }

  number(position: number): number {
    const value = parseNumberBytes(this.bytes, this.starts[position], this.ends[position]);
    // Blanks beyond ASCII are trimmed from the text.
    return Number.isNaN(value) ? parseNumber(this.text(position)) : value;
  }
}

/** Texts by their bytes: rows of a table often have the same names, of neighbours or in turns, which then are the same strings. */
class TextCache {
  private readonly starts = new Int32Array(CACHED_TEXTS);
  private readonly ends = new Int32Array(CACHED_TEXTS);
  private readonly texts = new Array<string>(CACHED_TEXTS);

  constructor(private readonly bytes: Buffer) {}

  text(start: number, end: number): string {
    if (start === end) return '';
    const { bytes, starts, ends, texts } = this;
    let hash = 0;
    for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + bytes[at]) | 0;
    const slot = hash & (CACHED_TEXTS - 1);
    const known = starts[slot];
    if (ends[slot] - known === end - start && sameBytes(bytes, known, start, end - start)) return texts[slot];
    starts[slot] = start;
    ends[slot] = end;
    return (texts[slot] = textOf(bytes, start, end));
  }
}

function sameBytes(bytes: Buffer, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[a + i] !== bytes[b + i]) return false;
  return true;
}

function textOf(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('utf8', start, end).trim();
}
