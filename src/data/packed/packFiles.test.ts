import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findRepetitions } from '../duplicates.js';
import { fitNormalization, normalize } from '../normalization.js';
import { padRecordings } from '../padding.js';
import { finishPreparation, loadPrepared, type Preparation } from '../preparation.js';
import { selectRecordings } from '../combine.js';
import { allValues, count, type Recordings } from '../recordings.js';
import { type MaxLength, truncateRecordings } from '../truncate.js';
import { isDiskFull, UserError } from '../../shared/errors.js';
import { isInMemory } from '../values.js';
import { packFiles, type PackOptions } from './packFiles.js';
import { writeErrorOf } from './writing.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'masq-pack-files-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const plain: Preparation = {
  timestamps: { duplicates: 'error', unordered: 'error' },
  missing: 'error',
  resampling: 'none',
  windows: 'none',
};

const windows = { length: 2, stride: 1, label: 'majority', minPurity: 0, rest: 'keep' } as const;

/** A long CSV: rows of id, time, two channels and class. */
function csv(rows: readonly (readonly (string | number)[])[]): string {
  return `id,t,x,y,label,subject\n${rows.map((row) => row.join(',')).join('\n')}\n`;
}

async function fileOf(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** All of a set in plain form; values in memory. */
function plainly(recordings: Recordings, all: Float32Array): unknown {
  return { ...recordings, values: all, times: undefined };
}

async function expectSame(
  files: string | string[],
  preparation: Preparation,
  options: PackOptions = {},
): Promise<Recordings> {
  const path = join(folder, `packed-${Math.random()}.masq`);
  await packFiles(files, preparation, path, options);
  const packed = await loadPrepared(path, preparation, options);
  const whole = await loadPrepared(files, preparation, options);
  expect(plainly(packed, allValues(packed))).toEqual(plainly(whole, allValues(whole)));
  return packed;
}

const byRecording = csv([
  ['a', 0, 1, 10, 'up', 's1'],
  ['a', 1, 2, 20, 'up', 's1'],
  ['b', 0, 3, 30, 'down', 's2'],
  ['b', 1, 4, 40, 'down', 's2'],
  ['b', 2, 5, 50, 'down', 's2'],
]);
const byTime = csv([
  ['a', 0, 1, 10, 'up', 's1'],
  ['b', 0, 3, 30, 'down', 's2'],
  ['a', 1, 2, 20, 'up', 's1'],
  ['b', 1, 4, 40, 'down', 's2'],
  ['b', 2, 5, 50, 'down', 's2'],
]);

describe('files are packed as they are loaded into memory', () => {
  it.each(['TRAIN', 'TEST'])('JapaneseVowels_%s', async (part) => {
    await expectSame(`data/JapaneseVowels/JapaneseVowels_${part}.ts`, plain);
  });

  it('ends at once where that is asked for while steps are brought together', async () => {
    const rows = Array.from({ length: 80_000 }, (_, i) => [`r${i % 100}`, i / 100, i % 7, -i, 'a', 's']);
    const content = csv(rows);
    const [file, own] = [await fileOf('long-by-time.csv', content), join(folder, 'ended')];
    await mkdir(own);
    const controller = new AbortController();
    let [isSecond, after] = [false, 0];
    const hear = {
      onSecondPass: () => (isSecond = true),
      onBytes: () => {
        if (controller.signal.aborted) after++;
        if (isSecond) controller.abort();
      },
    };
    const { signal } = controller;
    await expect(packFiles(file, plain, join(own, 'set.masq'), { signal, ...hear })).rejects.toThrow(
      'aborted',
    );
    expect([after, await readdir(own)]).toEqual([0, []]);
  });

  it('recording by recording, or by time, where steps of one recording are brought together', async () => {
    const sorted = await expectSame(await fileOf('sorted.csv', byRecording), plain);
    const mixed = await expectSame(await fileOf('mixed.csv', byTime), plain);
    expect(allValues(mixed)).toEqual(allValues(sorted));
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('rows of any recordings in any order, as they are where the rows of each follow each other', async () => {
    const row = fc.tuple(
      fc.nat(4),
      fc.constantFrom(1.5, -2, 7),
      fc.constantFrom(0.25, 3, ''),
      fc.constantFrom('up', 'down', ''),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 30 }), async (rows) => {
        const all = rows.map(([id, x, y, label], i) => [`r${id}`, i, x, y, label, `s${id}`]);
        const ids = [...new Set(all.map(([id]) => id))];
        const sorted = ids.flatMap((own) => all.filter(([id]) => id === own));
        const timestamps = { ...plain.timestamps, gap: 'none' } as const;
        const preparation: Preparation = { ...plain, timestamps, missing: 'zero-with-indicator', windows };
        const options = { labels: 'optional' } as const;
        const [mixed, inOrder] = [await fileOf('rows.csv', csv(all)), await fileOf('order.csv', csv(sorted))];
        const packed = await expectSame(mixed, preparation, options);
        const expected = await loadPrepared(inOrder, preparation, options);
        const without = { files: [], lines: null };
        expect({ ...(plainly(packed, allValues(packed)) as object), ...without }).toEqual({
          ...(plainly(expected, allValues(expected)) as object),
          ...without,
        });
      }),
      { numRuns: 15 },
    );
  });

  it('several of them, those of a folder, and packed ones together with others', async () => {
    const files = [
      await fileOf('1.csv', byRecording),
      await fileOf('2.csv', byTime.replace(/\b([ab]),/g, 'c$1,')),
    ];
    await expectSame(files, plain);
    const classes = join(folder, 'classes');
    for (const name of ['up', 'down']) {
      await mkdir(join(classes, name), { recursive: true });
      for (const i of [1, 2])
        await writeFile(join(classes, name, `${i}.csv`), `x,y\n${i},2\n3,${name.length}\n`);
    }
    await expectSame(classes, plain);
    const packed = join(folder, 'one.masq');
    await packFiles(files[0], plain, packed);
    await expectSame([packed, files[1]], plain);
  });

  it('prepared: steps in order, missing values filled or kept, resampled', async () => {
    const rows = csv([
      ['a', 2, 1, '', 'up', 's1'],
      ['a', 0, '', 20, 'up', 's1'],
      ['a', 2, 9, 8, 'up', 's1'],
      ['b', 0, 3, 30, 'down', 's2'],
      ['b', 0.5, '', 40, 'down', 's2'],
      ['b', 2, 5, 50, 'down', 's2'],
    ]);
    const file = await fileOf('odd.csv', rows);
    const timestamps = { duplicates: 'mean', unordered: 'sort', gap: 'none' } as const;
    for (const missing of ['interpolate', 'carry-forward', 'zero-with-indicator'] as const) {
      await expectSame(file, { ...plain, timestamps, missing });
      await expectSame(file, {
        ...plain,
        timestamps,
        missing,
        resampling: { period: 0.5, method: 'linear' },
      });
    }
  });

  it('with the class of each step, for windows', async () => {
    const rows = csv([
      ['a', 0, 1, 10, 'up', 's1'],
      ['a', 1, 2, 20, 'down', 's1'],
      ['a', 2, 2, 20, '', 's1'],
      ['b', 0, 3, 30, 'down', 's2'],
    ]);
    const preparation: Preparation = { ...plain, windows };
    const packed = await expectSame(await fileOf('steps.csv', rows), preparation);
    const cut = finishPreparation(packed, preparation).recordings;
    expect([cut.ids, cut.labels, allValues(cut)]).toEqual([
      ['a[0:2]', 'a[1:3]', 'b[0:1]'],
      Int32Array.of(0, 0, 0),
      Float32Array.of(1, 10, 2, 20, 2, 20, 2, 20, 3, 30),
    ]);
  });
});

