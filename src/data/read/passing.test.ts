import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Parts } from './parts.js';
import { Passing } from './passing.js';

const folder = mkdtempSync(join(tmpdir(), 'masq-passing-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

it('others are heard while many recordings come back from the disk, and may end it', async () => {
  const controller = new AbortController();
  let passed = 0;
  const add = (): void => {
    controller.signal.throwIfAborted();
    passed++;
  };
  const recordings = Array.from({ length: 8 }, (_, i) => ({ id: String(i), line: 1 }));
  const passing = new Passing(
    { regroup: { path: join(folder, 'set.masq') }, add },
    'a.csv',
    false,
    recordings,
  );
  // 4 MiB each.
  const steps = 1 << 20;
  for (const owner of recordings.keys()) {
    const parts = {
      channels: 1,
      values: new Float32Array(steps),
      lengths: Int32Array.of(steps),
      stepTimes: null,
    };
    passing.add({ ...parts, ids: null, labels: [''] } as unknown as Parts, [owner], null);
  }
  setImmediate(() => {
    controller.abort();
  });
  await expect(passing.finish()).rejects.toThrow('aborted');
  expect([passed, readdirSync(folder)]).toEqual([4, []]);
});
