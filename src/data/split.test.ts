import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelled, shares } from '../../test/support/labelled.js';
import { loadRecordings } from './load.js';
import { recordingsFromArrays } from './recordings.js';
import { type Split, splitValidation } from './split.js';

function isPartition({ train, validation }: Split, n: number): boolean {
  const ascending = (a: Int32Array): boolean => a.every((index, i) => i === 0 || a[i - 1] < index);
  const all = [...train, ...validation].sort((a, b) => a - b);
  return (
    ascending(train) && ascending(validation) && all.length === n && all.every((index, i) => index === i)
  );
}

const LABELS = fc.array(fc.integer({ min: 2, max: 30 }), { minLength: 1, maxLength: 8 }).chain((sizes) => {
  const labels = sizes.flatMap((size, label) => Array<string>(size).fill(String(label)));
  return fc.shuffledSubarray(labels, { minLength: labels.length });
});
const FRACTION = fc.double({ min: 0.05, max: 0.95, noNaN: true });
const SEED = fc.nat();

describe('a stratified split', () => {
  it('takes six recordings of each of the nine speakers of JapaneseVowels for a fifth', async () => {
    const recordings = await loadRecordings('data/JapaneseVowels/JapaneseVowels_TRAIN.ts');
    const { train, validation } = splitValidation(recordings, { fraction: 0.2 }, 7);
    expect(shares(recordings, validation)).toEqual(Array(9).fill(6));
    expect(shares(recordings, train)).toEqual(Array(9).fill(24));
  });

  it('has every class on both sides, the exact total where possible, and shares within one recording', () => {
    fc.assert(
      fc.property(LABELS, FRACTION, SEED, (labels, fraction, seed) => {
        const recordings = labelled(labels);
        const split = splitValidation(recordings, { fraction }, seed);
        expect(isPartition(split, labels.length)).toBe(true);
        const train = shares(recordings, split.train);
        const validation = shares(recordings, split.validation);
        expect(Math.min(...train, ...validation)).toBeGreaterThanOrEqual(1);
        const classes = train.length;
        const possible = Math.max(
          classes,
          Math.min(labels.length - classes, Math.round(fraction * labels.length)),
        );
        expect(split.validation.length).toBe(possible);
        for (const [label, n] of validation.entries()) {
          const exact = fraction * (n + train[label]);
          const forced = n === 1 || train[label] === 1 || validation.includes(1) || train.includes(1);
          if (!forced) expect(Math.abs(n - exact)).toBeLessThan(1);
        }
      }),
    );
  });

  it('depends on the seed and on nothing else', () => {
    const recordings = labelled(Array.from({ length: 60 }, (_, i) => String(i % 3)));
    const split = (seed: number): Int32Array =>
      splitValidation(recordings, { fraction: 0.2 }, seed).validation;
    expect(split(1)).toEqual(split(1));
    expect(split(1)).not.toEqual(split(2));
  });

  it('refuses a class with a single recording, unknown labels and impossible fractions', () => {
    expect(() => splitValidation(labelled(['a', 'a', 'b']), { fraction: 0.5 }, 1)).toThrow(
      'the class "b" has a single recording, so it cannot be in both training and validation. ' +
        'Add recordings of it, or train with "validation: none".',
    );
    const unlabelled = recordingsFromArrays([[[1]], [[2]]]);
    expect(() => splitValidation(unlabelled, { fraction: 0.5 }, 1)).toThrow('the label of every recording');
    for (const fraction of [0, 1, NaN]) {
      expect(() => splitValidation(labelled(['a', 'a']), { fraction }, 1)).toThrow(`fraction is ${fraction}`);
    }
  });
});

describe('a split by groups', () => {
  it('keeps each group on one side and every class in training', () => {
    const members = fc.array(fc.tuple(fc.nat(4), fc.nat(9)), { minLength: 2, maxLength: 80 });
    fc.assert(
      fc.property(members, FRACTION, SEED, (list, fraction, seed) => {
        const groups = list.map(([, group]) => String(group));
        const recordings = labelled(
          list.map(([label]) => String(label)),
          groups,
        );
        let split: Split;
        try {
          split = splitValidation(recordings, { fraction, groups: true }, seed);
        } catch (error) {
          // Only where no group may leave training.
          const classesOf = (group: string): string[] =>
            list.filter((_, i) => groups[i] === group).map(([c]) => String(c));
          const elsewhere = (c: string, group: string): boolean =>
            list.some(([d], i) => String(d) === c && groups[i] !== group);
          const movable = [...new Set(groups)].some((group) =>
            classesOf(group).every((c) => elsewhere(c, group)),
          );
          expect(movable).toBe(false);
          expect(String(error)).toMatch(/at least two groups|no group can go to validation/);
          return;
        }
        expect(isPartition(split, list.length)).toBe(true);
        expect(split.validation.length).toBeGreaterThan(0);
        const trainGroups = new Set(Array.from(split.train, (i) => groups[i]));
        expect(Array.from(split.validation).some((i) => trainGroups.has(groups[i]))).toBe(false);
        expect(Math.min(...shares(recordings, split.train))).toBeGreaterThanOrEqual(1);
      }),
    );
  });

  it('comes near to the fraction in every class: one subject of five for a fifth', () => {
    const subjects = Array.from({ length: 50 }, (_, i) => `subject ${i % 5}`);
    const recordings = labelled(
      subjects.map((_, i) => (i < 25 ? 'walk' : 'run')),
      subjects,
    );
    const { validation } = splitValidation(recordings, { fraction: 0.2, groups: true }, 3);
    expect(shares(recordings, validation)).toEqual([5, 5]);
  });

  it('says what is missing where it cannot be made', () => {
    const options = { fraction: 0.5, groups: true };
    expect(() => splitValidation(labelled(['a', 'b']), options, 1)).toThrow('the data name no groups');
    expect(() => splitValidation(labelled(['a', 'b'], ['p', 'p']), options, 1)).toThrow(
      'at least two groups, found 1',
    );
    expect(() => splitValidation(labelled(['a', 'b'], ['p', 'q']), options, 1)).toThrow(
      'no group can go to validation',
    );
  });
});
