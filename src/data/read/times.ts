// Times of rows, which only have to be put in order: numbers or ISO 8601 dates.
import { parseNumber } from './numbers.js';
import { quote } from './problems.js';
import type { ReadOptions } from './reader.js';

const ISO_DATE = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d(?:[.,]\d+)?))?(Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * A number as it is, or an ISO 8601 date in seconds since 1970, fractions of any precision kept as far as float64
 * holds them; NaN for anything else. A date without a zone counts as UTC, so that no clock change disorders it.
 */
export function parseTime(text: string): number {
  const number = parseNumber(text);
  if (Number.isFinite(number)) return number;
  const parts = ISO_DATE.exec(text);
  if (parts === null) return NaN;
  const [, date, clock = '00:00', seconds = '0', zone = 'Z'] = parts;
  const colonZone = zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2');
  return Date.parse(`${date}T${clock}:00${colonZone}`) / 1000 + Number(seconds.replace(',', '.'));
}

/** What is wrong with a time, written as `text`, that is not after the one before; undefined where nothing is. */
export function disorder(
  before: number,
  time: number,
  text: string,
  what: 'rows' | 'steps',
): string | undefined {
  if (time > before) return undefined;
  const wrong = time === before ? 'occurs twice.' : `comes after a later one; sort the ${what} by time.`;
  return `the time ${quote(text)} ${wrong}`;
}

/**
 * What is wrong with the first of the times of a recording's steps that is missing or, unless they come in any order, not after the one
 * before; null where nothing is.
 */
export function disorderOfSteps(
  times: Float64Array,
  wanted: ReadOptions['times'],
  textOf: (time: number) => string,
): string | null {
  const anyOrder = wanted === 'keep-unordered';
  const wrong = times.findIndex(
    (time, i) => !Number.isFinite(time) || !(anyOrder || time > (times[i - 1] ?? -Infinity)),
  );
  if (wrong < 0) return null;
  const time = times[wrong];
  if (Number.isNaN(time)) return `the time of step ${wrong + 1} is missing.`;
  if (!Number.isFinite(time)) return `the time of step ${wrong + 1} is infinite.`;
  return disorder(times[wrong - 1], time, textOf(time), 'steps') ?? null;
}
