// The command line itself: mistakes in typing it, help, and what becomes of signals and closed pipes.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { masq, masqProcess } from './support/masq.js';

const main = 'dist/cli/main.js';

it.each([
  [[], 'What should masq do? See: masq --help'],
  [['trian', 'x.yaml'], 'Unknown command "trian". Did you mean "train"? See: masq --help'],
  [['data', 'descrbe'], 'Unknown command "data descrbe". Did you mean "describe"? See: masq data --help'],
  [['engine'], 'What should masq engine do? It can: info, install. See: masq engine --help'],
  [['evaluate', '--jsn', 'run'], 'Unknown option --jsn. Did you mean "--json"? See: masq evaluate --help'],
  [
    ['--threads', '2', 'train', 'x.yaml'],
    '--threads must come after the command, e.g. masq train … --threads. See: masq --help',
  ],
  [['--thraeds', '2', 'train'], 'Unknown option --thraeds. See: masq --help'],
  [['evaluate'], 'Something is missing; expected: masq evaluate <run>. See: masq evaluate --help'],
  [['evaluate', 'run', 'more'], 'Unexpected argument "more". See: masq evaluate --help'],
  [
    ['evaluate', 'run', '--split', 'tset'],
    '--split is "tset", expected train, validation, test. Did you mean "test"?',
  ],
  [['train', 'x.yaml', '--threads', '0'], '--threads is "0", expected a whole number from 1.'],
  [['train', 'x.yaml', '--run-dir'], '--run-dir needs a value. See: masq train --help'],
  [['train', '--json', '--json'], '--json is given twice.'],
  [
    ['train', 'x.yaml', '--device', 'tpu'],
    '--device is "tpu", expected cpu, gpu or gpu:N (gpu:0 is the first card).',
  ],
  [['engine', 'install', '--cpu', '--cuda'], '--cpu and --cuda exclude each other.'],
])('answers %j in one line and exits with 2', async (args, message) => {
  expect(await masq(...args)).toEqual({ status: 2, stdout: '', stderr: `${message}\n` });
});

it('says and does the same as a process', () => {
  expect(masqProcess('evaluate')).toEqual({
    status: 2,
    stdout: '',
    stderr: 'Something is missing; expected: masq evaluate <run>. See: masq evaluate --help\n',
  });
});

it('shows a stack trace of a mistake only with --verbose', async () => {
  const args = ['train', 'x.yaml', '--threads', '0'];
  expect((await masq(...args, '--verbose')).stderr).toMatch(/threads is "0".*\n {4}at /);
});

it('prints help in 100 columns without loading tfjs', () => {
  const { status, stdout } = masqProcess('train', '--help');
  expect(status).toBe(0);
  expect(stdout).toContain('--run-dir');
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);

  const traced = spawnSync(process.execPath, [main, '--help'], {
    encoding: 'utf8',
    env: { ...process.env, NODE_DEBUG: 'module,esm' },
  });
  expect(traced.stderr).toContain('yargs');
  expect(traced.stderr).not.toContain('tfjs');
});

it('ends quietly when the reader of its output has gone', () => {
  const { stdout } = spawnSync(
    'bash',
    ['-c', `"${process.execPath}" ${main} engine info 2>&1 | true; echo $\{PIPESTATUS[0]}`],
    {
      encoding: 'utf8',
    },
  );
  expect(stdout).toBe('0\n');
});

it.each(['SIGINT', 'SIGTERM'] as const)(
  'ends an install on %s with 130 and removes what it wrote',
  async (signal) => {
    const cache = mkdtempSync(join(tmpdir(), 'masq-'));
    const child = spawn(process.execPath, [main, 'engine', 'install', '--cpu'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, MASQ_CACHE: cache },
    });
    const ended = once(child, 'exit');
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('Asking pip')) child.kill(signal);
    });
    expect(await ended).toEqual([130, null]);
    expect(spawnSync('find', [cache, '-type', 'f'], { encoding: 'utf8' }).stdout).toBe('');
    rmSync(cache, { recursive: true });
  },
);

it('refuses --device gpu where every card is hidden, or there is none, with the reason', () => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [main, 'train', 'configs/japanese-vowels-fcn-se.yaml', '--device', 'gpu'],
    { encoding: 'utf8', env: { ...process.env, CUDA_VISIBLE_DEVICES: '-1' } },
  );
  expect(stderr).toMatch(
    /^Device gpu cannot be had\. (No NVIDIA driver is loaded|The NVIDIA driver|CUDA_VISIBLE_DEVICES is "-1", which hides)/,
  );
  expect(status).toBe(2);
});
