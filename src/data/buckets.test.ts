import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketedOrder } from './batchOrder.js';
import { bucketOf, chooseBuckets, type LengthBuckets, planBuckets, shapesOf } from './buckets.js';

const LENGTHS = fc
  .array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 120 })
  .map((lengths) => Int32Array.from(lengths));
const BATCH_SIZE = fc.integer({ min: 1, max: 12 });
const OPTION = fc.oneof(
  fc.constantFrom<LengthBuckets>('auto', 'none'),
  fc.integer({ min: 1, max: 9 }),
) satisfies fc.Arbitrary<LengthBuckets>;

function repeated(...runs: readonly (readonly [times: number, length: number])[]): Int32Array {
  return Int32Array.from(runs.flatMap(([times, length]) => Array<number>(times).fill(length)));
}

/** Steps when every recording is padded to its bucket. */
function paddedSteps(lengths: Int32Array, boundaries: readonly number[]): number {
  return lengths.reduce((sum, length) => sum + boundaries[bucketOf(boundaries, length)], 0);
}

/** All choices of at most `maximum` of the lengths, the longest among them. */
function choicesOf(lengths: Int32Array, maximum: number): number[][] {
  const [longest, ...others] = [...new Set(lengths.map((length) => Math.max(1, length)))].sort(
    (a, b) => b - a,
  );
  return others
    .reduce<number[][]>((all, length) => [...all, ...all.map((subset) => [length, ...subset])], [[longest]])
    .filter((subset) => subset.length <= maximum);
}

