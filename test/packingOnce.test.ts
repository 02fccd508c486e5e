// Processes that pack the same set at the same time, and one that is killed while it does.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, it, vi } from 'vitest';
import { ended } from './support/masq.js';

vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), 'masq-packing-once-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const data = join(folder, 'large.csv');
const rows = Array.from({ length: 100_000 }, (_, i) => `r${Math.floor(i / 1000)},${i % 1000},${i / 7},up\n`);
writeFileSync(data, `id,t,x,label\n${rows.join('')}`);

/** Loads the set; says what it hears, and stops (SIGSTOP) when it is asked to and has read most of the file. */
const program = join(folder, 'program.mjs');
writeFileSync(
  program,
  `
  import { writeSync } from 'node:fs';
  import { loadWithin } from ${JSON.stringify(resolve('dist/data/index.js'))};
  const say = (text) => writeSync(1, text + '\\n');
  let heard = '';
  const onPacking = ({ isWaiting, done, total }) => {
    const now = isWaiting ? 'waits' : 'packs';
    if (now !== heard && (isWaiting || done > 0.9 * total)) {
      say((heard = now));
      if (now === 'packs' && process.argv[2] === 'stop') process.kill(process.pid, 'SIGSTOP');
    }
  };
  const timestamps = { duplicates: 'error', unordered: 'error' };
  const preparation = { timestamps, missing: 'error', resampling: 'none', windows: 'none' };
  const { recordings } = await loadWithin(${JSON.stringify(data)}, preparation, { memoryLimit: 1e5, onPacking });
  say('has ' + recordings.ids.length);
`,
);

interface Packing {
  readonly child: ChildProcess;
  readonly heard: string[];
  /** Resolves when that has been heard. */
  readonly hears: (what: string) => Promise<void>;
}

function startPacking(cache: string, ...args: string[]): Packing {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, MASQ_CACHE: cache },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const heard: string[] = [];
  const lines = createInterface(child.stdout);
  lines.on('line', (line) => heard.push(line));
  const hears = (what: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (heard.includes(what)) resolve();
      };
      lines.on('line', look);
      look();
    });
  return { child, heard, hears };
}

it.each(['goes on', 'is killed'])('the second waits for the first, which %s', async (fate) => {
  const cache = mkdtempSync(join(folder, 'cache-'));
  const first = startPacking(cache, 'stop');
  await first.hears('packs');
  const second = startPacking(cache);
  await second.hears('waits');
  expect(readdirSync(join(cache, 'data')).some((name) => name.endsWith('.packing.tmp'))).toBe(true);
  const ends = Promise.all([first, second].map(({ child }) => ended(child)));
  first.child.kill(fate === 'goes on' ? 'SIGCONT' : 'SIGKILL');
  expect(await ends).toEqual([fate === 'goes on' ? 0 : 'SIGKILL', 0]);
  expect([first.heard, second.heard]).toEqual(
    fate === 'goes on'
      ? [
          ['packs', 'has 100'],
          ['waits', 'has 100'],
        ]
      : [['packs'], ['waits', 'packs', 'has 100']],
  );
  expect(readdirSync(join(cache, 'data'))).toEqual([expect.stringMatching(/^\w{32}\.masq$/)]);
});
