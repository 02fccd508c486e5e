import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sameNumber } from './sameNumbers.js';

it('two spellings of one number are found, to the last digit, unless some class is no number', () => {
  expect(sameNumber(['0', '1', '2', '1.0'])).toEqual(['1', '1.0']);
  expect(sameNumber(['10', '-1e1', '1e1'])).toEqual(['10', '1e1']);
  expect(sameNumber(['01', '.10e+1'])).toEqual(['01', '.10e+1']);
  expect(sameNumber(['-0', '0.00'])).toEqual(['-0', '0.00']);
  // float64 does not tell these apart.
  expect(sameNumber(['9007199254740993', '9007199254740992'])).toBeNull();
  expect(sameNumber(['1', '1.0', 'walk'])).toBeNull();
  expect(sameNumber(['1', '1', '0x1'])).toBeNull();
});

it('zeros at the end and the place of the point make no other number, another digit does', () => {
  fc.assert(
    fc.property(
      fc.bigInt(1n, 10n ** 30n),
      fc.integer({ min: 1, max: 9 }),
      fc.nat(20),
      (digits, zeros, power) => {
        const [text, longer] = [`${digits}e${power}`, `0${digits}${'0'.repeat(zeros)}e${power - zeros}`];
        const point = `${text[0]}.${String(digits).slice(1)}e${power + String(digits).length - 1}`;
        expect(sameNumber([text, longer])).toEqual([text, longer]);
        expect(sameNumber([longer, point])).toEqual([longer, point]);
        expect(sameNumber([text, `${digits + 1n}e${power}`])).toBeNull();
      },
    ),
    { numRuns: 100, seed: 1 },
  );
});
