import { expect, test } from 'vitest';
import {
  bytes,
  compact,
  count,
  number,
  pText,
  seconds,
  seedRanges,
  shorten,
  signed,
  significant,
} from './format.js';

test('numbers have few digits, a true minus, and a dash where there is none', () => {
  expect([0.98765, -0.5, 12.3456, 123.456, 12345.6, 0.00001234, 0].map(number)).toEqual([
    '0.9877',
    '−0.5000',
    '12.346',
    '123.46',
    '12,346',
    '1.2×10⁻⁵',
    '0.0000',
  ]);
  expect([null, undefined, NaN, Infinity].map(number)).toEqual(['–', '–', '–', '–']);
  expect([0.01, -0.01, 0].map(signed)).toEqual(['+0.0100', '−0.0100', '0.0000']);
  expect([0.0123456, 1234.5, 0.05, 2.5e-7].map(significant)).toEqual(['0.0123', '1,230', '0.05', '2.5×10⁻⁷']);
});

test('quantities have units of a fitting size', () => {
  expect([265_989, 7_634_944, 999, 1e9].map(compact)).toEqual(['266 k', '7.63 M', '999', '1 G']);
  expect([0.0000251, 0.0028, 41.04, 720, 9000].map(seconds)).toEqual([
    '25.1 µs',
    '2.8 ms',
    '41 s',
    '12 min',
    '2.5 h',
  ]);
  expect([412e6, 1500, 12].map(bytes)).toEqual(['412 MB', '1.5 kB', '12 B']);
  expect(count(265_989)).toBe('265,989');
});

test('a p-value below a thousandth is not given to the digit', () => {
  expect([0.0004, 0.0456, 1].map(pText)).toEqual(['p < 0.001', 'p = 0.046', 'p = 1.000']);
});

test('seeds that follow each other are a range', () => {
  expect(seedRanges([3, 1, 2, 9, 5, 6, 2])).toBe('1–3, 5, 6, 9');
});

test('long text ends in an ellipsis, and no character is cut in two', () => {
  expect([shorten('squeeze', 7), shorten('squeeze', 5), shorten('ab😀cd', 4)]).toEqual([
    'squeeze',
    'sque…',
    'ab😀…',
  ]);
});
