// Windows: where they lie, what class they have, and that none leaves its recording, its piece without a gap or its side of a split.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { concatenate, selectRecordings } from './combine.js';
import { addMissingIndicators } from './missing.js';
import { fitNormalization, normalize } from './normalization.js';
import { padRecordings } from './padding.js';
import { allValues, count, lengthOf, type Recordings, recordingsFromArrays } from './recordings.js';
import { truncateRecordings } from './truncate.js';
import { gathered, isInMemory, placementOf } from './values.js';
import { cutWindows, planWindows, type WindowOptions } from './windows.js';
import { holdOutByWindows } from './windowSplit.js';

const options: WindowOptions = { length: 4, stride: 2, label: 'majority', minPurity: 0, rest: 'keep' };

/** Recordings of one channel, whose values count the steps of all. */
function counting(lengths: readonly number[], extra: Partial<Recordings> = {}): Recordings {
  let step = 0;
  const series = lengths.map((length) => Array.from({ length }, () => [step++]));
  return {
    ...recordingsFromArrays(series, { labels: lengths.map(() => 'a'), classes: ['a', 'b', 'c'] }),
    ...extra,
  };
}

it('start every stride, and a shorter one holds the rest that no whole one reaches', () => {
  const recordings = counting([9, 4, 3]);
  const windows = cutWindows(recordings, planWindows(recordings, options));
  expect(windows.ids).toEqual(['0[0:4]', '0[2:6]', '0[4:8]', '0[6:9]', '1[0:4]', '2[0:3]']);
  expect(Array.from(allValues(windows).subarray(12, 19))).toEqual([6, 7, 8, 9, 10, 11, 12]);
  expect(Array.from(windows.origin?.recordings ?? [])).toEqual([0, 0, 0, 0, 1, 2]);
  const { counts } = planWindows(recordings, { ...options, rest: 'drop' });
  expect(counts).toMatchObject({ windows: 4, withoutWindow: 1, stepsLeftOut: 4, steps: 16 });
});

it.each([
  ['majority', 0, [0, 1, 1], { unlabelled: 1, impure: 0 }],
  ['last', 0, [1], { unlabelled: 3, impure: 0 }],
  ['majority', 0.75, [0, 1], { unlabelled: 1, impure: 1 }],
] as const)(
  'have the class of the %s of their steps, of a share of %s at least',
  (label, minPurity, labels, left) => {
    // aaab bbb? bb?? ????: in the third as many steps have a class as have none.
    const stepLabels = Int32Array.of(0, 0, 0, 1, 1, 1, 1, -1, 1, 1, -1, -1, -1, -1, -1, -1);
    const recordings = counting([16], { stepLabels });
    const rules: WindowOptions = { ...options, stride: 4, label, minPurity };
    const plan = planWindows(recordings, rules);
    expect(Array.from(plan.labels)).toEqual(labels);
    expect(plan.counts).toMatchObject(left);
    // For prediction, all windows stay.
    expect(planWindows(recordings, rules, { unlabelled: 'keep' }).counts.windows).toBe(4);
  },
);

it('tell the class of a recording where all its labelled steps have one', () => {
  const recordings = counting([4, 4], { stepLabels: Int32Array.of(0, 0, -1, 0, 0, 1, 1, 0) });
  const { origin } = cutWindows(recordings, planWindows(recordings, options));
  expect(origin?.changing).toBe(true);
  expect(Array.from(origin?.labels ?? [])).toEqual([0, -1]);
});

it('hold every step, none twice without overlap, and never reach over a gap or into another recording', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.constantFrom(1, 1, 1, 5), { minLength: 1, maxLength: 30 }), {
        minLength: 1,
        maxLength: 4,
      }),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 8 }),
      (intervals, length, stride) => {
        const times = intervals.flatMap((ofOne) => {
          let time = 0;
          return ofOne.map((interval) => (time += interval));
        });
        const recordings = counting(
          intervals.map((ofOne) => ofOne.length),
          { times: Float64Array.from(times) },
        );
        const plan = planWindows(recordings, { ...options, length, stride }, { gap: 2 });
        const seen = new Int32Array(times.length);
        for (const [i, start] of plan.starts.entries()) {
          const owner = plan.recordings[i];
          expect(start).toBeGreaterThanOrEqual(recordings.offsets[owner]);
          expect(plan.ends[i]).toBeLessThanOrEqual(recordings.offsets[owner + 1]);
          expect(plan.ends[i] - start).toBeLessThanOrEqual(length);
          for (let step = start; step < plan.ends[i]; step++) {
            seen[step]++;
            if (step > start) expect(times[step] - times[step - 1]).toBe(1);
          }
        }
        expect(plan.counts.stepsLeftOut).toBe(seen.filter((n) => n === 0).length);
        if (stride <= length) expect(plan.counts.stepsLeftOut).toBe(0);
        if (stride >= length) expect(Math.max(...seen)).toBe(1);
      },
    ),
    { numRuns: 60 },
  );
});

/** What may be made of windows, and asks for an array of all their values where they are in one. */
const makings: ((set: Recordings) => Recordings)[] = [
  (set) =>
    selectRecordings(
      set,
      Array.from({ length: count(set) }, (_, i) => count(set) - 1 - i),
    ),
  (set) => selectRecordings(set, [count(set) - 1, 0]),
  (set) => truncateRecordings(set, 3).recordings,
  (set) => concatenate([set, set]),
  (set) => normalize(set, fitNormalization(set, Int32Array.from(set.labels.keys()), 'channel')),
  (set) => normalize(set, { kind: 'recording' }),
  addMissingIndicators,
  (set) => padRecordings(set, { length: 9, masked: false }),
  (set) => cutWindows(set, planWindows(set, { ...options, length: 2, stride: 1 })),
];

