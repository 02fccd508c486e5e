// Times of steps, and labels that change within a recording: kept where asked for, in every format that has them.
import { expect, it } from 'vitest';
import { dataFiles, valuesOf } from '../../../test/support/dataFiles.js';
import { doubles, floats, integers, npy, zip } from '../../../test/support/npyFiles.js';
import { loadRecordings } from '../load.js';
import type { Recordings } from '../recordings.js';

const { load, read } = dataFiles();

function archive(arrays: Record<string, Buffer>): Buffer {
  return zip(Object.fromEntries(Object.entries(arrays).map(([name, array]) => [`${name}.npy`, array])));
}

function timesOf({ times }: Recordings): number[] {
  return Array.from(times ?? []);
}

it('times are kept in the order of the recordings, though rows of a long CSV are mixed', async () => {
  const rows = 'id,t,label,x\na,0,p,1\nb,5,q,10\na,0.5,p,2\nb,6,q,20\n';
  const kept = await load('mixed.csv', rows, { times: 'keep' });
  expect(valuesOf(kept, 0)).toEqual([1, 2]);
  expect(timesOf(kept)).toEqual([0, 0.5, 5, 6]);
  expect((await load('mixed.csv', rows)).times).toBeUndefined();
});

it.each([
  ['dates.csv', 'id,time,label,x\na,2026-01-01 00:00:00.5,p,1\na,2026-01-01T00:00:01Z,p,2\n'],
  ['dates.jsonl', '{"label": "p", "time": ["2026-01-01 00:00:00.5", "2026-01-01T00:00:01Z"], "x": [1, 2]}\n'],
  [
    'dates.ts',
    '@timeStamps true\n@classLabel true p\n@data\n(2026-01-01 00:00:00.5,1),(2026-01-01 00:00:01,2):p\n',
  ],
])('dates are seconds since 1970: %s', async (name, content) => {
  const kept = await load(name, content, { times: 'keep' });
  expect(timesOf(kept)).toEqual([1767225600.5, 1767225601]);
  expect(valuesOf(kept, 0)).toEqual([1, 2]);
});

it('a .ts file with time stamps is read with or without keeping them', async () => {
  const content =
    '@timeStamps true\n@missing true\n@classLabel true p q\n@data\n' +
    '(0,1),(1.5,2):(0,-1e-1),(1.5,?):q\n(3,4) , (4,5):(3,6),(4,7):p\n';
  const kept = await load('stamps.ts', content, { times: 'keep', missing: 'report' });
  expect(timesOf(kept)).toEqual([0, 1.5, 3, 4]);
  expect(valuesOf(kept, 0)).toEqual([1, Math.fround(-0.1), 2, NaN]);
  expect(valuesOf(kept, 1)).toEqual([4, 6, 5, 7]);
  expect(Array.from(kept.labels)).toEqual([1, 0]);
  const { times, ...others } = kept;
  expect(times).toHaveLength(4);
  expect(await load('stamps.ts', content, { missing: 'report' })).toEqual(others);
});

it('a NumPy archive has a time a step, as the values have steps; a list is that of all recordings', async () => {
  const values = npy('<f4', '(2, 2, 1)', floats(1, 2, 3, 4));
  const withTimes = (shape: string, ...times: number[]) =>
    archive({ values, times: npy('<f8', shape, doubles(...times)) });
  const each = await load('each.npz', withTimes('(2, 2)', 0, 0.1, 5, 6), {
    times: 'keep',
    labels: 'optional',
  });
  expect(timesOf(each)).toEqual([0, 0.1, 5, 6]);
  const all = await load('all.npz', withTimes('(2,)', 0, 0.1), { times: 'keep', labels: 'optional' });
  expect(timesOf(all)).toEqual([0, 0.1, 0, 0.1]);
  const last = withTimes('(2, 2)', 0, 1, 7, 7);
  expect((await read('twice.npz', last)).problems).toEqual([
    {
      line: 0,
      message:
        'recording "1": the time "7" occurs twice. Remove one of the steps, or say with data.timestamps.duplicates which counts.',
    },
  ]);
  expect(timesOf(await load('twice.npz', last, { times: 'keep-unordered', labels: 'optional' }))).toEqual([
    0, 1, 7, 7,
  ]);
  expect((await read('shape.npz', withTimes('(3,)', 0, 1, 2))).problems[0].message).toBe(
    '"times" has the shape (3,), expected (2, 2) as the values have: [recordings, time], one time a step.',
  );
  // What stands beyond the lengths is padding.
  const padded = {
    lengths: npy('<i4', '(2,)', integers(2, 1)),
    times: npy('<f8', '(2, 2)', doubles(0, 1, 7, NaN)),
  };
  expect(
    timesOf(await load('padded.npz', archive({ values, ...padded }), { times: 'keep', labels: 'optional' })),
  ).toEqual([0, 1, 7]);
});

