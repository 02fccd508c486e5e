// Numbers in data files, read strictly: '', ' ', '0x10' and '1_000' are not numbers here, though `Number` or other
// readers would take them.
import { quote } from './problems.js';

/** Powers of ten that float64 holds exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

/** Matches each digit in one way only: with `\d+\.?\d*` a text of many digits that is no number would take quadratic time. */
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A decimal number such as `-1.5e-3`; NaN for anything else, ±Infinity beyond the range of float64. */
export function parseNumber(text: string): number {
  return DECIMAL.test(text) ? Number(text) : NaN;
}

/**
 * `parseNumber` of the ASCII text in `bytes[start … end)`, blanks around it left out. Numbers of up to 15 digits
 * with a power of ten up to 22 are exact in float64 arithmetic, mantissa and power alike, so that one
 * multiplication or division rounds them correctly (Clinger 1990); others take the slower way.
 */
export function parseNumberBytes(bytes: Uint8Array, start: number, end: number): number {
  while (start < end && isBlank(bytes[start])) start++;
  while (end > start && isBlank(bytes[end - 1])) end--;
  let at = start;
  const negative = bytes[at] === 0x2d;
  if (negative || bytes[at] === 0x2b) at++;
  let mantissa = 0;
  let digits = 0;
  let significant = 0;
  let decimals = 0;
  let point = false;
  for (; at < end; at++) {
    const digit = bytes[at] - 0x30;
    if (digit >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit;
      digits++;
      if (mantissa > 0) significant++;
      if (point) decimals++;
    } else if (bytes[at] === 0x2e && !point) {
      point = true;
    } else {
      break;
    }
  }
  if (at < end || digits === 0 || significant > 15 || decimals > 22) {
    return parseNumber(latin1(bytes, start, end));
  }
  const value = mantissa / POWERS[decimals];
  return negative ? -value : value;
}

/** Why a text is not a finite number: it stands for a missing or an infinite value, or is malformed. */
export function kindOfValue(text: string): 'missing' | 'infinite' | 'malformed' {
  const trimmed = text.trim();
  if (/^(?:\?|[+-]?nan|na|n\/a|null)$/i.test(trimmed)) return 'missing';
  if (/^[+-]?inf(?:inity)?$/i.test(trimmed) || !Number.isNaN(parseNumber(trimmed))) return 'infinite';
  return 'malformed';
}

/** Whether a cell is empty or stands for a missing value. */
export function isMissing(cell: string): boolean {
  // Of a million cells most begin with a digit.
  return cell === '' || (/^[^\d.]/.test(cell) && kindOfValue(cell) === 'missing');
}

/** Whether a text begins with a letter and does not stand for a number or a missing value. */
export function isWord(text: string): boolean {
  return /^\p{L}/u.test(text) && kindOfValue(text) === 'malformed';
}

/** What is wrong with a text that is neither a finite number nor stands for a missing value. */
export function describeOddValue(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') return 'the value is empty, expected a number, or "?" where it is missing.';
  if (kindOfValue(text) === 'infinite') return describeInfinite(trimmed);
  const grouped = /^[+-]?\d{1,3}(?:[.,' ]\d{3}){1,6}[.,]\d+$/.test(trimmed);
  const comma = /^[+-]?\d+,\d+$/.test(trimmed) ? ' Decimals are written with a point.' : '';
  return `${quote(trimmed)} is not a number.${grouped ? ' Thousands have no separator.' : comma}`;
}

/** What is wrong with a text that is a number, but not a finite float32. */
export function describeInfinite(text: string): string {
  return `${quote(text)} is infinite or beyond the range of float32 (±3.4e38).`;
}

/** The text of ASCII or Latin-1 bytes. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

/** A space, a tab or the first half of CRLF. */
export function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d;
}