it('what is made of a packed set is, to the bit, what is made of one in memory', async () => {
  const file = 'data/JapaneseVowels/JapaneseVowels_TRAIN.ts';
  const path = join(folder, 'vowels.masq');
  await packFiles(file, plain, path);
  const [packed, whole] = [await loadPrepared(path, plain), await loadPrepared(file, plain)];
  expect(findRepetitions([packed, whole])[0]).toMatchObject({ recordings: 270, otherClass: 0 });
  const bits = (set: Recordings): Int32Array => new Int32Array(allValues(set).slice().buffer);
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(count(whole) - 1), { minLength: 1, maxLength: 20 }),
      fc.constantFrom('none', 'channel', 'recording'),
      fc.constantFrom<MaxLength[]>('none', 5, 20),
      fc.boolean(),
      fc.boolean(),
      (indices, kind, maxLength, cut, pad) => {
        const made = (set: Recordings): Recordings => {
          const { recordings } = truncateRecordings(selectRecordings(set, indices), maxLength);
          const all = Array.from({ length: count(recordings) }, (_, i) => i);
          const normalized = normalize(recordings, fitNormalization(recordings, all, kind));
          const finished = finishPreparation(normalized, {
            ...{ ...plain, missing: 'zero-with-indicator' },
            windows: cut ? { ...windows, length: 4, stride: 3 } : 'none',
          });
          return padRecordings(finished.recordings, pad ? { length: 30, masked: false } : 'none');
        };
        const [a, b] = [made(packed), made(whole)];
        expect([a, b].map(({ values }) => isInMemory(values))).toEqual([false, true]);
        expect(bits(a)).toEqual(bits(b));
        expect(a.offsets).toEqual(b.offsets);
      },
    ),
    { numRuns: 30 },
  );
});

