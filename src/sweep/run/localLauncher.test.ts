// Trials on this machine, with processes that only say how they end.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { resolveConfig } from '../../train/index.js';
import type { Trial } from '../study/study.js';
import { DiskFullError, type TrialEvent } from './launcher.js';
import { localLauncher, type LocalLauncherOptions } from './localLauncher.js';
import type { TrialOutcome } from './runTrial.js';
import type { TrialTask } from './trialMessages.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'masq-launcher-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function trialOf(id: string): Trial {
  const cell = { id, method: id, levels: {}, settings: {}, dataset: null, role: 'grid' as const };
  const config = resolveConfig({ name: 'study', data: { train: 'train.ts' }, model: 'fcn' });
  return { cell, seed: 1, directory: join(folder, id, '1'), config };
}

/** Runs trials of the named cells; each attempt ends as `outcomes` say in turn, the last of them again and again. */
async function launch(
  outcomes: Record<string, TrialOutcome[]>,
  options: Partial<LocalLauncherOptions> = {},
): Promise<{ events: string[]; tasks: TrialTask[]; running: number }> {
  const tasks: TrialTask[] = [];
  const events: string[] = [];
  let [now, most] = [0, 0];
  const launcher = localLauncher({
    ...{ workers: 1, devices: [], threads: 1, change: false, backoffSeconds: 0 },
    start: async (task) => {
      tasks.push(task);
      most = Math.max(most, ++now);
      await new Promise(setImmediate);
      now--;
      const ends = outcomes[idOf(task)];
      return ends[Math.min(task.attempt, ends.length) - 1];
    },
    ...options,
  });
  await launcher.run(Object.keys(outcomes).map(trialOf), {
    signal: new AbortController().signal,
    pauseAfter: null,
    onEvent: (event) => events.push(described(event)),
  });
  return { events, tasks, running: most };
}

function idOf({ trial }: TrialTask): string {
  return trial.directory.split('/').at(-2) ?? '';
}

function described(event: TrialEvent): string {
  return `${event.trial.cell.id} ${event.type}`;
}

const finished: TrialOutcome = { status: 'finished' };
const failed = (message: string, { retry = false, diskFull = false } = {}): TrialOutcome => ({
  ...{ status: 'failed', message, retry, diskFull },
});
const recordOf = (id: string): unknown => JSON.parse(readFileSync(join(folder, id, '1.json'), 'utf8'));

it('tries a trial again when that can help, gives it up when it cannot, and runs the others either way', async () => {
  const { events } = await launch({
    killed: [failed('killed', { retry: true }), finished],
    diverged: [failed('The loss became NaN.')],
    hopeless: [failed('out of memory', { retry: true })],
    last: [finished],
  });
  expect(events).toEqual([
    ...['killed started', 'killed retry', 'killed started', 'killed finished'],
    ...['diverged started', 'diverged failed'],
    ...['hopeless started', 'hopeless retry', 'hopeless started', 'hopeless retry'],
    ...['hopeless started', 'hopeless failed'],
    ...['last started', 'last finished'],
  ]);
  expect(recordOf('diverged')).toEqual({ status: 'failed', message: 'The loss became NaN.', attempts: 1 });
  expect(recordOf('hopeless')).toEqual({ status: 'failed', message: 'out of memory', attempts: 3 });
  expect(existsSync(join(folder, 'killed', '1.json'))).toBe(false);
});

it('ends all, and blames no trial, when the disk stays full', async () => {
  const full = failed('no space left', { retry: true, diskFull: true });
  const launched = launch({ first: [finished], second: [full], third: [finished] });
  await expect(launched).rejects.toThrow(DiskFullError);
  expect(existsSync(join(folder, 'second', '1.json'))).toBe(false);
});

it('tries again where no process could be started', async () => {
  let tries = 0;
  const start = (): Promise<TrialOutcome> =>
    ++tries === 1
      ? Promise.reject(Object.assign(new Error('fork EMFILE'), { code: 'EMFILE' }))
      : Promise.resolve(finished);
  const { events } = await launch({ a: [] }, { start });
  expect(events).toEqual(['a started', 'a retry', 'a started', 'a finished']);
});

it('stops the trials that run, and begins no other, when a record cannot be written', async () => {
  // Where the folder of a cell should be.
  writeFileSync(join(folder, 'a'), '');
  const begun: string[] = [];
  const launched = launch(
    { a: [], b: [], c: [] },
    {
      workers: 2,
      start: (task, { signal }) => {
        begun.push(idOf(task));
        if (idOf(task) === 'a') return Promise.resolve(failed('diverged'));
        return new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            resolve({ status: 'interrupted' });
          });
        });
      },
    },
  );
  await expect(launched).rejects.toThrow(/ENOTDIR|EEXIST/);
  expect(begun).toEqual(['a', 'b']);
});

it('stops, and says why, when another machine has taken the study over', async () => {
  const lost = new AbortController();
  const start: LocalLauncherOptions['start'] = (_, { signal }) => {
    lost.abort(new Error('taken over'));
    return Promise.resolve({ status: signal.aborted ? 'interrupted' : 'finished' });
  };
  await expect(launch({ a: [], b: [] }, { start, lost: lost.signal })).rejects.toThrow('taken over');
});

it('gives workers cards in turn, and a trial that was begun what it was begun with', async () => {
  mkdirSync(join(folder, 'c', '1'), { recursive: true });
  writeFileSync(join(folder, 'c', '1', 'config.yaml'), '');
  const ids = { a: [finished], b: [finished], c: [finished] };
  const { tasks, running } = await launch(ids, { workers: 3, devices: ['gpu:0', 'gpu:1'], threads: 4 });
  expect(running).toBe(3);
  expect(tasks.map(({ device, threads }) => [device, threads])).toEqual([
    ['gpu:0', 4],
    ['gpu:1', 4],
    [undefined, undefined],
  ]);
});