it('that overlap share their steps, whatever is made of them, and have the bits of copies', () => {
  const bits = (set: Recordings): Int32Array => new Int32Array(Float32Array.from(allValues(set)).buffer);
  const few = fc.array(fc.constantFrom(...makings), { maxLength: 3 });
  fc.assert(
    fc.property(few, fc.integer({ min: 1, max: 5 }), (makes, stride) => {
      const recordings = counting([9, 4, 30]);
      const windows = cutWindows(recordings, planWindows(recordings, { ...options, stride }));
      const copies = { ...windows, values: gathered(windows.values, windows.offsets) };
      const [made, expected] = [windows, copies].map((set) => makes.reduce((of, make) => make(of), set));
      expect(isInMemory(made.values)).toBe(true);
      expect(bits(made)).toEqual(bits(expected));
      expect([made.offsets, made.ids]).toEqual([expected.offsets, expected.ids]);
    }),
    { numRuns: 100 },
  );
});

it('take no more memory than their recordings, and less where few are left', () => {
  const recordings = counting([200, 100]);
  const windows = cutWindows(recordings, planWindows(recordings, { ...options, length: 50, stride: 1 }));
  const placement = placementOf(windows.values, windows.offsets);
  expect([count(windows), placement.steps]).toEqual([202, 300]);
  expect(placement.data()).toBe(allValues(recordings));
  expect([0, 1, 151].map(placement.first)).toEqual([0, 1, 200]);
  const two = selectRecordings(windows, [151, 3]);
  expect(placementOf(two.values, two.offsets).steps).toBe(100);
  expect(Array.from(allValues(two).slice(48, 52))).toEqual([248, 249, 3, 4]);
});

it('of one recording, or of one group, never lie on both sides of a split', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), fc.boolean(), (seed, groups) => {
      const stepLabels = Int32Array.from({ length: 12 * 10 }, (_, step) => Math.floor((step % 10) / 5));
      const recordings = counting(new Array<number>(12).fill(10), {
        stepLabels,
        groups: Array.from({ length: 12 }, (_, i) => `person ${i % 4}`),
      });
      const plan = planWindows(recordings, options);
      const how = { fraction: 0.25, groups };
      const { train, heldOut } = holdOutByWindows(recordings, plan, how, 'validation', seed);
      expect([...train, ...heldOut].sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i));
      expect(heldOut).toHaveLength(3);
      const sides = [train, heldOut].map((side) => selectRecordings(recordings, side));
      const [trained, validated] = sides.map((side) => [...new Set(side.groups)]);
      if (groups) expect(trained.filter((person) => validated.includes(person))).toEqual([]);
      for (const side of sides) {
        const windows = cutWindows(side, planWindows(side, options));
        expect(new Set(windows.labels)).toEqual(new Set([0, 1]));
        expect(count(windows)).toBe(4 * count(side));
        expect(lengthOf(windows, 0)).toBe(4);
      }
    }),
    { numRuns: 15 },
  );
});

it('with folds are in one fold each, all of a recording in the same; named groups are held out as without windows', () => {
  const recordings = counting([8, 8, 8, 8, 2, 8, 8, 8, 8], {
    stepLabels: Int32Array.from({ length: 66 }, (_, step) => (step % 8 < 4 ? 0 : 1)),
    groups: ['p', 'p', 'q', 'q', 'q', 'r', 'r', 's', 's'],
  });
  const plan = planWindows(recordings, { ...options, stride: 4, rest: 'drop' });
  for (const groups of [false, true]) {
    const folds = [0, 1, 2, 3].map((fold) =>
      holdOutByWindows(recordings, plan, { fold, of: 4, groups }, 'test', 1),
    );
    // The recording without a window is held out with its group, or never.
    const expected = groups ? [0, 1, 2, 3, 4, 5, 6, 7, 8] : [0, 1, 2, 3, 5, 6, 7, 8];
    expect(folds.flatMap(({ heldOut }) => [...heldOut]).sort((a, b) => a - b)).toEqual(expected);
    for (const { heldOut } of folds) expect(heldOut.length).toBeGreaterThan(0);
  }
  const named = holdOutByWindows(recordings, plan, { groups: ['q'] }, 'test', 1);
  expect(Array.from(named.heldOut)).toEqual([2, 3, 4]);
  expect(() => holdOutByWindows(recordings, plan, { fold: 0, of: 9 }, 'test', 1)).toThrow(
    'only 8 recordings to split have windows, but data.test needs 9, as each goes to one side whole.',
  );
});

it('cut from shortened recordings have the classes and times of the steps that are left', () => {
  const recordings = counting([3, 2], {
    times: Float64Array.of(1, 2, 3, 1, 2),
    stepLabels: Int32Array.of(0, 1, 1, 2, 2),
    splits: ['train', 'test'],
  });
  const { recordings: short, truncated } = truncateRecordings(recordings, 2);
  expect(truncated).toBe(1);
  expect(Array.from(short.times ?? [])).toEqual([1, 2, 1, 2]);
  expect(Array.from(short.stepLabels ?? [])).toEqual([0, 1, 2, 2]);
  const windows = cutWindows(short, planWindows(short, { ...options, length: 1, stride: 1 }));
  expect(Array.from(windows.labels)).toEqual([0, 1, 2, 2]);
  expect(windows.splits).toEqual(['train', 'train', 'test', 'test']);
});
