// A run that goes on, or is evaluated, sees whether its data are still what they were.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256OfFile } from '../shared/node/files.js';
import { resolveConfig, type Config } from './config.js';
import { type DataFile, dataNames, describeData } from './dataFiles.js';
import { locateData } from './locateData.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'masq-'));
  write('rec/a/1.csv', 'x\n1\n');
  write('rec/b/2.csv', 'x\n2\n');
  write('table.csv', 'file,label\nrec/a/1.csv,a\nrec/b/2.csv,b\n');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, content: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
}

function configFor(train: string, data: object = {}): Config {
  return resolveConfig({ name: 'x', data: { train: join(folder, train), ...data }, model: 'fcn' });
}

async function recorded(config: Config): Promise<DataFile[]> {
  return Promise.all(dataNames(config).map((name) => describeData(name, config)));
}

describe('data of a run', () => {
  it('that are one file are recorded with its size and hash', async () => {
    const path = join(folder, 'rec/a/1.csv');
    expect(await recorded(configFor('rec/a/1.csv'))).toEqual([
      { path, absolutePath: path, bytes: 4, sha256: await sha256OfFile(path) },
    ]);
  });

  it.each(['rec', 'table.csv', 'rec/**/*.csv', 'rec/*/'])(
    'are recorded in one entry, and noticed when a file is changed, added or taken away: %s',
    async (train) => {
      const config = configFor(train);
      const before = await recorded(config);
      const { path, files } = before[0];
      expect({ length: before.length, path, files }).toEqual({
        ...{ length: 1, path: join(folder, train) },
        files: train === 'table.csv' ? 3 : 2,
      });
      const locate = (): Promise<Config> => locateData(config, before);
      expect((await locate()).data.train).toEqual([join(folder, train)]);

      write('rec/a/1.csv', 'x\n3\n');
      await expect(locate()).rejects.toThrow(
        `${path}: these files are not what they were when the run was made.`,
      );
      write('rec/a/1.csv', 'x\n1\n');
      await locate();

      write('rec/b/3.csv', 'x\n1\n');
      write('table.csv', 'file,label\nrec/a/1.csv,a\nrec/b/2.csv,b\nrec/b/3.csv,b\n');
      await expect(locate()).rejects.toThrow(/: these are \d files, but \d when the run was made/);
    },
  );

  it('may lie elsewhere than they did, with the same paths from there', async () => {
    for (const train of ['rec', 'table.csv', 'rec/**/*.csv', 'rec/*/']) {
      const before = await recorded(configFor(train));
      const moved = `${folder}-moved`;
      cpSync(folder, moved, { recursive: true });
      const now = await describeData(join(folder, train), configFor(train), join(moved, train));
      rmSync(moved, { recursive: true });
      expect(now).toEqual(before[0]);
    }
  });

  it('are found from another folder than the one that the run was made in', async () => {
    const config = resolveConfig({ name: 'x', data: { train: '{GunPoint,none}/*_TRAIN.ts' }, model: 'fcn' });
    const here = process.cwd();
    try {
      process.chdir('data');
      const before = await recorded(config);
      expect(before).toMatchObject([{ files: 1 }]);
      process.chdir(here);
      expect((await locateData(config, before)).data.train).toEqual([
        join(here, 'data/{GunPoint,none}/*_TRAIN.ts'),
      ]);
    } finally {
      process.chdir(here);
    }
  });
});
