// Missing values, times and resampling, against pandas 2.3.3 and numpy.interp, whose results stand here as literals.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dataFiles, valuesOf } from '../../test/support/dataFiles.js';
import { addMissingIndicators, fillMissing } from './missing.js';
import { fitNormalization, normalize } from './normalization.js';
import { loadPrepared, type Preparation } from './preparation.js';
import { allValues, lengthOf, type Recordings, recordingsFromArrays } from './recordings.js';
import { resample } from './resampling.js';
import { arrangeTimes, checkGaps, segmentsOf } from './timestamps.js';

const { load } = dataFiles();

/** One recording of one channel. */
function series(times: readonly number[], values: readonly number[]): Recordings {
  return { ...recordingsFromArrays([values.map((value) => [value])]), times: Float64Array.from(times) };
}

function round(values: Iterable<number>): number[] {
  return Array.from(values, (value) => Number(value.toPrecision(6)));
}

const nothing: Preparation = {
  timestamps: { duplicates: 'error', unordered: 'error' },
  missing: 'error',
  resampling: 'none',
  windows: 'none',
};

describe('missing values', () => {
  const gappy = series([0, 1, 3, 4, 8, 9.5], [NaN, 2, NaN, NaN, 12, NaN]);

  it('are interpolated over time, or over steps without times, as pandas does', () => {
    const filled = fillMissing(gappy, 'interpolate', 'none');
    expect(round(allValues(filled))).toEqual([2, 2, 4.85714, 6.28571, 12, 12]);
    const { times, ...timeless } = gappy;
    expect(times).toHaveLength(6);
    expect(round(allValues(fillMissing(timeless, 'interpolate', undefined)))).toEqual([
      2, 2, 5.33333, 8.66667, 12, 12,
    ]);
  });

  it('are carried forward, the first value back to the start, as ffill().bfill() does', () => {
    expect(Array.from(allValues(fillMissing(gappy, 'carry-forward', 'none')))).toEqual([2, 2, 2, 2, 12, 12]);
  });

  it('take nothing from another channel, another recording or the other side of a gap', () => {
    const two = recordingsFromArrays([
      [
        [1, 10],
        [NaN, NaN],
      ],
      [
        [NaN, 30],
        [5, 40],
      ],
    ]);
    expect(Array.from(allValues(fillMissing(two, 'carry-forward', 'none')))).toEqual([
      1, 10, 1, 10, 5, 30, 5, 40,
    ]);
    const parted = series([0, 1, 2, 9, 10, 11], [1, 2, NaN, NaN, 8, 9]);
    expect(Array.from(allValues(fillMissing(parted, 'interpolate', 3)))).toEqual([1, 2, 2, 8, 8, 9]);
  });

  it('are an error that names the channel of a recording without any value', () => {
    const empty = recordingsFromArrays(
      [
        [
          [1, NaN],
          [2, NaN],
        ],
      ],
      { ids: ['door'], channelNames: ['x', 'y'] },
    );
    expect(() => fillMissing(empty, 'interpolate', 'none')).toThrow(
      /^recording door, channel y: every value is missing/,
    );
  });

  it('with an indicator are the mean after normalisation, to which they do not count, and every channel has one', () => {
    const recordings = recordingsFromArrays(
      [
        [
          [1, 5],
          [NaN, 5],
          [3, 5],
        ],
      ],
      { channelNames: ['x', 'y'] },
    );
    const normalization = fitNormalization(recordings, [0], 'channel');
    expect(normalization).toEqual({ kind: 'channel', mean: [2, 5], std: [1, 0] });
    const widened = addMissingIndicators(normalize(recordings, normalization));
    expect(widened.channelNames).toEqual(['x', 'y', 'x missing', 'y missing']);
    expect(valuesOf(widened, 0)).toEqual([-1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0]);
  });
});

describe('times', () => {
  const loose: Recordings = {
    ...recordingsFromArrays([
      [
        [1, 1],
        [2, 2],
        [NaN, 3],
        [4, 4],
        [6, 5],
      ],
    ]),
    times: Float64Array.of(2, 0, 2, 1, 0),
  };

  it.each([
    ['first', [2, 2, 4, 4, 1, 1]],
    ['last', [6, 5, 4, 4, NaN, 3]],
    ['mean', [4, 3.5, 4, 4, 1, 2]],
  ] as const)(
    'that go back or occur twice are put in order as pandas groups them: %s',
    (duplicates, expected) => {
      const arranged = arrangeTimes(loose, { duplicates, unordered: 'sort' });
      expect(Array.from(arranged.times ?? [])).toEqual([0, 1, 2]);
      expect(valuesOf(arranged, 0)).toEqual(expected);
      expect(lengthOf(arranged, 0)).toBe(3);
    },
  );

  it('are errors that name recording and step where nothing is said', () => {
    expect(() => arrangeTimes(loose, { duplicates: 'first', unordered: 'error' })).toThrow(
      /^recording 0, step 2: the time 0 comes after a later one/,
    );
    expect(() => arrangeTimes(loose, { duplicates: 'error', unordered: 'sort' })).toThrow(
      /^recording 0, step 5: the time 0 occurs twice/,
    );
  });

  it('part a recording where more than the gap lies between two steps, rounding apart', () => {
    const parted = series([0.1, 0.2, 0.3, 0.4, 1.5, 1.6], [0, 0, 0, 0, 0, 0]);
    expect(segmentsOf(parted, 0, 0.1)).toEqual([0, 4, 6]);
    expect(segmentsOf(parted, 0, 'none')).toEqual([0, 6]);
    expect(() => {
      checkGaps(parted, undefined, 'split');
    }).toThrow(
      /1\.1 lie between steps 4 and 5 \(time 0\.4\), the median is 0\.1\. Say with data\.timestamps\.gap/,
    );
    expect(() => {
      checkGaps(parted, 1, 'error');
    }).toThrow(/more than data\.timestamps\.gap \(1\) allows\. Cut recordings into windows/);
    checkGaps(parted, 1, 'split');
    checkGaps(parted, 'none', 'error');
  });
});

