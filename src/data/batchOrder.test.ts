import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketedOrder, type PlannedBatch, predictionBatches } from './batchOrder.js';
import { chooseBuckets, planBuckets, shapesOf } from './buckets.js';

const CASE = fc.record({
  lengths: fc
    .array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 120 })
    .map((lengths) => Int32Array.from(lengths)),
  batchSize: fc.integer({ min: 1, max: 12 }),
  maximum: fc.integer({ min: 1, max: 6 }),
});

function sorted(batches: readonly PlannedBatch[]): number[] {
  return batches.flatMap(({ indices }) => Array.from(indices)).sort((a, b) => a - b);
}

function isLongEnough(lengths: Int32Array, { indices, time }: PlannedBatch): boolean {
  return indices.every((index) => lengths[index] <= time);
}

describe('the batches of an epoch of training', () => {
  // 15 recordings of 2 steps, 13 of 4, 22 of 6: in batches of 10, 5 and then 8 move up.
  const lengths = Int32Array.from({ length: 50 }, (_, i) => (i < 15 ? 2 : i < 28 ? 4 : 6));
  const epochs = (count: number): PlannedBatch[][] =>
    Array.from({ length: count }, (_, epoch) =>
      bucketedOrder({ lengths, boundaries: [2, 4, 6], batchSize: 10, seed: 1, epoch }),
    );

  it('hold every recording once, in full batches but for one, padded to its bucket', () => {
    fc.assert(
      fc.property(CASE, fc.nat(), fc.nat(), ({ lengths, batchSize, maximum }, seed, epoch) => {
        const boundaries = planBuckets(lengths, maximum);
        const batches = bucketedOrder({ lengths, boundaries, batchSize, seed, epoch });
        expect(batches).toHaveLength(Math.ceil(lengths.length / batchSize));
        expect(sorted(batches)).toEqual(Array.from(lengths, (_, i) => i));
        expect(batches.every((batch) => isLongEnough(lengths, batch))).toBe(true);
        expect(batches.every(({ rows, indices }) => rows === indices.length)).toBe(true);
        const partial = batches.filter(({ rows }) => rows !== batchSize);
        const rest = lengths.length % batchSize;
        expect(partial.map(({ rows, time }) => [rows, time])).toEqual(
          rest === 0 ? [] : [[rest, boundaries.at(-1)]],
        );
      }),
    );
  });

  it('have the same shapes in every epoch, each as often as was told beforehand', () => {
    fc.assert(
      fc.property(CASE, fc.nat(), fc.nat(), ({ lengths, batchSize, maximum }, seed, epoch) => {
        const boundaries = planBuckets(lengths, maximum);
        const counts = new Map<string, number>();
        for (const { rows, time } of bucketedOrder({ lengths, boundaries, batchSize, seed, epoch })) {
          counts.set(`${rows} × ${time}`, (counts.get(`${rows} × ${time}`) ?? 0) + 1);
        }
        const told = shapesOf({ lengths, boundaries, batchSize });
        expect(new Map(told.map(({ rows, time, batches }) => [`${rows} × ${time}`, batches]))).toEqual(
          counts,
        );
      }),
    );
  });

  it('are drawn anew for every epoch and every seed, and repeat for the same', () => {
    const order = (seed: number, epoch: number): PlannedBatch[] =>
      bucketedOrder({ lengths, boundaries: [2, 4, 6], batchSize: 10, seed, epoch });
    expect(order(1, 2)).toEqual(order(1, 2));
    expect(order(1, 2)).not.toEqual(order(1, 3));
    expect(order(1, 2)).not.toEqual(order(2, 2));
  });

  it('bring each recording together with all others of its bucket and many of the longer ones', () => {
    const met = Array.from(lengths, () => new Set<number>());
    for (const { indices } of epochs(100).flat()) {
      for (const index of indices) for (const other of indices) met[index].add(other);
    }
    for (const [index, others] of met.entries()) {
      const own = Array.from(lengths.keys()).filter((other) => lengths[other] === lengths[index]);
      expect(own.every((other) => others.has(other))).toBe(true);
      expect(others.size).toBeGreaterThan(40);
    }
  });

  it('let every recording of a bucket move up equally often, wherever it came from', () => {
    const longest = new Int32Array(lengths.length);
    for (const { indices, time } of epochs(1000).flat()) {
      if (time === 6) for (const index of indices) longest[index]++;
    }
    // A short one moves up twice with probability 5/15 · 8/18, a middle one once with 8/18. Five deviations.
    for (const [index, times] of longest.entries()) {
      const probability = lengths[index] === 2 ? (5 / 15) * (8 / 18) : lengths[index] === 4 ? 8 / 18 : 1;
      const deviation = Math.sqrt(1000 * probability * (1 - probability));
      expect(Math.abs(times - 1000 * probability)).toBeLessThanOrEqual(5 * deviation);
    }
  });

  it.each([
    [25, 1],
    [26, 2],
    [27, 3],
  ])('give all of %i recordings the same weight, though %i share a smaller batch', (size, rest) => {
    // In a mean over a batch each recording has one part in as many as there are rows. Lengths are 1 to 9.
    const lengths = Int32Array.from({ length: size }, (_, i) => 1 + (i % 9));
    const [batchSize, times] = [4, 2000];
    const { boundaries } = chooseBuckets(lengths, 4, batchSize);
    expect(boundaries.length).toBeGreaterThan(2);
    const weights = new Float64Array(size);
    for (let epoch = 0; epoch < times; epoch++) {
      for (const { indices, rows } of bucketedOrder({ lengths, boundaries, batchSize, seed: 1, epoch })) {
        for (const index of indices) weights[index] += 1 / rows;
      }
    }
    const probability = rest / size;
    const expected = times * (probability / rest + (1 - probability) / batchSize);
    const deviation = Math.sqrt(times * probability * (1 - probability)) * (1 / rest - 1 / batchSize);
    for (const weight of weights) expect(Math.abs(weight - expected)).toBeLessThanOrEqual(5 * deviation);
    // Five deviations are a few percent at most.
    expect(5 * deviation).toBeLessThan(0.06 * expected);
  });

  it('keep their shapes when the rest, which moves the others down, is all of the shortest or all of the longest', () => {
    const lengths = Int32Array.of(1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
    const seen = new Set<string>();
    for (let epoch = 0; epoch < 2000; epoch++) {
      const batches = bucketedOrder({ lengths, boundaries: [1, 2, 3], batchSize: 4, seed: 1, epoch });
      expect(batches.map(({ rows, time }) => `${rows}×${time}`).sort()).toEqual(['3×3', '4×2', '4×3']);
      const rest = batches.find(({ rows }) => rows === 3);
      seen.add(Array.from(rest?.indices ?? [], (index) => lengths[index]).join(''));
    }
    expect(seen).toContain('111');
    expect(seen).toContain('333');
  });

  it('come in mixed order: a short, a middle and the smaller batch are equally often at every place', () => {
    const places = 5;
    const counts = { short: new Int32Array(places), middle: new Int32Array(places) };
    for (const batches of epochs(1000)) {
      expect(batches).toHaveLength(places);
      counts.short[batches.findIndex(({ time }) => time === 2)]++;
      counts.middle[batches.findIndex(({ time }) => time === 4)]++;
    }
    const deviation = Math.sqrt((1000 / places) * (1 - 1 / places));
    for (const count of [...counts.short, ...counts.middle]) {
      expect(Math.abs(count - 1000 / places)).toBeLessThanOrEqual(5 * deviation);
    }
  });

  it('hold at least one recording each, and none that is longer than the last bucket', () => {
    const options = { lengths, boundaries: [2, 4, 6], batchSize: 10, seed: 1, epoch: 1 };
    expect(() => bucketedOrder({ ...options, batchSize: 0 })).toThrow(
      'The batch size is 0, expected a whole number from 1.',
    );
    expect(() => bucketedOrder({ ...options, boundaries: [2, 5] })).toThrow(
      'A recording has 6 steps; the longest bucket has 5.',
    );
  });
});

describe('the batches of a set to evaluate', () => {
  it('hold neighbours in length, the longest first, and empty rows at the end', () => {
    const batches = predictionBatches(Int32Array.of(7, 1, 9, 3, 2), 2, 2);
    expect(batches.map(({ indices, rows, time }) => [Array.from(indices), rows, time])).toEqual([
      [[2, 0], 2, 9],
      [[3, 4], 2, 3],
      [[1], 2, 3],
    ]);
  });

  it('hold every recording once, all with as many rows, padded to few lengths', () => {
    fc.assert(
      fc.property(CASE, ({ lengths, batchSize, maximum }) => {
        const batches = predictionBatches(lengths, batchSize, maximum);
        expect(batches).toHaveLength(Math.ceil(lengths.length / batchSize));
        expect(sorted(batches)).toEqual(Array.from(lengths, (_, i) => i));
        expect(batches.every((batch) => isLongEnough(lengths, batch))).toBe(true);
        expect(new Set(batches.map(({ rows }) => rows))).toEqual(
          new Set([Math.min(batchSize, lengths.length)]),
        );
        expect(new Set(batches.map(({ time }) => time)).size).toBeLessThanOrEqual(maximum);
      }),
    );
  });

  it('are none for an empty set', () => {
    expect(predictionBatches(new Int32Array(), 4, 2)).toEqual([]);
  });
});
