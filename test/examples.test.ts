// Every example runs as the documentation says, and prints what it promises.
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { archiveServer } from './support/archiveServer.js';
import { zip } from './support/npyFiles.js';

const run = async (name: string, ...args: string[]): Promise<string> =>
  (await promisify(execFile)(process.execPath, [`examples/${name}.mjs`, ...args])).stdout;

test('every example is run here', () => {
  expect(readdirSync('examples').sort()).toEqual([
    'augmentation.mjs',
    'captured-step.mjs',
    'data.mjs',
    'download.mjs',
    'masked-layers.mjs',
    'own-attention.mjs', // these two by ownAttention.test.ts
    'own-attention.yaml',
    'own-metric.mjs', // by sweep.test.ts
    'packed.mjs',
    'recording-files.mjs',
    'splits.mjs',
    'train.mjs',
  ]);
});

test('augmentation: a recording is changed alike in any batch, and otherwise in another epoch', async () => {
  const [first, mirrored, next] = (await run('augmentation'))
    .trim()
    .split('\n')
    .map((line) => line.split('; '));
  expect(first).toHaveLength(3);
  expect(mirrored.toReversed()).toEqual(first);
  expect(next).not.toEqual(first);
});

test('captured-step: a plain layers model learns in captured steps', async () => {
  const [, first, last] = /loss (\S+) at first, (\S+) after/.exec(await run('captured-step')) ?? [];
  expect(Number(last)).toBeLessThan(Number(first) / 100);
});

test('data: a padded batch is as long as its longest recording', async () => {
  expect(await run('data')).toContain('[ 16, 23, 12 ]');
});

test('recording-files: folders, tables and patterns are read', async () => {
  const output = await run('recording-files');
  expect(output).toContain(
    "[ 'run/anna.csv', 'walk/anna.csv', 'walk/ben.csv' ] [ 'run', 'walk' ] [ 'x', 'y' ]",
  );
  expect(output).toContain("[ 'train/run/anna.csv', 'train/walk/ben.csv' ] [ 'anna', 'ben' ]");
  expect(output).toMatch(/\[ 'down', 'up' \] Float32Array\(5\) \[\s*1, 2, 3, 3, 2\s*\]/);
});

test('download: a data set is got from a server and described', async () => {
  const parts = ['GunPoint_TRAIN.ts', 'GunPoint_TEST.ts'];
  const entries = parts.map((part) => [part, readFileSync(`data/GunPoint/${part}`)] as const);
  const { url } = await archiveServer(zip(Object.fromEntries(entries), { deflate: true }));
  const folder = mkdtempSync(join(tmpdir(), 'masq-'));
  try {
    expect(await run('download', 'GunPoint', url, folder)).toBe(
      '50 recordings to train on, 150 to test on\nno recording occurs twice\n',
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('masked-layers: a plain tfjs model learns, and NaN as padding changes nothing', async () => {
  const output = await run('masked-layers');
  expect(Number(/accuracy (\S+)/.exec(output)?.[1])).toBeGreaterThan(0.9);
  expect(output).toContain('largest difference with NaN as padding 0\n');
});

test('packed: a packed set is read recording by recording, and normalised as one in memory', async () => {
  expect(await run('packed')).toBe('packed, 270 recordings; the batches are the same: true\n');
});

test('splits: folds are of one size, and classes alike in them', async () => {
  expect((await run('splits')).trimEnd().split('\n')).toEqual(
    [0, 1, 2, 3, 4].map(
      (fold) => `fold ${fold}: 216 to train on, 54 to test on (${Array<number>(9).fill(6).join(', ')})`,
    ),
  );
});

test('train: a run from code reports its own metric', async () => {
  const output = await run('train');
  expect(output).toMatch(/epoch 30: accuracy \S+, confident \S+\n/);
  expect(Number(/test accuracy (\S+),/.exec(output)?.[1])).toBeGreaterThan(0.8);
});
