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

/** Without an arena of allocations for each thread, whose address space depends on chance. */
const env = { ...process.env, MALLOC_ARENA_MAX: '1' };

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
    env,
  });
  loaded = Number(stdout);
});

/** Trains for an epoch, 135 recordings of 8,000 steps a batch, with so many megabytes beyond the engine's own. */
function trainWithin(megabytes: number, name: string, onOutOfMemory: string) {
  const run = join(folder, name);
  const config = join(folder, `${name}.json`);
  const content = {
    name,
    data: {
      train: 'data/JapaneseVowels/JapaneseVowels_TRAIN.ts',
      validation: 'none',
      padding: { length: 8000, masked: true },
    },
    model: { name: 'fcn', filters: [8, 16, 8], attention: 'none' },
    train: { epochs: 1, batchSize: 135, onOutOfMemory },
  };
  writeFileSync(config, JSON.stringify(content));
  const args = ['train', config, '--threads', '1', '--device', 'cpu', '--run-dir', run];
  const limited = `ulimit -v ${loaded + 1000 * megabytes}; exec "$0" dist/cli/main.js "$@"`;
  const { status, stderr } = spawnSync('bash', ['-c', limited, process.execPath, ...args], {
    encoding: 'utf8',
    env,
  });
  return { status, stderr, run };
}

test('a batch that does not fit ends training with one message, which names a batch size that does', () => {
  const { status, stderr } = trainWithin(400, 'stop', 'stop');
  expect(status).toBe(1);
  const [message] = stderr.split('\n').filter((line) => line.startsWith('masq: '));
  expect(message).toMatch(
    /^masq: Out of memory: a batch of 135 recordings of 8000 steps does not fit, for a tensor \[[\d,]+\] among others; this process holds \d+\.\d GB\. (\d+) fit: set train\.batchSize to \1, or train\.onOutOfMemory to accumulate/,
  );
  expect(stderr).not.toMatch(/ {4}at /);
});

test('with accumulate it goes on in parts, and says so, in the result too', () => {
  const { status, stderr, run } = trainWithin(400, 'parts', 'accumulate');
  expect(stderr).toContain(
    'Training goes on from the end of the epoch before, with the gradients of 2 parts',
  );
  expect(status).toBe(0);
  const result = JSON.parse(readFileSync(join(run, 'result.json'), 'utf8')) as RunResult;
  expect([2, 4, 8, 16, 32]).toContain(result.batches.accumulation);
});
