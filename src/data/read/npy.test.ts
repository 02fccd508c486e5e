// NumPy arrays: files that NumPy writes are read to the same numbers, and what may stand beside the values.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { floats, integers, npy, zip } from '../../../test/support/npyFiles.js';
import { testWithPython } from '../../../test/support/python.js';
import { loadRecordings } from '../load.js';
import { allValues, valuesOf as readValues, type Recordings } from '../recordings.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'masq-'));
});
afterAll(() => rm(folder, { recursive: true }));

function valuesOf(recordings: Recordings, index: number): number[] {
  return Array.from(readValues(recordings, index));
}

async function load(name: string, content: Buffer): Promise<Recordings> {
  await writeFile(join(folder, name), content);
  return loadRecordings(join(folder, name), { labels: 'optional' });
}

const TYPES = ['<f4', '>f4', '<f8', '>f8', '<i8', '>i8', '<u8', '<i4', '>u4', '<i2', '>u2', 'i1', 'u1', '?'];

describe('NumPy', () => {
  testWithPython('writes what is read, whatever the type, the order and the packing', async ({ python }) => {
    const script = `
import numpy as np, os
def main(data):
    folder = data['folder']
    numbers = np.arange(24).reshape(2, 4, 3)
    for i, type in enumerate(data['types']):
        typed = (numbers % 2 if type == '?' else numbers).astype(type)
        y = np.array(['caf\\u00e9', 'b'])
        np.savez(f'{folder}/c{i}.npz', values=typed, labels=y)
        np.savez_compressed(f'{folder}/f{i}.npz', X=np.asfortranarray(typed), y=y.astype('>U6'))
        np.save(f'{folder}/n{i}.npy', typed)
    np.save(f'{folder}/steps.npy', np.arange(10.0).reshape(2, 5).T)
    np.save(f'{folder}/steps.offsets.npy', np.array([0, 2, 5]))
    np.save(f'{folder}/steps.labels.npy', np.array([2**60 + 1, -1]))
    times = np.array([['2026-01-01T00:00:00.5', '2026-01-01T00:00:01'], ['1969-12-31T23:59:59', 'NaT']], dtype='datetime64[ms]')
    labels = np.array([['a', 'b'], ['b', '']])
    for name, order in (('C', np.ascontiguousarray), ('F', np.asfortranarray)):
        for unit in ('ms', 'us', 'ns'):
            np.savez(f'{folder}/dates{name}{unit}.npz', values=order(np.ones((2, 2))), lengths=np.array([2, 1]),
                     times=order(times.astype(f'datetime64[{unit}]')), labels=order(labels))
    for version in (1, 2, 3):
        with open(f'{folder}/version{version}.npy', 'wb') as file:
            np.lib.format.write_array(file, np.ones((1, 2)), version=(version, 0))
`;
    await python(script, { folder, types: TYPES });
    for (const [i, type] of TYPES.entries()) {
      const expected = Array.from({ length: 12 }, (_, j) => (type === '?' ? (j + 12) % 2 : j + 12));
      for (const name of [`c${i}.npz`, `f${i}.npz`]) {
        const recordings = await loadRecordings(join(folder, name));
        expect(valuesOf(recordings, 1), `${type} in ${name}`).toEqual(expected);
        expect(recordings.classes).toEqual(['b', 'café']);
      }
      const alone = await loadRecordings(join(folder, `n${i}.npy`), { labels: 'optional' });
      expect(valuesOf(alone, 1), `${type} alone`).toEqual(expected);
    }
    const steps = await loadRecordings(join(folder, 'steps.npy'));
    expect(valuesOf(steps, 0)).toEqual([0, 5, 1, 6]);
    expect(steps.classes).toEqual(['-1', '1152921504606846977']);
    for (const name of ['Cms', 'Cus', 'Cns', 'Fms', 'Fus', 'Fns']) {
      const options = { times: 'keep', labelsPer: 'step' } as const;
      const dated = await loadRecordings(join(folder, `dates${name}.npz`), options);
      expect(Array.from(dated.times ?? [])).toEqual([1767225600.5, 1767225601, -1]);
      expect(Array.from(dated.stepLabels ?? [])).toEqual([0, 1, 1]);
    }
    for (const version of [1, 2, 3]) {
      const recordings = await loadRecordings(join(folder, `version${version}.npy`), { labels: 'optional' });
      expect(Array.from(allValues(recordings))).toEqual([1, 1]);
    }
  });
});

describe('an .npz archive', () => {
  it('has lengths beyond which nothing is read, and what belongs to each recording', async () => {
    const recordings = await load(
      'all.npz',
      zip({
        'values.npy': npy('<f4', '(2, 2, 2)', floats(1, 2, NaN, Infinity, 5, 6, 7, 8)),
        'lengths.npy': npy('<i4', '(2,)', integers(1, 2)),
        'labels.npy': npy('<f4', '(2,)', floats(1, NaN)),
        'groups.npy': npy('|S2', '(2,)', Buffer.from('p\0qr')),
        'splits.npy': npy('|S5', '(2,)', Buffer.from('traintest\0')),
        'ids.npy': npy('<i4', '(2,)', integers(7, 3)),
        'channels.npy': npy('|S1', '(2,)', Buffer.from('xy')),
        'mean.npy': npy('<f4', '()', floats(0)),
      }),
    );
    expect(recordings).toMatchObject({
      ids: ['7', '3'],
      classes: ['1'],
      groups: ['p', 'qr'],
      splits: ['train', 'test'],
      channelNames: ['x', 'y'],
    });
    expect(Array.from(recordings.labels)).toEqual([0, -1]);
    expect(Array.from(allValues(recordings))).toEqual([1, 2, 5, 6, 7, 8]);
    expect(Array.from(recordings.offsets)).toEqual([0, 1, 3]);
  });

  it('of two axes is univariate, and over several files recordings without ids are numbered through', async () => {
    await writeFile(
      join(folder, 'a.npz'),
      zip({ 'x.npy': npy('<f4', '(2, 2)', floats(1, 2, 3, 4)) }, { deflate: true }),
    );
    const file = join(folder, 'a.npz');
    const recordings = await loadRecordings([file, file], { labels: 'optional' });
    expect(recordings).toMatchObject({ channels: 1, ids: ['0', '1', '2', '3'] });
    expect(valuesOf(recordings, 3)).toEqual([3, 4]);
  });

  it('counts NaN as missing where no length says that it is padding, and names the first', async () => {
    const values = npy('<f4', '(2, 2, 1)', floats(1, 2, NaN, NaN));
    await writeFile(join(folder, 'gaps.npz'), zip({ 'values.npy': values }));
    await expect(loadRecordings(join(folder, 'gaps.npz'), { labels: 'optional' })).rejects.toThrow(
      /gaps\.npz: recording 1, channel 1, step 1: the value is missing \(2 missing values in the file\)/,
    );
  });

  it('is read a few megabytes at a time: recordings are whole though they lie across the pieces', async () => {
    const [steps, channels] = [450_000, 3];
    const numbers = Float32Array.from({ length: 3 * steps * channels }, (_, i) => i % 65_521);
    const values = npy('<f4', `(3, ${steps}, ${channels})`, Buffer.from(numbers.buffer));
    for (const deflate of [false, true]) {
      const recordings = await load('long.npz', zip({ 'values.npy': values }, { deflate }));
      expect(Array.from(recordings.offsets)).toEqual([0, steps, 2 * steps, 3 * steps]);
      expect(Buffer.compare(Buffer.from(allValues(recordings).buffer), Buffer.from(numbers.buffer))).toBe(0);
    }
  });
});
