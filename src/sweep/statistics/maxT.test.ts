import { describe, expect, test } from 'vitest';
import { testWithPython } from '../../../test/support/python.js';
import { uniforms } from '../../../test/support/random.js';
import { maxT } from './maxT.js';
import { signFlipTest } from './signFlip.js';

const seed = 3;

/** Differences of comparisons with one baseline, whose noise they share. */
function block(comparisons: number, seeds: number, stream: number, lead: number): number[][] {
  const next = uniforms(stream);
  const baseline = Array.from({ length: seeds }, () => next() - 0.5);
  return Array.from({ length: comparisons }, (_, c) =>
    baseline.map((noise) => lead * c + next() - 0.5 - noise),
  );
}

const studies = [
  [block(4, 6, 1, 0.2)],
  [block(3, 5, 2, 0.3), block(2, 4, 3, 0.1)],
  [block(2, 3, 4, 0.4), block(1, 4, 5, 0.5), block(3, 3, 6, 0)],
];

// Every pattern of all blocks together, and successive maxima.
const reference = `
import itertools
import numpy as np

def adjusted(blocks):
    blocks = [np.array(block) for block in blocks]
    def statistics(signs):
        rows = [row for block, s in zip(blocks, signs) for row in block * s]
        return np.array([abs(np.mean(d)) / np.sqrt(np.mean(d ** 2) / len(d)) for d in rows])
    observed = statistics([np.ones(block.shape[1]) for block in blocks])
    order = np.argsort(-observed)
    patterns = [
        [np.array(s) for s in signs]
        for signs in itertools.product(*(list(itertools.product([1, -1], repeat=block.shape[1])) for block in blocks))
    ]
    drawn = np.array([statistics(signs) for signs in patterns])[:, order]
    maxima = np.maximum.accumulate(drawn[:, ::-1], axis=1)[:, ::-1]
    p = np.maximum.accumulate((maxima >= observed[order] * (1 - 1e-9)).mean(0))
    result = np.empty(len(p))
    result[order] = p
    return result.tolist()

def main(studies):
    return [adjusted(blocks) for blocks in studies]
`;

describe('maxT', () => {
  testWithPython(
    'agrees with NumPy over all joint sign patterns, for several blocks too',
    async ({ python }) => {
      const expected = (await python(reference, studies)) as number[][];
      studies.forEach((blocks, i) => {
        const found = maxT(blocks, { seed }).flat();
        expect(found.length).toBe(expected[i].length);
        found.forEach((p, j) => {
          expect(p).toBeCloseTo(expected[i][j], 10);
        });
      });
    },
  );

  test('of one comparison is the sign-flip test', () => {
    const [differences] = block(1, 9, 7, 0.3);
    const { p } = signFlipTest(differences, { seed });
    expect(maxT([[differences]], { seed })).toEqual([[p]]);
  });

  test('asks no more of comparisons that are one and the same than of one', () => {
    const differences = [0.1, 0.2, 0.3, 0.15, 0.25];
    const copies = new Array<number[]>(20).fill(differences);
    expect(maxT([copies], { seed })).toEqual([new Array<number>(20).fill(2 / 32)]);
  });

  test('gives 1 where no seed differs, beside a comparison where all do', () => {
    expect(maxT([[[0, 0, 0], [1, 2, 3]]], { seed })).toEqual([[1, 0.25]]); // prettier-ignore
  });

  test('samples patterns for many seeds, the same ones each time, and is never 0', () => {
    const rows = [
      new Array<number>(20).fill(1),
      Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 1 : -1)),
    ];
    expect(maxT([rows], { seed })).toEqual([[1e-4, 1]]);
    const many = block(3, 24, 8, 0.1);
    expect(maxT([many], { seed })).toEqual(maxT([many], { seed }));
  });

  test('refuses comparisons that do not share seeds', () => {
    expect(() => maxT([[[1, 2], [1]]], { seed })).toThrow('expected 2 differences in every comparison, found 1'); // prettier-ignore
  });
});