describe('planned buckets', () => {
  it('have the fewest padded steps', () => {
    const lengths = repeated([3, 1], [2, 10], [1, 100]);
    expect(planBuckets(lengths, 1)).toEqual([100]);
    expect(planBuckets(lengths, 2)).toEqual([10, 100]);
    expect(planBuckets(lengths, 3)).toEqual([1, 10, 100]);
    expect(planBuckets(lengths, 9)).toEqual([1, 10, 100]);
  });

  it('have as few padded steps as the best of all choices', () => {
    const few = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(few, fc.integer({ min: 1, max: 5 }), (list, maximum) => {
        const lengths = Int32Array.from(list);
        const boundaries = planBuckets(lengths, maximum);
        expect(boundaries.length).toBeLessThanOrEqual(maximum);
        expect(boundaries).toEqual([...new Set(boundaries)].sort((a, b) => a - b));
        expect(boundaries.at(-1)).toBe(Math.max(1, ...list));
        expect(paddedSteps(lengths, boundaries)).toBe(
          Math.min(...choicesOf(lengths, maximum).map((choice) => paddedSteps(lengths, choice))),
        );
      }),
    );
  });

  it('have a step even where no recording has one', () => {
    expect(planBuckets(Int32Array.of(0, 0), 3)).toEqual([1]);
    expect(planBuckets(new Int32Array(), 3)).toEqual([1]);
  });

  it('are within a hundredth of a percent of the best where thousands of lengths are thinned out', () => {
    const lengths = Int32Array.from({ length: 3000 }, (_, i) => i + 1);
    const boundaries = planBuckets(lengths, 2);
    expect(boundaries).toHaveLength(2);
    expect(boundaries[1]).toBe(3000);
    const best = 1500 * 1500 + 1500 * 3000;
    expect(paddedSteps(lengths, boundaries)).toBeLessThan(1.0001 * best);
  });

  it('of a million recordings take seconds at most', () => {
    const lengths = Int32Array.from({ length: 1e6 }, (_, i) => 50 + ((i * i) % 9973));
    const began = performance.now();
    expect(planBuckets(lengths, 8)).toHaveLength(8);
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it('are at least one', () => {
    expect(() => planBuckets(Int32Array.of(3), 0)).toThrow(
      'The number of length buckets is 0, expected a whole number from 1.',
    );
  });
});

describe('chosen buckets', () => {
  it('tell all shapes of an epoch and the share of padding, with what moves up to the next bucket', () => {
    const { boundaries, shapes, paddingShare, unbucketedPaddingShare } = chooseBuckets(
      repeated([3, 2], [4, 4]),
      2,
      2,
    );
    expect(boundaries).toEqual([2, 4]);
    expect(shapes).toEqual([
      { rows: 2, time: 2, batches: 1 },
      { rows: 2, time: 4, batches: 2 },
      { rows: 1, time: 4, batches: 1 },
    ]);
    expect(paddingShare).toBeCloseTo(2 / 24, 12);
    expect(unbucketedPaddingShare).toBeCloseTo(6 / 28, 12);
  });

  it('are by default the fewest that leave a tenth of padding', () => {
    expect(chooseBuckets(repeated([40, 9], [40, 10]), 'auto', 2).boundaries).toEqual([10]);
    expect(chooseBuckets(repeated([40, 5], [40, 9], [40, 10]), 'auto', 2).boundaries).toEqual([5, 10]);
    expect(chooseBuckets(repeated([60, 7]), 'auto', 2).boundaries).toEqual([7]);
  });

  it('are by default at most eight, with two full batches each', () => {
    const spread = Int32Array.from({ length: 1000 }, (_, i) => 1 + i);
    expect(chooseBuckets(spread, 'auto', 4).boundaries).toHaveLength(8);
    expect(chooseBuckets(repeated([4, 2], [4, 4]), 'auto', 2).boundaries).toEqual([2, 4]);
    expect(chooseBuckets(repeated([4, 2], [4, 4]), 'auto', 3).boundaries).toEqual([4]);
    fc.assert(
      fc.property(LENGTHS, BATCH_SIZE, (lengths, batchSize) => {
        const { boundaries, shapes } = chooseBuckets(lengths, 'auto', batchSize);
        const full = shapes.filter(({ rows }) => rows === batchSize);
        for (const time of full.length === 0 ? [] : boundaries) {
          const batches = full.find((shape) => shape.time === time)?.batches;
          expect(batches).toBeGreaterThanOrEqual(Math.min(2, Math.floor(lengths.length / batchSize)));
        }
      }),
    );
  });

  it('are one with none, and exactly as many as a number says where the lengths differ enough', () => {
    const lengths = Int32Array.from({ length: 100 }, (_, i) => 1 + i);
    expect(chooseBuckets(lengths, 'none', 4).boundaries).toEqual([100]);
    expect(chooseBuckets(lengths, 11, 4).boundaries).toHaveLength(11);
  });

  it('have as few padded steps as the best choice of padded lengths, for the batches that there will be', () => {
    const few = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(few, BATCH_SIZE, fc.integer({ min: 1, max: 4 }), (list, batchSize, maximum) => {
        const lengths = Int32Array.from(list);
        const steps = (boundaries: readonly number[]): number =>
          shapesOf({ lengths, boundaries, batchSize }).reduce(
            (sum, { rows, time, batches }) => sum + rows * time * batches,
            0,
          );
        const { boundaries, batches } = chooseBuckets(lengths, maximum, batchSize);
        expect(batches).toBe(Math.ceil(list.length / batchSize));
        expect(boundaries.length).toBeLessThanOrEqual(maximum);
        expect(steps(boundaries)).toBe(Math.min(...choicesOf(lengths, maximum).map(steps)));
      }),
    );
  });

  it('leave out those for which no batch is left', () => {
    const { boundaries, shapes } = chooseBuckets(repeated([3, 2], [5, 4]), 2, 4);
    expect(boundaries).toEqual([4]);
    expect(shapes).toEqual([{ rows: 4, time: 4, batches: 2 }]);
  });

  it('are what the batches of an epoch come to: shapes, and padding that is no more than without buckets', () => {
    fc.assert(
      fc.property(LENGTHS, BATCH_SIZE, OPTION, fc.nat(), (lengths, batchSize, option, seed) => {
        const plan = chooseBuckets(lengths, option, batchSize);
        const { boundaries } = plan;
        const batches = bucketedOrder({ lengths, boundaries, batchSize, seed, epoch: 3 });
        const steps = batches.reduce((sum, { rows, time }) => sum + rows * time, 0);
        const valid = lengths.reduce((sum, length) => sum + length, 0);
        expect(plan.paddingShare).toBeCloseTo(1 - valid / steps, 12);
        expect(plan.paddingShare).toBeLessThanOrEqual(plan.unbucketedPaddingShare);
        const shapes = new Set(batches.map(({ rows, time }) => `${rows} × ${time}`));
        expect(new Set(plan.shapes.map(({ rows, time }) => `${rows} × ${time}`))).toEqual(shapes);
        expect(plan.shapes).toHaveLength(shapes.size);
        expect(plan.shapes).toEqual(shapesOf({ lengths, boundaries, batchSize }));
        expect(new Set(boundaries)).toEqual(new Set(plan.shapes.map(({ time }) => time)));
      }),
    );
  });
});