describe('resampling', () => {
  const uneven = series([0, 0.9, 2.5, 2.6, 4.2], [1, 4, -2, 0, 8]);

  it('is numpy.interp where linear, and the value before where previous', () => {
    const linear = resample(uneven, { period: 0.5, method: 'linear' }, 'none');
    expect(round(allValues(linear))).toEqual([1, 2.66667, 3.625, 1.75, -0.125, -2, 2, 4.5, 7]);
    expect(Array.from(linear.times ?? [])).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4]);
    const previous = resample(uneven, { period: 0.5, method: 'previous' }, 'none');
    expect(Array.from(allValues(previous))).toEqual([1, 1, 4, 4, 4, -2, 0, 0, 0]);
  });

  it('starts anew after a gap, keeps classes of steps, and leaves what is missing missing', () => {
    const parted = {
      ...series([0, 1, 2, 8, 9, 10], [0, 10, NaN, 5, 5, 7]),
      stepLabels: Int32Array.of(0, 0, 1, 1, 0, 0),
    };
    const resampled = resample(parted, { period: 0.5, method: 'linear' }, 2);
    expect(Array.from(resampled.times ?? [])).toEqual([0, 0.5, 1, 1.5, 2, 8, 8.5, 9, 9.5, 10]);
    expect(Array.from(allValues(resampled))).toEqual([0, 5, 10, NaN, NaN, 5, 5, 5, 6, 7]);
    expect(Array.from(resampled.stepLabels ?? [])).toEqual([0, 0, 0, 0, 1, 1, 1, 0, 0, 0]);
    expect(segmentsOf(resampled, 0, 2)).toEqual([0, 5, 10]);
  });

  it('gives a linear signal back, and steps at the period themselves, at times as large as dates', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 30 }),
        fc.constantFrom(0.01, 0.02, 1, 7),
        fc.constantFrom(0, 1_767_225_600.04),
        (intervals, period, start) => {
          const ticks = intervals.reduce<number[]>((all, n) => [...all, (all.at(-1) ?? 0) + n], [0]);
          const times = ticks.map((tick) => start + tick * period);
          const line = resample(series(times, ticks), { period, method: 'linear' }, 'none');
          expect(lengthOf(line, 0)).toBe((ticks.at(-1) ?? 0) + 1);
          for (const [step, value] of allValues(line).entries()) expect(value).toBeCloseTo(step, 3);
          const before = resample(series(times, ticks), { period, method: 'previous' }, 'none');
          for (const tick of ticks) expect(allValues(before)[tick]).toBe(tick);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('refuses a period in another unit than the times, and a file without times', () => {
    expect(() => resample(uneven, { period: 20, method: 'linear' }, 'none')).toThrow(
      /5 steps from time 0 to 4\.2, and would have 1 with a data\.resampling\.period of 20\. Give the period in the unit/,
    );
    expect(() => resample(uneven, { period: 1e-6, method: 'linear' }, 'none')).toThrow(
      /would have 4,200,001/,
    );
    expect(() => resample(recordingsFromArrays([[[1]]]), { period: 1, method: 'linear' }, 'none')).toThrow(
      /needs the time of each step/,
    );
  });
});

it('a file is put in order, filled and resampled, each recording by itself', async () => {
  const rows = 'id,t,label,x\na,2,p,4\na,0,p,1\na,1,p,\nb,0,q,7\nb,2,q,9\n';
  const { files } = await load('rows.csv', rows, { times: 'keep-unordered', missing: 'report' });
  const prepared = await loadPrepared(files, {
    ...nothing,
    timestamps: { duplicates: 'error', unordered: 'sort', gap: 'none' },
    missing: 'interpolate',
    resampling: { period: 1, method: 'linear' },
  });
  expect([valuesOf(prepared, 0), valuesOf(prepared, 1)]).toEqual([
    [1, 2.5, 4],
    [7, 8, 9],
  ]);
  await expect(loadPrepared(files, nothing)).rejects.toThrow(
    /rows\.csv:3: recording "a": the time "0" comes after/,
  );
});

it('what is said of times is refused where a file has none', async () => {
  const { files } = await load('timeless.csv', 'id,label,x\na,p,1\n');
  await expect(
    loadPrepared(files, { ...nothing, timestamps: { ...nothing.timestamps, gap: 1 } }),
  ).rejects.toThrow(/data\.timestamps says what to do with times, but the file has none/);
});

it('what preparation makes is in memory that threads share, so that it is not copied to them', () => {
  const made = [
    fillMissing(series([0, 1], [1, NaN]), 'carry-forward', 'none'),
    arrangeTimes(series([1, 0], [1, 2]), { duplicates: 'error', unordered: 'sort' }),
    resample(series([0, 2], [1, 2]), { period: 1, method: 'linear' }, 'none'),
  ];
  for (const set of made) expect(allValues(set).buffer).toBeInstanceOf(SharedArrayBuffer);
});
