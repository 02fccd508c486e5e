// Training in a process whose memory does not suffice for a batch: what is said, and how it goes on in parts.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunResult } from '../src/train/index.js';

const folder = mkdtempSync(join(tmpdir(), 'masq-memory-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Address space of a process that has loaded the engine, in kilobytes. */
let loaded: number;

beforeAll(() => {
  const program = `
    import { readFileSync } from 'node:fs';
    import { loadEngine } from './dist/engine/index.js';
    await loadEngine({ device: 'cpu', threads: 1 });
    console.log(/VmPeak:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    env: { ...process.env, ...plainMemory },
  });
  loaded = Number(stdout);
});

/**
 * What a limit of the address space has to count: glibc sets more of it aside for each thread and for memory that was freed, unless it is
 * told not to.
 */
const plainMemory = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: String(1 << 18) };

/**
 * Trains for an epoch with so many megabytes beyond the engine's own. What a batch of 135 recordings of 1,500 steps becomes within the
 * network takes far more than the batch, for which TensorFlow ends the process where it does not fit.
 */
function trainWithin(megabytes: number, name: string, onOutOfMemory: string) {
  const run = join(folder, name);
  const config = join(folder, `${name}.json`);
  const content = {
    name,
    data: {
      train: 'data/JapaneseVowels/JapaneseVowels_TRAIN.ts',
      validation: 'none',
      padding: { length: 1500, masked: true },
    },
    model: { name: 'fcn', filters: [64, 64, 64], attention: 'none' },
    train: { epochs: 1, batchSize: 135, onOutOfMemory },
  };
  writeFileSync(config, JSON.stringify(content));
  const args = ['train', config, '--threads', '1', '--device', 'cpu', '--run-dir', run];
  const limited = `ulimit -v ${loaded + 1000 * megabytes}; exec "$0" dist/cli/main.js "$@"`;
  const { status, stderr } = spawnSync('bash', ['-c', limited, process.execPath, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...plainMemory },
  });
  return { status, stderr, run };
}

test('a batch that does not fit ends training with one message, which names a batch size that does', () => {
  const { status, stderr } = trainWithin(250, 'stop', 'stop');
  expect(status).toBe(1);
  const [message] = stderr.split('\n').filter((line) => line.startsWith('masq: '));
  expect(message).toMatch(
    /^masq: Out of memory: a batch of 135 recordings of 1500 steps does not fit, for a tensor \[[\d,]+\] among others; this process holds \d+\.\d GB\. (\d+) fit: set train\.batchSize to \1, or train\.onOutOfMemory to accumulate/,
  );
  expect(stderr).not.toMatch(/ {4}at /);
});

test('with accumulate it goes on in parts, and says so, in the result too', () => {
  const { status, stderr, run } = trainWithin(250, 'parts', 'accumulate');
  expect(stderr).toContain(
    'Training goes on from the end of the epoch before, with the gradients of 2 parts',
  );
  expect(status).toBe(0);
  const result = JSON.parse(readFileSync(join(run, 'result.json'), 'utf8')) as RunResult;
  expect([2, 4, 8]).toContain(result.batches.accumulation);
});
