// Test data held out of the training file, from the command line: sizes, the same sets again, cut recordings, mistakes.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { masq, type Ended } from './support/masq.js';
import { writeConfig, writeWaves } from './support/waves.js';

const folder = mkdtempSync(join(tmpdir(), 'masq-splits-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const waves = writeWaves(folder, 'waves', { recordings: 36, seed: 1 });
const config = writeConfig(folder, 'splits', {
  train: waves,
  validation: '{ fraction: 0.25, groups: true }',
});

const train = (run: string, ...args: string[]): Promise<Ended> =>
  masq('train', config, '--run-dir', join(folder, run), '--threads', '1', 'train.epochs=1', ...args);

it('a run tests on the subject that was left out, cuts recordings, says so, and is evaluated on the same sets again', async () => {
  const { status, stderr } = await train('run', 'data.test.leaveGroupOut=1', 'data.maxLength=10');
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  expect(stderr).toContain('Recordings: 18 to train on, 9 to validate, 9 to test.');
  expect(stderr).toMatch(
    /data\.maxLength cuts \d+ of 18 training recordings, \d of 9 validation recordings and \d of 9 test/,
  );
  const result = JSON.parse(readFileSync(join(folder, 'run', 'result.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  expect(result).toMatchObject({
    train: { recordings: 18 },
    validation: { recordings: 9 },
    truncated: { maxLength: 10 },
    test: { recordings: 9 },
    model: { macsLength: 10 },
  });
  const ids = readFileSync(join(folder, 'run', 'predictions-test.csv'), 'utf8').match(/waves-\d+/g);
  expect(ids).toEqual([1, 5, 9, 13, 17, 21, 25, 29, 33].map((i) => `waves-${i}`));
  const again = await masq('evaluate', join(folder, 'run'), '--json');
  expect(JSON.parse(again.stdout)).toEqual(result.test);
  const others = await masq('evaluate', join(folder, 'run'), '--data', waves, '--json');
  expect(others.stderr).toMatch(/\d+ of 36 recordings are cut to their first 10 steps, as in training/);
});

it('warns where test files of their own have subjects of the training files, and reads them though some have none', async () => {
  const file = (name: string, subjects: readonly string[]): string => {
    const rows = subjects.map((subject, i) => `${name}${i},${subject},${'pq'[i % 2]},${i},1`);
    const path = join(folder, `${name}.csv`);
    writeFileSync(path, ['id,subject,label,x,y', ...rows, ''].join('\n'));
    return path;
  };
  const [known, empty] = [file('known', ['anna', 'carl']), file('empty', ['anna', ''])];
  const own = file('own', ['anna', 'anna', 'anna', 'anna', 'ben', 'ben', 'ben', 'ben']);
  const shared = '1 of the 2 groups in the test data is in the training data too';
  const warned = async (test: string): Promise<boolean> => {
    const args = [`data.train=${own}`, `data.test=${test}`, 'data.validation=none'];
    const { status, stderr } = await train(`tested on ${basename(test)}`, ...args);
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    return stderr.includes(shared);
  };
  expect(await warned(known)).toBe(true);
  expect(await warned(empty)).toBe(false);
});

it('a fold that cannot be is refused before anything is written', async () => {
  const { status, stderr } = await train('none', 'data.test={ fold: 0, of: 5, groups: true }');
  expect(status).toBe(2);
  expect(stderr).toContain('waves.csv: 5 folds need as many groups, found 4.');
});
