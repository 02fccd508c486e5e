// Parquet files that pyarrow wrote (test/fixtures/parquet/write.py): one row a step, and one row a recording.
import { describe, expect, it } from 'vitest';
import { loadRecordings, type LoadOptions } from '../load.js';
import { allValues, valuesOf as readValues, type Recordings } from '../recordings.js';
import { unpackSnappy } from './parquetCodecs.js';
import { readHybrid } from './parquetLevels.js';
import { isoTime } from './parquetValues.js';
import { readRecordings } from './readRecordings.js';

const FOLDER = 'test/fixtures/parquet';

function load(name: string, options: LoadOptions = {}): Promise<Recordings> {
  return loadRecordings(`${FOLDER}/${name}.parquet`, { missing: 'report', labels: 'optional', ...options });
}

function valuesOf(recordings: Recordings, index: number): number[] {
  return Array.from(readValues(recordings, index));
}

describe('a Parquet file with a row a step', () => {
  it.each([
    ['Snappy, dictionaries and three row groups', 'steps-snappy'],
    ['no compression and no dictionaries', 'steps-plain'],
    ['gzip and pages of version 2', 'steps-gzip-v2'],
    ['Brotli and delta encodings', 'steps-delta-brotli'],
  ])('is read as a long CSV would be: %s', async (_, name) => {
    const recordings = await load(name);
    expect(recordings).toMatchObject({
      channelNames: ['x', 'n'],
      classes: ['9', '10'],
      ids: ['b', 'a'],
      groups: ['p', 'q'],
    });
    expect(Array.from(recordings.labels)).toEqual([1, 0]);
    expect(valuesOf(recordings, 0)).toEqual([1.5, 1, NaN, 2, 5, 2 ** 31]);
    expect(valuesOf(recordings, 1)).toEqual([-3.25, 3, 4, 4]);
  });

  it('may have columns of other names, and takes nulls for missing values', async () => {
    const columns = { recording: 'subject', channels: ['n'], label: 'recording_id', group: 'label' };
    const named = await load('steps-snappy', { columns, groups: 'ignore' });
    expect(named).toMatchObject({ ids: ['p', 'q'], classes: ['a', 'b'], channelNames: ['n'] });
    await expect(load('steps-plain', { missing: 'error' })).rejects.toThrow(
      /plain\.parquet: recording b, channel "x", step 2: the value is missing \(1 missing value in the file\)/,
    );
    const roles = { recording: 'subject', label: 'n', group: 'label' };
    await expect(load('steps-plain', { columns: roles })).rejects.toThrow(
      'column "recording_id" holds texts, so it is no channel. If they are numbers, write them as numbers.',
    );
    await expect(load('steps-plain', { columns: { ...roles, channels: ['recording_id'] } })).rejects.toThrow(
      'column "recording_id" holds texts, expected numbers.',
    );
  });

  it('has its times in order, given as timestamps', async () => {
    const columns = { recording: 'subject', channels: ['n'], label: 'recording_id', group: 'label' };
    await expect(load('steps-plain', { columns: { ...columns, time: 'x' } })).rejects.toThrow(
      'row 2, recording "p": the time is missing.',
    );
    const all = { ...columns, recording: 'n', channels: ['x'] };
    expect((await load('steps-plain', { columns: all })).ids).toEqual(['1', '2', '3', '4', '2147483647']);
    const assigned = await load('steps-plain', { columns: { ...all, split: 'subject' } });
    expect(assigned.splits).toEqual(['p', 'p', 'q', 'q', 'p']);
    const mixed = { recording: 'label', time: 'recording_id', channels: ['x'], label: 'subject', group: 'n' };
    await expect(load('steps-snappy', { columns: mixed, groups: 'ignore' })).rejects.toThrow(
      'row 1, recording "10": the time "b" is neither a number nor an ISO 8601 date.',
    );
  });

  it('packed with zstd is read where Node unpacks it, and else refused with what to do', async () => {
    const result = await readRecordings(`${FOLDER}/steps-zstd.parquet`);
    if (result.problemCount > 0) expect(result.problems[0].message).toContain('Use Node 22.15 or later, or');
    else expect(valuesOf(result.recordings, 1)).toEqual([-3.25, 4]);
  });
});

describe('a Parquet file with a row a recording', () => {
  it('has a list a channel; what is neither list nor role is left alone', async () => {
    const recordings = await load('lists');
    expect(recordings).toMatchObject({
      channelNames: ['x', 'y'],
      classes: ['down', 'up'],
      ids: ['0', '1', '2'],
    });
    expect(Array.from(recordings.labels)).toEqual([1, 0, -1]);
    expect(valuesOf(recordings, 0)).toEqual([1, 10, 2, 20, 3, 30]);
    expect(valuesOf(recordings, 2)).toEqual([5, 50, NaN, 60]);
    const one = await load('lists', { columns: { channels: ['y'] } });
    expect(Array.from(allValues(one))).toEqual([10, 20, 30, 40, 50, 60]);
  });

  it('or a list of steps, each a list of channels', async () => {
    const recordings = await load('nested');
    expect(recordings).toMatchObject({ channelNames: null, channels: 2, ids: ['r1', 'r2'] });
    expect(recordings.classes).toEqual(['False', 'True']);
    expect(valuesOf(recordings, 0)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(valuesOf(recordings, 1)).toEqual([7, 8]);
  });
});

describe('what Parquet packs', () => {
  it('in runs and bits is read, and a run longer than its page makes nothing larger', () => {
    // Four times 5 as a run; then 0 to 7 in three bits each.
    const bytes = Uint8Array.from([4 << 1, 5, (1 << 1) | 1, 0b10001000, 0b11000110, 0b11111010]);
    expect(Array.from(readHybrid(bytes, 3, 12))).toEqual([5, 5, 5, 5, 0, 1, 2, 3, 4, 5, 6, 7]);
    expect(Array.from(readHybrid(Uint8Array.from([0xfe, 0xff, 0xff, 0xff, 0x0f, 1]), 1, 2))).toEqual([1, 1]);
    expect(() => readHybrid(Uint8Array.from([4 << 1]), 3, 4)).toThrow('levels or indices end early');
  });

  it('with Snappy is unpacked, copies that go on into themselves included', () => {
    const packed = Uint8Array.from([9, 2 << 2, 97, 98, 99, ((6 - 4) << 2) | 1, 3]);
    expect(Buffer.from(unpackSnappy(packed, 9)).toString()).toBe('abcabcabc');
    // A literal of four length bytes, as long as can be.
    const hostile = Uint8Array.from([9, 63 << 2, 0xff, 0xff, 0xff, 0xff, 1]);
    expect(() => unpackSnappy(hostile, 9)).toThrow('damaged Snappy data');
  });
});

it('names of channels that are no columns, or have another role, are refused with lists too', async () => {
  const channels = (...names: string[]) => load('lists', { columns: { channels: names } });
  await expect(channels('x', 'nope')).rejects.toThrow('no column "nope" in');
  const [first] = (await load('lists')).channelNames ?? [];
  await expect(channels(first, first)).rejects.toThrow(`column "${first}" is given two roles.`);
});

it('times of different microseconds are different texts', () => {
  expect([1_700_000_000, 1_700_000_000.000001, 1_700_000_000.5].map(isoTime)).toEqual([
    '2023-11-14T22:13:20.000Z',
    '2023-11-14T22:13:20.000001Z',
    '2023-11-14T22:13:20.500Z',
  ]);
});
