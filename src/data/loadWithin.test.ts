import { appendFile, copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadWithin, type LoadWithinOptions, type PackingProgress } from './loadWithin.js';
import { packFiles } from './packed/packFiles.js';
import type { Preparation } from './preparation.js';
import { count } from './recordings.js';

const plain: Preparation = {
  timestamps: { duplicates: 'error', unordered: 'error' },
  missing: 'error',
  resampling: 'none',
  windows: 'none',
};

let folder: string;
let file: string;
const before = process.env.MASQ_CACHE;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'masq-load-within-'));
  process.env.MASQ_CACHE = join(folder, 'cache');
  file = join(folder, 'vowels.ts');
  await copyFile('data/JapaneseVowels/JapaneseVowels_TRAIN.ts', file);
});
afterAll(async () => {
  if (before === undefined) delete process.env.MASQ_CACHE;
  else process.env.MASQ_CACHE = before;
  await rm(folder, { recursive: true, force: true });
});

/** Loads the file, and says what was heard. */
async function load(preparation: Preparation, options: LoadWithinOptions) {
  const heard: PackingProgress[] = [];
  const loaded = await loadWithin(file, preparation, {
    ...options,
    onPacking: (progress) => heard.push(progress),
  });
  return { ...loaded, heard };
}

it('a set within the limit is in memory', async () => {
  const { recordings, packed } = await load(plain, { memoryLimit: 1e6 });
  expect([recordings.values.kind, packed]).toEqual(['memory', null]);
});

it('a larger one is packed once for each way of reading it, and again where its file has changed', async () => {
  const first = await load(plain, { memoryLimit: 1e5 });
  expect([first.recordings.values.kind, count(first.recordings)]).toEqual(['packed', 270]);
  const total = first.heard.at(-1)?.total;
  expect(total).toBeGreaterThan(3e5);
  expect(first.heard.at(-1)?.done).toBe(total);
  expect(first.packed).toMatchObject({ files: [file], estimatedBytes: total, memoryLimit: 1e5 });

  const again = await load(plain, { memoryLimit: 2e5 });
  expect([again.heard, again.packed?.path]).toEqual([[], first.packed?.path]);

  const otherwise = await load({ ...plain, missing: 'interpolate' }, { memoryLimit: 1e5 });
  await appendFile(file, '\n');
  const changed = await load(plain, { memoryLimit: 1e5 });
  const paths = [first, otherwise, changed].map(({ packed }) => packed?.path);
  expect(new Set(paths).size).toBe(3);
  expect(await readdir(join(folder, 'cache', 'data'))).toHaveLength(3);
});

it('files whose recordings are scattered are read twice, and it is heard how far each time', async () => {
  const scattered = join(folder, 'scattered.csv');
  const rows = Array.from({ length: 160_000 }, (_, i) => `r${i % 100},${i % 7},a\n`);
  await writeFile(scattered, `id,x,label\n${rows.join('')}`);
  const heard: number[][] = [];
  const onPacking = ({ pass, done, total }: PackingProgress) => heard.push([pass, done / total]);
  await loadWithin(scattered, plain, { memoryLimit: 1, onPacking });
  const second = heard.findIndex(([pass]) => pass === 2);
  expect(heard.slice(second).every(([pass]) => pass === 2)).toBe(true);
  expect(second).toBeGreaterThan(0);
  expect(heard[second][1]).toBeLessThan(1);
  expect(heard.at(-1)).toEqual([2, 1]);
});

it('a cache that cannot be made is told', async () => {
  const cache = process.env.MASQ_CACHE;
  process.env.MASQ_CACHE = '/proc/x';
  await expect(loadWithin(file, plain, { memoryLimit: 1 })).rejects.toThrow(
    /^\/proc: this folder cannot be written to \(it is no folder of a disk\)\. .*MASQ_CACHE/,
  );
  process.env.MASQ_CACHE = cache;
});

it('a packed file beside others that are too large is refused', async () => {
  const packed = join(folder, 'part.masq');
  await packFiles(file, plain, packed);
  await expect(loadWithin([packed, file], plain, { memoryLimit: 1e5 })).rejects.toThrow(
    /part\.masq: this file is packed, and others beside it are not/,
  );
});
