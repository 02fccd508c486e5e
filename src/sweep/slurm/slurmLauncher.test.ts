import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { resolveConfig } from '../../train/index.js';
import { runDirectory, writeJson } from '../../track/index.js';
import type { TrialEvent } from '../run/launcher.js';
import type { SlurmRequest, Trial } from '../study/study.js';
import type { CommandResult, RunCommand } from './command.js';
import { slurmLauncher } from './slurmLauncher.js';

const folder = mkdtempSync(join(tmpdir(), 'masq-launcher-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const config = resolveConfig({ name: 'a', data: { train: 'a.csv' }, model: { name: 'fcn' } });
const cell = { id: 'a', method: 'a', levels: {}, settings: {}, dataset: null, role: 'grid' } as const;
const trialsIn = (study: string, count: number): Trial[] =>
  Array.from({ length: count }, (_, i) => ({
    ...{ cell, seed: i + 1, config },
    directory: join(study, 'trials', 'a', `${i + 1}`),
  }));

const request: SlurmRequest = {
  ...{ partition: null, time: null, memory: null, cpus: 1, gpus: 0, concurrent: null, options: [] },
};

interface Job {
  readonly name: string;
  readonly id: number;
  readonly script: string;
  readonly directories: readonly string[];
  left: number;
}

/** A cluster that takes so many tasks at once, each of which is finished when it has been looked at three times. */
function clusterOf(
  study: string,
  mostTasks: number,
): { run: RunCommand; jobs: Job[]; refused: () => number } {
  const jobs: Job[] = [];
  let refused = 0;
  const answer = (stdout: string): CommandResult => ({ status: 0, stdout, stderr: '' });
  const submit = (path: string): CommandResult => {
    const script = readFileSync(path, 'utf8');
    const list = JSON.parse(readFileSync(join(path, '..', 'tasks.json'), 'utf8')) as {
      name: string;
      tasks: { directory: string }[];
    };
    const directories = list.tasks.map(({ directory }) => join(study, directory));
    const active = jobs.filter(({ left }) => left > 0).flatMap((job) => job.directories);
    if (active.length + directories.length > mostTasks) {
      refused += 1;
      return { status: 1, stdout: '', stderr: 'sbatch: error: QOSMaxSubmitJobPerUserLimit\n' };
    }
    jobs.push({ name: list.name, id: jobs.length + 1, script, directories, left: 3 });
    return answer(`${jobs.length}\n`);
  };
  const look = async (): Promise<CommandResult> => {
    for (const job of jobs.filter(({ left }) => left > 0)) {
      job.left -= 1;
      if (job.left > 0) continue;
      for (const directory of job.directories) await writeJson(runDirectory(directory).result, {});
    }
    const lines = jobs.flatMap(({ name, id, directories, left }) =>
      directories.map((_, i) => `${id}|${i}|${id}|${left > 0 ? 'RUNNING' : 'COMPLETED'}|None|${name}`),
    );
    return answer(lines.join('\n'));
  };
  const run: RunCommand = (command, args) => {
    if (command === 'squeue') return look();
    if (command === 'sbatch' && args[0] === '--parsable') return Promise.resolve(submit(args[1]));
    return Promise.resolve(answer('MaxArraySize = 1001\n'));
  };
  return { run, jobs, refused: () => refused };
}

async function launch(
  study: string,
  trials: readonly Trial[],
  run: RunCommand,
  slurm: Partial<SlurmRequest> = {},
): Promise<TrialEvent[]> {
  const events: TrialEvent[] = [];
  let time = 0;
  const clock = {
    now: () => time,
    sleep: (milliseconds: number) => {
      time += milliseconds;
      return Promise.resolve();
    },
  };
  const launcher = slurmLauncher({
    ...{ directory: study, run, clock },
    study: { name: 'a', slurm: { ...request, ...slurm }, halving: null },
  });
  const onEvent = (event: TrialEvent): void => void events.push(event);
  await launcher.run(trials, { signal: new AbortController().signal, pauseAfter: null, onEvent });
  return events;
}

const isFinish = ({ type }: TrialEvent): boolean => type === 'finished';

it('submits fewer trials at once where SLURM takes no more, and the others when those have ended', async () => {
  const study = mkdtempSync(join(folder, 'limited-'));
  const { run, jobs, refused } = clusterOf(study, 3);
  const trials = trialsIn(study, 7);
  const events = await launch(study, trials, run);
  expect(events.filter(isFinish).map(({ trial }) => trial.seed)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(jobs.flatMap(({ directories }) => directories)).toEqual(trials.map(({ directory }) => directory));
  // 7 and 4 are too many at first; afterwards it waits for those that run.
  expect(jobs.map(({ directories }) => directories.length)).toEqual([2, 2, 2, 1]);
  expect(refused()).toBeLessThan(8);
});

it('submits later what SLURM did not answer to, and gives no trial up for it', async () => {
  const study = mkdtempSync(join(folder, 'silent-'));
  const { run } = clusterOf(study, 3);
  let submissions = 0;
  const restarted: RunCommand = (command, args) => {
    const isAway = command === 'sbatch' && args[0] === '--parsable' && ++submissions > 3 && submissions < 15;
    const stderr = 'sbatch: error: Unable to contact slurm controller (connect failure)\n';
    return isAway ? Promise.resolve({ status: 1, stdout: '', stderr }) : run(command, args);
  };
  const events = await launch(study, trialsIn(study, 7), restarted);
  expect(events.filter(isFinish)).toHaveLength(7);
  expect(events.filter(({ type }) => type === 'failed')).toEqual([]);
  expect(events.filter(({ type }) => type === 'warning').length).toBeGreaterThan(0);
});

it('runs arrays one after another where only so many trials may run at once', async () => {
  const study = mkdtempSync(join(folder, 'concurrent-'));
  const { run, jobs } = clusterOf(study, 100);
  const small: RunCommand = (command, args) =>
    command === 'scontrol'
      ? Promise.resolve({ status: 0, stdout: 'MaxArraySize = 2\n', stderr: '' })
      : run(command, args);
  expect((await launch(study, trialsIn(study, 4), small, { concurrent: 2 })).filter(isFinish)).toHaveLength(
    4,
  );
  expect(jobs[0].script).not.toContain('--dependency');
  expect(jobs[1].script).toContain('#SBATCH --array=0-1%2\n#SBATCH --dependency=afterany:1\n');
});

it('refuses successive halving, and options that masq sets itself', () => {
  const of = (slurm: SlurmRequest, halving: { firstEpoch: number; factor: number } | null) => () =>
    slurmLauncher({ study: { name: 'a', slurm, halving }, directory: folder });
  expect(of(request, { firstEpoch: 5, factor: 3 })).toThrow(/^successive halving compares all trials/);
  expect(of({ ...request, options: ['--array=0-9'] }, null)).toThrow(/^slurm\.options holds --array=0-9/);
});
