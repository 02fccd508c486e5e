// Names of data files that stand for several.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadRecordings } from './load.js';
import { expandPatterns } from './patterns.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'masq-'));
  await mkdir(join(folder, 'a', 'walk'), { recursive: true });
  for (const name of ['b.csv', 'B.csv', 'a/c.csv', '.d.csv', 'e[1].csv']) {
    await writeFile(join(folder, name), `id,label,x\n${name},a,1\n`);
  }
});
afterAll(() => rm(folder, { recursive: true }));

/** What names in the folder stand for, by absolute and by relative paths. */
async function expanded(...names: string[]): Promise<string[]> {
  const found = await expandPatterns(names.map((name) => join(folder, name)));
  const here = relative('.', folder);
  expect(await expandPatterns(names.map((name) => join(here, name)))).toEqual(
    found.map((path) => path.replace(folder, here)),
  );
  return found.map((path) => path.slice(folder.length + 1));
}

it('a pattern stands for the files that it matches, in the order of code units; hidden ones are named with their dot', async () => {
  expect(await expanded('*.csv')).toEqual(['B.csv', 'b.csv', 'e[1].csv']);
  expect(await expanded('**/*.csv')).toEqual(['B.csv', 'a/c.csv', 'b.csv', 'e[1].csv']);
  expect(await expanded('{a/c,b}.csv', '.*.csv')).toEqual(['a/c.csv', 'b.csv', '.d.csv']);
});

it('a pattern that ends in a slash stands for folders', async () => {
  expect(await expanded('*/')).toEqual(['a']);
  expect(await expanded('a/*/')).toEqual(['a/walk']);
});

it('what is called like a pattern is itself', async () => {
  expect(await expanded('e[1].csv')).toEqual(['e[1].csv']);
});

it('recordings of all matches are one set', async () => {
  expect((await loadRecordings(join(folder, '[Bb].csv'))).ids).toEqual(['B.csv', 'b.csv']);
});

it('a pattern that matches nothing is an error, and so are two names for one file', async () => {
  const pattern = join(folder, '*.tsv');
  await expect(loadRecordings(pattern)).rejects.toThrow(`${pattern}: no file matches this pattern.`);
  const twice = [join(folder, 'b.csv'), join(folder, '*.csv')];
  await expect(loadRecordings(twice)).rejects.toThrow(
    `b.csv: the file is named by "${twice[0]}" and by "${twice[1]}", so that its recordings would be read twice.`,
  );
});
