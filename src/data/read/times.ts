// Times of rows, which only have to be put in order: numbers or ISO 8601 dates.
import { parseNumber } from './numbers.js';
import { quote } from './problems.js';
import type { ReadOptions } from './reader.js';

const ISO_DATE = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d(?:[.,]\d+)?))?(Z|[+-]\d\d:?\d\d)?)?$/;

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * A number as it is, or an ISO 8601 date in seconds since 1970, fractions of any precision kept as far as float64
 * holds them; NaN for anything else, and for days and times of day that do not exist: 30 February, 10:00:60. Of the hour 24 there is
 * only the first moment, as the end of the day. A date without a zone counts as UTC, so that no clock change disorders it.
 */
export function parseTime(text: string): number {
  const number = parseNumber(text);
  if (Number.isFinite(number)) return number;
  const parts = ISO_DATE.exec(text);
  if (parts === null) return NaN;
  const [, year, month, day, hour = '00', minute = '00', second = '0', zone = 'Z'] = parts;
  const seconds = Number(second.replace(',', '.'));
  const ofDay = 3600 * Number(hour) + 60 * Number(minute) + seconds;
  if (!isDay(Number(year), Number(month), Number(day))) return NaN;
  if (Number(minute) >= 60 || seconds >= 60 || ofDay > 86400) return NaN;
  return Date.parse(`${year}-${month}-${day}T00:00:00Z`) / 1000 + ofDay - secondsOfZone(zone);
}

function isDay(year: number, month: number, day: number): boolean {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month >= 1 && month <= 12 && day >= 1 && day <= DAYS[month - 1] + (month === 2 && isLeap ? 1 : 0);
}

/** Seconds that the clocks of a zone (`Z`, `+0530`, `-03:00`) are ahead of UTC; NaN where no zone is that far. */
function secondsOfZone(zone: string): number {
  if (zone === 'Z') return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(-2))];
  const seconds = hours < 24 && minutes < 60 ? 3600 * hours + 60 * minutes : NaN;
  return zone.startsWith('-') ? -seconds : seconds;
}

/** What is wrong with a time, written as `text`, that is not after the one before; undefined where nothing is. */
export function disorder(
  before: number,
  time: number,
  text: string,
  what: 'rows' | 'steps',
): string | undefined {
  if (time > before) return undefined;
  return time === before
    ? `the time ${quote(text)} occurs twice. Remove one of the ${what}, or say with data.timestamps.duplicates which counts.`
    : `the time ${quote(text)} comes after a later one. Sort the ${what} by time, or set data.timestamps.unordered to sort.`;
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