describe('packing that cannot be finished leaves no file', () => {
  it.each([
    ['a problem in the file', byRecording.replace('a,1,2', 'a,1,two'), plain, /"two"/],
    ['a missing value', byRecording.replace('a,1,2', 'a,1,'), plain, /the value is missing/],
    [
      'a recording that cannot be prepared',
      byRecording,
      { ...plain, resampling: { period: 1e-6, method: 'linear' as const } },
      /wrong\.csv:2: recording a has 2 steps from time 0 to 1, and would have/,
    ],
  ])('%s', async (name, content, preparation, message) => {
    const own = join(folder, name);
    await mkdir(own);
    const path = join(own, 'set.masq');
    await expect(packFiles(await fileOf('wrong.csv', content), preparation, path)).rejects.toThrow(message);
    expect(await readdir(own)).toEqual([]);
  });
});

it.each([
  ['sorted', byRecording],
  ['by time', byTime],
])('a place that cannot be written is named, and not the data (%s)', async (name, content) => {
  const file = await fileOf(`${name}.csv`, content);
  const path = join(file, 'set.masq');
  await expect(packFiles(file, plain, path)).rejects.toMatchObject({
    name: 'UserError',
    place: { file: path },
  });
});

it('a full disk is no mistake of the user, and its folder is named', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  const error = writeErrorOf('/cache/set.masq', full);
  expect(error).not.toBeInstanceOf(UserError);
  expect([isDiskFull(error), String(error)]).toEqual([
    true,
    expect.stringContaining('/cache/set.masq cannot be written: the disk of /cache is full.'),
  ]);
});

it('windows that end at gaps are refused before anything is read', async () => {
  const preparation: Preparation = { ...plain, windows, timestamps: { ...plain.timestamps, gap: 3 } };
  const path = join(folder, 'gaps.masq');
  await expect(packFiles('missing.csv', preparation, path)).rejects.toThrow(/^windows that end at gaps/);
});

it('recordings that are held out of one packed set are compared one by one', async () => {
  const file = await fileOf(
    'twice.csv',
    byRecording +
      csv([
        ['c', 0, 3, 30, 'down', 's2'],
        ['c', 1, 4, 40, 'down', 's2'],
        ['c', 2, 5, 51, 'down', 's2'],
      ])
        .split('\n')
        .slice(1)
        .join('\n'),
  );
  const path = join(folder, 'twice.masq');
  await packFiles(file, plain, path);
  const all = await loadPrepared(path, plain);
  const values = { ...all.values, hashes: new Int32Array(3) } as Recordings['values'];
  const [first, second] = [[0, 1], [2]].map((indices) => selectRecordings({ ...all, values }, indices));
  expect(findRepetitions([first, second])).toEqual([]);
  expect(findRepetitions([first, selectRecordings({ ...all, values }, [1])])).toHaveLength(1);
});

describe('a packed file that was prepared otherwise than asked for is refused', () => {
  const every = (period: number) => ({ period, method: 'linear' as const });
  it.each<[string, Partial<Preparation>, Partial<Preparation>, string]>([
    [
      'resampled, where it was not',
      {},
      { resampling: every(2) },
      ': data.resampling is none in the file and period 2, method linear in the config. Prepare it again with "masq data prepare" ' +
        'and this config, or take data.resampling out of it.',
    ],
    [
      'with other keys',
      { resampling: every(1), timestamps: { ...plain.timestamps, gap: 'none' } },
      { resampling: every(2), timestamps: { duplicates: 'mean', unordered: 'error', gap: 3 } },
      ': data.timestamps.duplicates is error in the file and mean in the config; data.timestamps.gap is none in the file and 3 in ' +
        'the config; data.resampling.period is 1 in the file and 2 in the config. Prepare it again with "masq data prepare" and ' +
        'this config, or take data.timestamps and data.resampling out of it.',
    ],
    ['with windows, where none were meant', {}, { windows }, 'was prepared without data.windows'],
  ])('%s', async (name, had, asked, message) => {
    const path = join(folder, `${name}.masq`);
    await packFiles(await fileOf('plain.csv', byRecording), { ...plain, ...had }, path);
    await expect(loadPrepared(path, { ...plain, ...asked })).rejects.toThrow(message);
  });

  it('but not where there is nothing to be done', async () => {
    const path = join(folder, 'whole.masq');
    await packFiles(await fileOf('whole.csv', byRecording), plain, path);
    expect(count(await loadPrepared(path, { ...plain, missing: 'interpolate' }))).toBe(2);
  });
});