it.each([
  ['loose.csv', 'id,t,x\na,2,1\na,0,2\na,2,3\n'],
  ['loose.jsonl', '{"t": [2, 0, 2], "x": [1, 2, 3]}\n'],
  ['loose.ts', '@timeStamps true\n@classLabel false\n@data\n(2,1),(0,2),(2,3)\n'],
])('times are kept in any order where that is asked for: %s', async (name, content) => {
  const kept = await load(name, content, { times: 'keep-unordered', labels: 'optional' });
  expect(timesOf(kept)).toEqual([2, 0, 2]);
  expect((await read(name, content, { times: 'keep' })).problemCount).toBeGreaterThan(0);
});

it.each([
  ['changing.csv', 'id,label,x\na,sit,1\na,run,2\na,run,3\na,,4\nb,sit,5\n'],
  [
    'changing.jsonl',
    '{"id": "a", "label": ["sit", "run", "run", "?"], "x": [1, 2, 3, 4]}\n{"id": "b", "label": "sit", "x": [5]}\n',
  ],
])('a label may change within a recording where steps have labels: %s', async (name, content) => {
  const recordings = await load(name, content, { labelsPer: 'step' });
  expect(recordings.classes).toEqual(['run', 'sit']);
  expect(Array.from(recordings.stepLabels ?? [])).toEqual([1, 0, 0, -1, 1]);
  expect(Array.from(recordings.labels)).toEqual([0, 1]);
  expect(valuesOf(recordings, 0)).toEqual([1, 2, 3, 4]);
  await expect(load(name, content)).rejects.toThrow(/label/);
});

it('NumPy arrays may have a label a step, padded or one recording after another', async () => {
  const labels = ['sit', 'run', 'run', '?', 'sit', 'no', 'no', 'no'];
  const texts = (from: number, to: number): Buffer => {
    const codes = labels.slice(from, to).flatMap((text) => [0, 1, 2].map((i) => text.charCodeAt(i) || 0));
    return Buffer.from(Uint32Array.from(codes).buffer);
  };
  const padded = archive({
    values: npy('<f4', '(2, 4)', floats(1, 2, 3, 4, 5, 0, 0, 0)),
    lengths: npy('<i4', '(2,)', integers(4, 1)),
    labels: npy('<U3', '(2, 4)', texts(0, 8)),
  });
  const joined = archive({
    values: npy('<f4', '(5,)', floats(1, 2, 3, 4, 5)),
    offsets: npy('<i4', '(3,)', integers(0, 4, 5)),
    y: npy('<U3', '(5,)', texts(0, 5)),
  });
  for (const content of [padded, joined]) {
    const recordings = await load('labels.npz', content, { labelsPer: 'step' });
    expect(recordings.classes).toEqual(['run', 'sit']);
    expect(Array.from(recordings.stepLabels ?? [])).toEqual([1, 0, 0, -1, 1]);
    expect(Array.from(recordings.labels)).toEqual([0, 1]);
  }
  expect((await read('labels.npz', padded)).problems[0].message).toBe(
    '"labels" has the shape (2, 4), expected a list with one axis, of one class for each of 2 recordings. With data.windows, ' +
      'each step may have its own.',
  );
});

it('Parquet files with a row a recording may have lists of labels, and of times, texts too', async () => {
  const file = 'test/fixtures/parquet/lists-of-steps.parquet';
  const recordings = await loadRecordings(file, { labelsPer: 'step', times: 'keep' });
  expect(recordings).toMatchObject({ classes: ['run', 'sit'], ids: ['a', 'b'], channelNames: ['x'] });
  expect(Array.from(recordings.stepLabels ?? [])).toEqual([1, 0, -1, 1]);
  expect(timesOf(recordings)).toEqual([1767225600.5, 1767225601, 1767225602, 1767312000]);
  await expect(loadRecordings(file)).rejects.toThrow(
    'column "label" holds lists of texts, expected one text or number a row. With data.windows, it may hold a list of labels',
  );
});

it('labels of steps are not kept where none changes', async () => {
  const recordings = await load('constant.csv', 'id,label,x\na,sit,1\na,sit,2\n', { labelsPer: 'step' });
  expect(recordings.stepLabels).toBeUndefined();
});

it('files read together have times in all, or in none', async () => {
  await load('with.csv', 'id,t,label,x\na,0,p,1\n');
  await load('without.csv', 'id,label,x\nb,p,1\n');
  const { files } = await load('with.csv', 'id,t,label,x\na,0,p,1\n');
  const both = [files[0], files[0].replace('with.csv', 'without.csv')];
  await expect(loadRecordings(both, { times: 'keep' })).rejects.toThrow(
    /without\.csv has none; name the time/,
  );
  expect((await loadRecordings(both)).times).toBeUndefined();
});
