import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kindOfValue, parseNumber, parseNumberBytes } from './numbers.js';
import { parseTime } from './times.js';

function fromBytes(text: string): number {
  const bytes = Buffer.from(`,${text},`);
  return parseNumberBytes(bytes, 1, bytes.length - 1);
}

describe('a number in a file', () => {
  it('is read to the nearest float64, from text and from bytes alike', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.nat(20), (value, digits) => {
        for (const text of [String(value), value.toExponential(digits), value.toFixed(digits)]) {
          expect(fromBytes(text)).toBe(Number(text));
          expect(parseNumber(text)).toBe(Number(text));
        }
      }),
      { numRuns: 2000 },
    );
    expect(fromBytes('123456789012345678')).toBe(123456789012345678);
    expect(fromBytes(`0.${'0'.repeat(30)}1`)).toBe(1e-31);
    expect(fromBytes(' \t-.5 ')).toBe(-0.5);
  });

  it.each([
    '',
    ' ',
    '-',
    '.',
    '+.',
    '1 2',
    '1e',
    'e5',
    '0x10',
    '0b1',
    '1_000',
    '1,5',
    '--1',
    '1.2.3',
    '１',
    '?',
    'NaN',
  ])('is not %j', (text) => {
    expect(fromBytes(text)).toBeNaN();
    expect(parseNumber(text)).toBeNaN();
  });

  it('is told from a text of a million digits that is none, at once', () => {
    const digits = '1'.repeat(1_000_000);
    expect(parseNumber(`${digits}x`)).toBeNaN();
    expect(parseNumber(digits)).toBe(Infinity);
  });

  it('is told from a missing and from an infinite value', () => {
    expect(['?', 'nan', 'NaN', 'NA', ' null '].map(kindOfValue)).toEqual(Array(5).fill('missing'));
    expect(['inf', '-Infinity', '1e999', '1e39'].map(kindOfValue)).toEqual(Array(4).fill('infinite'));
    expect(['', 'nanometre', 'one'].map(kindOfValue)).toEqual(Array(3).fill('malformed'));
  });
});

describe('a time', () => {
  it('is a number, or an ISO 8601 date in seconds, in UTC unless it says otherwise', () => {
    expect(parseTime('-1.5')).toBe(-1.5);
    expect(parseTime('1970-01-02')).toBe(86400);
    expect(parseTime('1970-01-01 00:01:02.25')).toBe(62.25);
    expect(parseTime('1970-01-01T02:00+0200')).toBe(0);
    expect(parseTime('2024-02-29')).toBe(1709164800);
    expect(parseTime('2000-02-29 23:59:59')).toBe(951868799);
    expect(parseTime('2023-12-31T24:00:00')).toBe(1704067200);
    expect(parseTime('1969-12-31T23:30:00,5-0330')).toBe(10800.5);
    expect(parseTime('0001-01-01')).toBe(-62135596800);
    expect(parseTime('1970-01-01T00:00:00.000001Z')).toBeGreaterThan(parseTime('1970-01-01T00:00:00Z'));
  });

  it.each([
    ...['', 'noon', '1/2/2024'],
    ...['2024-13-01', '2024-00-10', '2024-01-00', '2024-02-30', '2023-02-29', '1900-02-29', '2024-04-31'],
    ...['2024-01-01T25:00', '2024-01-01T24:00:01', '2024-01-01T24:01', '2024-01-01T10:60'],
    ...['2024-01-01T10:00:60', '2024-01-01 10:00:75', '2024-01-01T10:00:60.5Z'],
    ...['2024-01-01T10:00+24:00', '2024-01-01T10:00-0160'],
  ])('is not %j', (text) => {
    expect(parseTime(text)).toBeNaN();
  });
});
