import fc from 'fast-check';
import { expect, it } from 'vitest';
import { describePair, findRepetitions } from './duplicates.js';
import { recordingsFromArrays, type Recordings } from './recordings.js';

/** Recordings of one channel; labels are one letter each, `?` where unknown. */
function set(labels: string, ...series: number[][]): Recordings {
  const names = Array.from(labels).map((label) => (label === '?' ? null : label));
  return recordingsFromArrays(
    series.map((recording) => recording.map((value) => [value])),
    { labels: names },
  );
}

it('recordings are the same with the same steps and values: 0 is -0, NaN is NaN, and a prefix is another', () => {
  const train = set('aab', [1, 2], [0, NaN], [3]);
  const test = set('acbb', [-0, NaN], [1, 2], [1], [1, 2, 2]);
  expect(findRepetitions([train, test])).toEqual([
    {
      ...{ earlier: 0, later: 1, recordings: 2, otherClass: 1 },
      first: {
        earlier: { file: null, line: 0, recording: '0', label: 'a' },
        later: { file: null, line: 0, recording: '1', label: 'c' },
      },
    },
  ]);
});

it('repetitions within a set and between any two are told apart, and an unknown class is no other class', () => {
  const [a, b, c] = [set('ab?', [1], [1], [1]), set('x', [2]), set('ab', [2], [1])];
  const found = findRepetitions([a, b, c]).map(({ first, ...numbers }) => [
    ...Object.values(numbers),
    describePair(first),
  ]);
  expect(found).toEqual([
    [0, 0, 2, 1, 'recording 1 (class b) = recording 0 (class a)'],
    [0, 2, 1, 1, 'recording 1 (class b) = recording 0 (class a)'],
    [1, 2, 1, 1, 'recording 0 (class a) = recording 0 (class x)'],
  ]);
});

it('recordings of other channels are not the same, and a place is told where there is one', () => {
  const two = recordingsFromArrays([[[1, 2]]]);
  expect(findRepetitions([two, set('a', [1, 2])])).toEqual([]);
  const inFile = (lines: number[]): Recordings => ({
    ...set('a', [1]),
    files: ['d.ts'],
    lines: Int32Array.from(lines),
  });
  const [{ first }] = findRepetitions([inFile([7]), inFile([0])]);
  expect(describePair(first)).toBe('recording 0 of d.ts (class a) = d.ts:7 (class a)');
});

it('as many recordings are found as a comparison of all pairs finds', () => {
  const series = fc.array(fc.array(fc.constantFrom(0, -0, 1, NaN, 1e-38), { minLength: 1, maxLength: 3 }), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(series, series, (first, second) => {
      const key = (recording: number[]): string =>
        JSON.stringify(recording.map((x) => (Number.isNaN(x) ? 'NaN' : x + 0)));
      const known = new Set(first.map(key));
      const sets = [first, second].map((part) => set('a'.repeat(part.length), ...part));
      const across = findRepetitions(sets).find(({ earlier, later }) => earlier === 0 && later === 1);
      expect(across?.recordings ?? 0).toBe(second.filter((recording) => known.has(key(recording))).length);
    }),
  );
});
