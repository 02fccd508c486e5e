// `masq data prepare`, and training from packed files, run as a user runs them.
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { contentsOf, ended, masq, metricsLines, startMasq, stopWhen, type Ended } from './support/masq.js';
import { useOwnCache } from './support/ownCache.js';
import { writeWaveSets } from './support/waves.js';

// Runs are processes that load TensorFlow.
vi.setConfig({ testTimeout: 180_000 });

const folder = mkdtempSync(join(tmpdir(), 'masq-prepare-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const cache = useOwnCache(folder);
const data = writeWaveSets(folder);
const packed = join(folder, 'train.masq');
const config = join(folder, 'config.json');
const augmentation = [{ name: 'jitter' }, { name: 'mixup' }];
writeFileSync(
  config,
  JSON.stringify({
    name: 'packed',
    data,
    model: { name: 'fcn', filters: [4, 4, 4] },
    train: { epochs: 2, batchSize: 8, augmentation },
  }),
);
const prepare = (...args: string[]): Promise<Ended> => masq('data', 'prepare', ...args);

beforeAll(async () => {
  const { status, stdout, stderr } = await prepare(config, '--out', packed);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/train\.masq: \d+ kB\. Name it as data\.train in a config\.\n$/);
});

/** What a run leaves of its training. */
function trained(run: string): Record<string, string> {
  const isOfTraining = ([path]: [string, string]): boolean =>
    /^(metrics\.jsonl|predictions-test|checkpoints\/step)/.test(path);
  return Object.fromEntries(Object.entries(contentsOf(run)).filter(isOfTraining));
}

describe('masq data prepare', () => {
  it('makes a file that is described as the original', async () => {
    const describeFile = async (file: string): Promise<object> => {
      const { files } = JSON.parse((await masq('data', 'describe', file, '--json')).stdout) as {
        files: object[];
      };
      return files[0];
    };
    const original = await describeFile(data.train);
    expect(await describeFile(packed)).toEqual({ ...original, file: packed, format: 'packed' });
  });

  it('takes test data without the groups that training data have', async () => {
    const [test, named] = [join(folder, 'without.csv'), join(folder, 'named.json')];
    writeFileSync(test, 'id,label,x,y\na,calm,1,2\n');
    const own = { ...data, test, columns: { group: 'subject' } };
    writeFileSync(named, JSON.stringify({ name: 'named', data: own, model: { name: 'fcn' } }));
    const out = join(folder, 'without.masq');
    expect(await prepare(named, '--set', 'test', '--out', out)).toMatchObject({ status: 0, stderr: '' });
  });

  it.each([
    ['no --out', [config], /--out is missing/],
    ['an empty --out', [config, '--out', ''], /--out is missing/],
    ['a folder', [config, '--out', folder, '--force'], /: this is a folder, and a file is to be made/],
    [
      'a folder that is to be made',
      [config, '--out', join(folder, 'new/')],
      /: this names a folder; name a file in it/,
    ],
    ['a folder that is none of a disk', [config, '--out', '/proc/a/b.masq'], /this folder cannot be written/],
    ['a file that is there', [config, '--out', packed], /train\.masq: this file exists already/],
    [
      'a file that is to be packed',
      [packed, '--out', packed, '--force'],
      /train\.masq: this file is to be packed, and would be lost/,
    ],
    ['a config beside files', [config, data.train, '--out', join(folder, 'x.masq')], /name the config alone/],
    [
      '--set without a config',
      [data.train, '--set', 'test', '--out', join(folder, 'x.masq')],
      /--set says which data/,
    ],
  ])('refuses %s', async (_, args, message) => {
    const { status, stderr } = await prepare(...args);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });

  it.each([
    ['at the start', 1],
    ['on the way', 100],
  ])('that reaches the largest size of a file %s says so, and leaves nothing', (_, blocks) => {
    const own = mkdtempSync(join(folder, 'limited-'));
    const file = 'data/JapaneseVowels/JapaneseVowels_TRAIN.ts';
    const args = [
      process.execPath,
      'dist/cli/main.js',
      'data',
      'prepare',
      file,
      '--out',
      join(own, 'set.masq'),
    ];
    const limited = ['-c', `ulimit -f ${blocks}; exec "$@"`, 'bash', ...args];
    const { status, stderr } = spawnSync('bash', limited, { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringMatching(
        /^\S+set\.masq: the packed file cannot be written: it would be larger than .*\(ulimit -f\).*\n$/,
      ) as string,
    });
    expect(readdirSync(own)).toEqual([]);
  });

  it('that is killed leaves no file of that name', async () => {
    const large = join(folder, 'large.csv');
    const line = 'a,0.5,0.25,0.125,up\n';
    writeFileSync(large, `id,x,y,z,label\n${line.repeat(1_000_000)}`);
    const own = mkdtempSync(join(folder, 'killed-'));
    const { child } = startMasq('data', 'prepare', large, '--out', join(own, 'set.masq'));
    const end = ended(child);
    const isWriting = (): boolean =>
      readdirSync(own).length > 0 || readdirSync(folder).some((name) => name.endsWith('.runs.tmp'));
    const begun = await stopWhen(child, isWriting);
    child.kill('SIGKILL');
    await end;
    expect(readdirSync(own).includes('set.masq')).toBe(!begun);
  });
});

describe('training from a packed file', () => {
  it('is training from the original, to the bit, whether it was packed before or packs by itself', async () => {
    const runs = ['original', 'prepared', 'by-itself', 'again'].map((name) => join(folder, name));
    const train = (run: string, ...args: string[]): Promise<Ended> =>
      masq('train', config, ...args, '--run-dir', run, '--threads', '1');
    expect((await train(runs[0])).status).toBe(0);
    expect((await train(runs[1], `data.train=${packed}`)).status).toBe(0);
    const { status, stderr } = await train(runs[2], 'data.memoryLimit=0.000001');
    expect(status).toBe(0);
    const environment = JSON.parse(readFileSync(join(runs[2], 'environment.json'), 'utf8')) as {
      packed: string[];
    };
    expect(environment.packed).toHaveLength(2);
    for (const path of environment.packed) {
      expect(path.startsWith(join(cache, 'data'))).toBe(true);
      expect(stderr).toContain(`packed into ${path}, to be used again.`);
    }
    const again = await train(runs[3], 'data.memoryLimit=0.000001', 'train.epochs=1');
    for (const path of environment.packed)
      expect(again.stderr).toContain(`packed before, read from ${path}.`);
    const [original, prepared, byItself] = runs.map(trained);
    expect(metricsLines(runs[0])).toHaveLength(2);
    expect(Object.keys(original).some((path) => path.endsWith('weights.bin'))).toBe(true);
    expect(prepared).toEqual(original);
    expect(byItself).toEqual(original);
  });

  it('from a damaged one ends with one message', async () => {
    const damaged = join(folder, 'damaged.masq');
    expect((await prepare(data.train, '--out', damaged)).status).toBe(0);
    const file = openSync(damaged, 'r+');
    writeSync(file, Buffer.alloc(8, 1), 0, 8, 5000);
    closeSync(file);
    const run = join(folder, 'damaged');
    const { status, stderr } = await masq(
      'train',
      config,
      `data.train=${damaged}`,
      '--run-dir',
      run,
      '--quiet',
    );
    expect(status).toBe(2);
    expect(stderr).toBe(
      `${damaged}: values in block 0 have another checksum: the packed file is damaged or was cut off. Prepare it again; in the cache folder, remove it, and the next run makes it anew.\n`,
    );
  });
});
