// Decimals of CSV files, which have a point or, where commas do not separate cells, a comma. The data say which: a file that mixes
// them is a mistake. A comma or a point is never taken for a separator of thousands.
import { describeInfinite, describeOddValue, parseNumber } from './numbers.js';
import { type ProblemList, quote } from './problems.js';

const WITH_COMMA = /^[+-]?(?:\d+,\d*|,\d+)(?:[eE][+-]?\d+)?$/;

/** How a file writes decimals, as far as the rows that were read tell. */
export interface Decimals {
  /** Whether a comma may stand for the point. */
  readonly mayHaveComma: boolean;
  /** Lines of the file before those that are read. */
  readonly linesBefore: number;
  /** The first decimals with a comma and with a point. */
  comma: Decimal | null;
  point: Decimal | null;
}

interface Decimal {
  readonly line: number;
  readonly text: string;
}

export function newDecimals(separator: string, linesBefore: number): Decimals {
  return { mayHaveComma: separator !== ',', linesBefore, comma: null, point: null };
}

/** `parseNumber` of a text whose decimals may have a comma; notes how they are written. */
export function parseDecimal(text: string, decimals: Decimals, line: number): number {
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

/** Adds a problem where some decimals of a file have a comma and others a point. */
export function checkDecimals({ comma, point, linesBefore }: Decimals, problems: ProblemList): void {
  if (comma === null || point === null) return;
  const [first, second] = comma.line < point.line ? [comma, point] : [point, comma];
  problems.add(
    second.line,
    `${quote(second.text)}, but ${quote(first.text)} on line ${first.line + linesBefore}: decimals have a point or a comma ` +
      'throughout a file. Thousands have no separator.',
  );
}
