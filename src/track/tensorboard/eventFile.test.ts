// Event files: their names, and what becomes of events that cannot be written.
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { eventFileName, newEventFile } from './eventFile.js';
import { frameRecord } from './record.js';
import { isReadingDue, tensorboardTracker } from './tracker.js';

const folder = mkdtempSync(join(tmpdir(), 'masq-event-file-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

it('has a name after those of all earlier files, in the same second and when the clock went back', () => {
  const second = 1_700_000_000;
  const first = eventFileName([], 1000 * second + 999);
  expect(first).toBe('events.out.tfevents.1700000000.masq');
  const later = eventFileName([first, 'notes.txt'], 1000 * second);
  const latest = eventFileName([later, first], 1000 * (second - 60));
  expect([latest, first, later].sort()).toEqual([first, later, latest]);
  expect(new Set([first, later, latest]).size).toBe(3);
});

it('says once that the disk is full, and writes everything in order when there is room', async () => {
  const now = 1_700_000_000_000;
  const path = join(folder, eventFileName([], now));
  const reasons: string[] = [];
  const file = await newEventFile(folder, now, (reason) => void reasons.push(reason));
  symlinkSync('/dev/full', path);
  const events = [1, 2, 3, 4].map((byte) => Uint8Array.of(byte));
  await file.append([events[0]]);
  await file.append([events[1]]);
  expect(reasons).toEqual([expect.stringContaining('ENOSPC')]);
  rmSync(path);
  await file.append([events[2]]);
  await file.append([events[3]]);
  expect(reasons).toHaveLength(1);
  expect(readFileSync(path)).toEqual(Buffer.concat(events.map(frameRecord)));
});

it('goes on without its folder, with one warning', async () => {
  const run = mkdtempSync(join(folder, 'run-'));
  writeFileSync(join(run, 'tensorboard'), 'in the way');
  const warnings: string[] = [];
  const tracker = await tensorboardTracker({
    ...{ path: run, name: 'run', parameters: {}, epoch: 0 },
    onWarning: (warning) => void warnings.push(warning),
  });
  await tracker.epoch({ epoch: 1, step: 9, scalars: { 'train/loss': 1 }, gates: () => ({}) });
  await tracker.end({ status: 'finished', scalars: {} });
  expect(warnings).toEqual([
    expect.stringMatching(/^TensorBoard's event files cannot be written: EEXIST.*Training goes on/),
  ]);
});

it.each([
  [9, [1, 12, 23, 34]],
  [50, [1, 2, 4, 6]],
  [250, [1, 2, 3, 4]],
])('reads gates once in 100 updates at most: with %d an epoch in epochs %j …', (stepsPerEpoch, due) => {
  const epochs = Array.from({ length: 40 }, (_, i) => i + 1);
  const read = epochs.filter((epoch) => isReadingDue({ epoch, step: epoch * stepsPerEpoch }));
  expect(read.slice(0, 4)).toEqual(due);
});
