import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { resolveConfig } from '../../train/index.js';
import { DiskFullError, type TrialEvent } from '../run/launcher.js';
import type { Trial } from '../study/study.js';
import { assign, follow, followedTrial, type FollowedTrial } from './followTrial.js';
import { parseQueue, type Queue } from './queue.js';

let folder: string;
let trial: Trial;
let followed: FollowedTrial;
let events: TrialEvent[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'masq-follow-'));
  const directory = join(folder, 'trials', 'a', '1');
  mkdirSync(join(directory, 'checkpoints'), { recursive: true });
  const cell = { id: 'a', method: 'a', levels: {}, settings: {}, dataset: null, role: 'grid' } as const;
  const config = resolveConfig({ name: 'a', data: { train: 'a.csv' }, model: { name: 'fcn' } });
  trial = { cell, seed: 1, directory, config };
  followed = followedTrial(trial);
  events = [];
  await submitted();
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const submitted = (): Promise<void> =>
  assign(followed, { array: { folder, name: 'job', directories: [trial.directory] }, index: 0 });

const queueWith = (state: string, reason = 'None'): Queue => parseQueue(`7|0|8|${state}|${reason}|job`);

let time = 0;
/** Looks twice, with time enough between for what was written to be seen. */
async function look(queue: Queue | null, exitCode = '1:0'): Promise<boolean> {
  const stdout = `JobId=8 ExitCode=${exitCode} NodeList=n1`;
  const options = {
    run: () => Promise.resolve({ status: 0, stdout, stderr: '' }),
    onEvent: (event: TrialEvent) => void events.push(event),
    now: () => (time += 6000),
  };
  return (await follow(followed, queue, options)) || follow(followed, queue, options);
}

const checkpoint = (name: string): void => {
  writeFileSync(join(trial.directory, 'checkpoints', 'last'), name);
};
const record = (): unknown => JSON.parse(readFileSync(`${trial.directory}.json`, 'utf8'));

it('is tried again for as long as it gets further, and given up when three tasks in a row do not', async () => {
  for (const [i, name] of ['step-1', 'step-2', 'step-3'].entries()) {
    checkpoint(name);
    expect(await look(queueWith('FAILED'))).toBe(false);
    expect(events.at(-1)).toMatchObject({ type: 'retry', attempt: i + 2 });
    await submitted();
  }
  writeFileSync(join(folder, '0.log'), '2026-11-30T00:00:00 Training.\nslurmstepd: error\n');
  for (const over of [false, false, true]) {
    expect(await look(queueWith('FAILED', 'NonZeroExitCode'), '0:9')).toBe(over);
    if (!over) await submitted();
  }
  const message =
    'SLURM job 7_0 on n1 ended as FAILED (NonZeroExitCode, signal 9) without a result. Its log ends: Training. slurmstepd: error';
  expect(events.at(-1)).toEqual({ type: 'failed', trial, attempts: 6, message });
  expect(record()).toEqual({ status: 'failed', message, attempts: 6 });
});

it.each([
  ['CANCELLED', /^SLURM job 7_0 on n1 ended as CANCELLED \(exit code 1\) without a result\.$/],
  ['OUT_OF_MEMORY', /ended as OUT_OF_MEMORY .* Ask for more with slurm\.memory\.$/],
])('is not tried again when its job is %s', async (state, message) => {
  expect(await look(queueWith(state))).toBe(true);
  expect(events.map(({ type }) => type)).toEqual(['failed']);
  expect(record()).toMatchObject({ message: expect.stringMatching(message) as string });
});

it('is not judged while SLURM does not answer, and is gone when SLURM knows nothing of it any more', async () => {
  expect(await look(null)).toBe(false);
  expect(events).toEqual([]);
  expect(await look(parseQueue(''))).toBe(false);
  expect(events).toEqual([
    { type: 'retry', trial, attempt: 2, message: 'The job of the trial is gone without a result.' },
  ]);
});

it('tells when SLURM runs it again by itself', async () => {
  await look(queueWith('RUNNING'));
  await look(queueWith('PENDING', 'BeginTime'));
  await look(queueWith('RUNNING'));
  expect(events).toEqual([
    { type: 'started', trial, attempt: 1 },
    { type: 'retry', trial, attempt: 2, message: 'SLURM has requeued it; it is PENDING.' },
    { type: 'started', trial, attempt: 2 },
  ]);
});

it('stops all when its task found the disk full', async () => {
  await expect(look(queueWith('FAILED'), '74:0')).rejects.toThrow(DiskFullError);
});
