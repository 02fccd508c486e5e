// Decimals of CSV files, which have a point or, where commas do not separate cells, a comma. The data say which: a file that mixes
// them is a mistake. A comma or a point is never taken for a separator of thousands.
import type { CsvRow } from './csvRows.js';
import { describeInfinite, describeOddValue, parseNumber } from './numbers.js';
import { type ProblemList, quote } from './problems.js';

const WITH_COMMA = /^[+-]?(?:\d+,\d*|,\d+)(?:[eE][+-]?\d+)?$/;

/** How rows write decimals, as far as those that were read tell. */
export interface Decimals {
  /** Whether a comma may stand for the point. */
  readonly mayHaveComma: boolean;
  /** The first decimals with a comma and with a point. */
  comma: Decimal | null;
  point: Decimal | null;
}

interface Decimal {
  readonly line: number;
  readonly text: string;
}

export function newDecimals(separator: string): Decimals {
  return { mayHaveComma: separator !== ',', comma: null, point: null };
}

/** The number in a cell, whose decimals may have a comma; NaN for anything else. Notes how they are written. */
export function decimalIn(row: CsvRow, position: number, decimals: Decimals, line: number): number {
  const { mayHaveComma, point } = decimals;
  if (mayHaveComma && point === null) return parseDecimal(row.text(position), decimals, line);
  const number = row.number(position);
  return mayHaveComma && Number.isNaN(number) ? parseDecimal(row.text(position), decimals, line) : number;
}

function parseDecimal(text: string, decimals: Decimals, line: number): number {
  const number = parseNumber(text);
  if (!Number.isNaN(number)) {
    if (decimals.point === null && decimals.mayHaveComma && text.includes('.'))
      decimals.point = { line, text };
    return number;
  }
  if (!decimals.mayHaveComma || !WITH_COMMA.test(text)) return NaN;
  decimals.comma ??= { line, text };
  return Number(text.replace(',', '.'));
}

/** What is wrong with a text that `parseDecimal` takes for no finite float32, and that is not missing. */
export function describeOddDecimal(text: string, { mayHaveComma }: Decimals): string {
  return mayHaveComma && WITH_COMMA.test(text) ? describeInfinite(text) : describeOddValue(text);
}

/** Notes how later rows of a file write decimals, which have so many lines before them. */
export function addDecimals(all: Decimals, later: Decimals, linesBefore: number): void {
  const placed = (decimal: Decimal | null): Decimal | null =>
    decimal && { ...decimal, line: decimal.line + linesBefore };
  all.comma ??= placed(later.comma);
  all.point ??= placed(later.point);
}

/** Adds a problem where some decimals of a file have a comma and others a point. */
export function checkDecimals({ comma, point }: Decimals, problems: ProblemList): void {
  if (comma === null || point === null) return;
  const [first, second] = comma.line < point.line ? [comma, point] : [point, comma];
  problems.add(
    second.line,
    `${quote(second.text)}, but ${quote(first.text)} on line ${first.line}: decimals have a point or a comma ` +
      'throughout a file. Thousands have no separator.',
  );
}
