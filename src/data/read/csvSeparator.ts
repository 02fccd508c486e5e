// What separates the cells of a CSV file, told by its first two lines.
import { linesOf } from './lines.js';
import { kindOfValue, parseNumber } from './numbers.js';

/** Stands for any number of blanks and tabs. */
export const BLANKS = ' ';

/** The more usual first. */
const SEPARATORS = [',', ';', '\t', '|'];

/** Bytes that are looked at. */
const LOOKED_AT = 1 << 20;

/**
 * The separator with which all cells of the first line are numbers, where there is one. Else, of those that the first line has,
 * one that gives the second line as many cells if there is any, and the one that occurs most; blanks where there is none.
 */
export function detectSeparator(bytes: Buffer): string {
  const lines = firstLines(bytes);
  const first = lines.at(0) ?? '';
  const second = lines.at(1);
  const ofNumbers = [';', '\t', '|', ',', BLANKS].find((separator) => isRowOfNumbers(first, separator));
  if (ofNumbers !== undefined) return ofNumbers;
  const present = SEPARATORS.filter((separator) => cellsOf(first, separator).length > 1);
  if (present.length === 0) return cellsOf(first, BLANKS).length > 1 ? BLANKS : ',';
  const cells = (separator: string): number => cellsOf(first, separator).length;
  const alike = present.filter(
    (separator) => second === undefined || cellsOf(second, separator).length === cells(separator),
  );
  const candidates = alike.length > 0 ? alike : present;
  return candidates.reduce((best, other) => (cells(other) > cells(best) ? other : best));
}

/** Whether a cell is a number, with whatever decimal, or empty, or stands for a missing one. */
export function isNumberCell(cell: string): boolean {
  return (
    cell === '' || !Number.isNaN(parseNumber(cell.replace(',', '.'))) || kindOfValue(cell) !== 'malformed'
  );
}

function isRowOfNumbers(line: string, separator: string): boolean {
  const cells = cellsOf(line, separator);
  if (cells.length < 2) return false;
  return cells.every(isNumberCell);
}

function cellsOf(line: string, separator: string): string[] {
  if (separator === BLANKS) return line.trim().split(/[ \t]+/);
  return line.split(separator).map((cell) => cell.trim());
}

/** The first two lines with something on them, without what is in quotes. */
function firstLines(bytes: Buffer): string[] {
  const lines: string[] = [];
  for (const { from, end } of linesOf(bytes.subarray(0, LOOKED_AT))) {
    lines.push(bytes.toString('utf8', from, end).replace(/"[^"]*"/g, 'q'));
    if (lines.length === 2) break;
  }
  return lines;
}
