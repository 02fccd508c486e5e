import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { balancedOrder, balancedSample, chooseBalancedBuckets } from './balanced.js';
import { type LengthBuckets } from './buckets.js';

/** Classes of any sizes, one of the declared ones without recordings, and lengths that depend on the class. */
const CASE = fc.record({
  labels: fc
    .array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 80 })
    .map((labels) => Int32Array.from(labels, (label) => (label === 3 ? 7 : label))),
  spread: fc.integer({ min: 1, max: 30 }),
  batchSize: fc.integer({ min: 1, max: 12 }),
  option: fc.oneof(
    fc.constantFrom<LengthBuckets>('auto', 'none'),
    fc.integer({ min: 1, max: 6 }),
  ) satisfies fc.Arbitrary<LengthBuckets>,
});

function lengthsFor(labels: Int32Array, spread: number): Int32Array {
  return labels.map((label, i) => label + ((i * 7) % spread));
}

function countsOf(sample: Iterable<number>, labels: Int32Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (const recording of sample) counts.set(labels[recording], (counts.get(labels[recording]) ?? 0) + 1);
  return counts;
}

function spreadOf(counts: Iterable<number>): number {
  const all = [...counts];
  return Math.max(...all) - Math.min(...all);
}

describe('a balanced sample', () => {
  it('has as many draws as there are recordings, each class equally often to one, in an epoch and over all so far', () => {
    fc.assert(
      fc.property(CASE, fc.nat(), ({ labels }, seed) => {
        const classes = new Set(labels).size;
        const all: number[] = [];
        for (let epoch = 1; epoch <= 6; epoch++) {
          const sample = balancedSample({ labels, seed, epoch });
          expect(sample).toHaveLength(labels.length);
          const counts = countsOf(sample, labels);
          expect(counts.size).toBe(classes);
          expect(spreadOf(counts.values())).toBeLessThanOrEqual(1);
          all.push(...sample);
          expect(spreadOf(countsOf(all, labels).values())).toBeLessThanOrEqual(1);
          if (epoch === classes) expect(spreadOf(countsOf(all, labels).values())).toBe(0);
        }
      }),
    );
  });

  it('draws no recording again before all of its class were drawn', () => {
    fc.assert(
      fc.property(CASE, fc.nat(), ({ labels }, seed) => {
        const times = new Int32Array(labels.length);
        for (let epoch = 1; epoch <= 6; epoch++) {
          for (const recording of balancedSample({ labels, seed, epoch })) {
            const ofClass = times.filter((_, other) => labels[other] === labels[recording]);
            expect(times[recording]).toBe(Math.min(...ofClass));
            times[recording]++;
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it('has every recording once where the classes are equal, in another order in every epoch and for every seed', () => {
    const labels = Int32Array.from({ length: 12 }, (_, i) => i % 3);
    const draw = (seed: number, epoch: number): Int32Array => balancedSample({ labels, seed, epoch });
    expect(draw(1, 5).slice().sort()).toEqual(Int32Array.from(labels.keys()));
    expect(draw(1, 5)).toEqual(draw(1, 5));
    expect(draw(1, 5)).not.toEqual(draw(1, 6));
    expect(draw(1, 5)).not.toEqual(draw(2, 5));
  });

  it('draws half of 12 recordings from the class with 3 of them: each twice, and the large class in one epoch and a half', () => {
    const labels = Int32Array.of(0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1);
    const [first, second] = [1, 2].map((epoch) => balancedSample({ labels, seed: 3, epoch }));
    expect(Array.from(first.subarray(0, 6)).sort()).toEqual([0, 0, 1, 1, 2, 2]);
    const large = [...first.subarray(6), ...second.subarray(6)];
    expect(large.slice(0, 9).sort((a, b) => a - b)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('needs a class for every recording, and counts epochs from 1', () => {
    expect(() => balancedSample({ labels: Int32Array.of(0, -1), seed: 1, epoch: 1 })).toThrow(
      'Recording 1 has no class, which balanced sampling needs.',
    );
    expect(() => balancedSample({ labels: Int32Array.of(0), seed: 1, epoch: 0 })).toThrow(
      'The epoch is 0, expected a whole number from 1.',
    );
  });
});

describe('the batches of balanced sampling', () => {
  it('hold the draws of the epoch, as many batches as planned, each long enough and of a planned shape', () => {
    fc.assert(
      fc.property(CASE, fc.nat(), ({ labels, spread, batchSize, option }, seed) => {
        const lengths = lengthsFor(labels, spread);
        const plan = chooseBalancedBuckets({ labels, lengths }, option, batchSize);
        const planned = new Set(plan.shapes.map(({ rows, time }) => `${rows} × ${time}`));
        expect(planned.size).toBe(plan.shapes.length);
        for (let epoch = 1; epoch <= 4; epoch++) {
          const sample = { labels, seed, epoch };
          const batches = balancedOrder({ ...sample, lengths, boundaries: plan.boundaries, batchSize });
          expect(batches).toHaveLength(plan.batches);
          expect(batches.flatMap(({ indices }) => [...indices]).sort()).toEqual(
            [...balancedSample(sample)].sort(),
          );
          for (const { indices, rows, time } of batches) {
            expect(indices).toHaveLength(rows);
            expect(indices.every((index) => lengths[index] <= time)).toBe(true);
            expect(planned).toContain(`${rows} × ${time}`);
          }
        }
      }),
    );
  });

  it('are planned for the lengths that will be drawn: those of a small class that is drawn often', () => {
    // 90 recordings of 10 steps, 10 of 100: half of the draws are long.
    const labels = Int32Array.from({ length: 100 }, (_, i) => (i < 90 ? 0 : 1));
    const lengths = labels.map((label) => (label === 0 ? 10 : 100));
    const plan = chooseBalancedBuckets({ labels, lengths }, 'auto', 10);
    expect(plan).toEqual({
      boundaries: [10, 100],
      shapes: [
        { rows: 10, time: 10, batches: 5 },
        { rows: 10, time: 100, batches: 5 },
      ],
      batches: 10,
      paddingShare: 0,
      unbucketedPaddingShare: 1 - (50 * 10 + 50 * 100) / (100 * 100),
    });
  });

  it('leave no more padding over many epochs than was told beforehand', () => {
    // Lengths 1 to 100 in the large class, 41 to 60 in the small one.
    const labels = Int32Array.from({ length: 1000 }, (_, i) => (i < 900 ? 0 : 1));
    const lengths = labels.map((label, i) => (label === 0 ? 1 + (i % 100) : 41 + (i % 20)));
    const { boundaries, paddingShare } = chooseBalancedBuckets({ labels, lengths }, 'auto', 32);
    let [steps, valid] = [0, 0];
    for (let epoch = 1; epoch <= 50; epoch++) {
      for (const { indices, rows, time } of balancedOrder({
        ...{ labels, lengths, boundaries, batchSize: 32, seed: 1, epoch },
      })) {
        steps += rows * time;
        for (const index of indices) valid += lengths[index];
      }
    }
    expect(Math.abs(1 - valid / steps - paddingShare)).toBeLessThan(0.02);
  });
});
