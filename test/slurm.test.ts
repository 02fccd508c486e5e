// Trials as jobs of a real SLURM: they end as `masq train` would have ended, whatever happens to jobs, nodes and the submitting side.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrialEvent } from '../src/sweep/run/launcher.js';
import { slurmLauncher } from '../src/sweep/slurm/slurmLauncher.js';
import type { SlurmRequest, Trial } from '../src/sweep/study/study.js';
import { parseConfig, type Config } from '../src/train/index.js';
import { contentsOf, ended, masq, masqProcess, metricsLines, startMasq } from './support/masq.js';
import { startCluster, whyNoCluster, type Cluster } from './support/slurm.js';
import { fewShapes, writeConfig, writeWaveSets } from './support/waves.js';

const reason = whyNoCluster();
if (reason !== null) console.warn(`Tests with SLURM are skipped: ${reason}.`);

// Some wait for SLURM, and all for processes that start.
describe.skipIf(reason !== null)('the jobs of a study', { timeout: 300_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'masq-slurm-study-'));
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(() => {
    cluster.stop();
    rmSync(folder, { recursive: true });
  });

  const data = { ...writeWaveSets(folder), ...fewShapes };
  const file = writeConfig(folder, 'waves', data);
  /** Long enough to be interrupted. */
  const epochs = 100;
  const whole = new Map<string, Record<string, string>>();

  /** What `masq train` leaves of a config. */
  async function trained(...overrides: string[]): Promise<Record<string, string>> {
    const key = overrides.join();
    const known = whole.get(key);
    if (known !== undefined) return known;
    const run = mkdtempSync(join(folder, 'whole-'));
    const command = ['train', file, ...overrides, '--run-dir', run, '--resume', '--threads', '1', '--quiet'];
    expect(await masq(...command)).toMatchObject({ status: 0, stderr: '' });
    const contents = contentsOf(run);
    whole.set(key, contents);
    return contents;
  }

  /** Of the trial of `ratio=2` that has seed 1. */
  function studyFile(): string {
    const base = join(folder, 'long.yaml');
    writeFileSync(base, readFileSync(file, 'utf8').replace('epochs: 3', `epochs: ${epochs}`));
    const path = join(folder, 'study.yaml');
    const slurm = 'slurm: { partition: debug, time: 00:10:00, memory: 100M }';
    const axes = 'axes: { model.attention.ratio: [2] }';
    writeFileSync(path, ['name: waves', `base: ${base}`, axes, 'seeds: [1]', slurm, ''].join('\n'));
    return path;
  }

  function newStudy(): string {
    return mkdtempSync(join(folder, 'study-'));
  }

  function trialOf(study: string, seed: number, ...overrides: string[]): Trial {
    const names = { id: 'ratio=2', method: 'ratio=2', levels: { ratio: '2' } };
    const cell = { ...names, settings: {}, dataset: null, role: 'grid' } as const;
    const config: Config = parseConfig(readFileSync(file, 'utf8'), {}, [`seed=${seed}`, ...overrides]);
    return { cell, seed, directory: join(study, 'trials', cell.id, `${seed}`), config };
  }

  const request: SlurmRequest = {
    ...{ partition: 'debug', time: '00:10:00', memory: '100M', cpus: 1, gpus: 0 },
    ...{ concurrent: null, options: [] },
  };

  interface Launched {
    readonly events: TrialEvent[];
    readonly abort: () => void;
    readonly done: Promise<void>;
  }

  function launch(study: string, trials: readonly Trial[], slurm: Partial<SlurmRequest> = {}): Launched {
    const events: TrialEvent[] = [];
    const stop = new AbortController();
    const launcher = slurmLauncher({
      study: { name: 'waves', slurm: { ...request, ...slurm }, halving: null },
      directory: study,
    });
    const onEvent = (event: TrialEvent): void => void events.push(event);
    const done = launcher.run(trials, { signal: stop.signal, pauseAfter: null, onEvent });
    return {
      events,
      done,
      abort: () => {
        stop.abort();
      },
    };
  }

  const typesOf = (events: readonly TrialEvent[]): string[] =>
    events.map(({ type }) => type).filter((type) => type !== 'epoch');

  /** Waits for a condition, looking often. */
  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await setTimeout(20);
  }

  const hasBegun = ({ directory }: Trial): boolean => metricsLines(directory).length > 3;

  /** The number of the job that trains a trial, and of its process. */
  function processOf(study: string, { cell, seed }: Trial): { pid: number; job: string } {
    const leases = join(study, 'slurm', 'leases', cell.id, `${seed}`);
    const last =
      readdirSync(leases)
        .sort((a, b) => Number(a) - Number(b))
        .at(-1) ?? '';
    const { pid } = JSON.parse(readFileSync(join(leases, last), 'utf8').split('\n', 1)[0]) as { pid: number };
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    const job = environment.find((entry) => entry.startsWith('SLURM_JOB_ID='))?.slice('SLURM_JOB_ID='.length);
    return { pid, job: job ?? '' };
  }

  it('leave what masq train leaves, in as many arrays as SLURM allows, and one that fails stops no other', async () => {
    const study = newStudy();
    const trials = [1, 2].map((seed) => trialOf(study, seed));
    const wrong = trialOf(study, 3, 'data.train=absent.csv');
    const { events, done } = launch(study, [wrong, ...trials]);
    await done;
    expect(trials.map(({ directory }) => contentsOf(directory))).toEqual([
      await trained('seed=1'),
      await trained('seed=2'),
    ]);
    expect(events.filter(({ type, trial }) => trial === wrong && type !== 'epoch')).toEqual([
      { type: 'started', trial: wrong, attempt: 1 },
      { type: 'failed', trial: wrong, attempts: 1, message: expect.stringContaining('absent.csv') as string },
    ]);
    expect(typesOf(events.filter(({ trial }) => trial === trials[0]))).toEqual(['started', 'finished']);
    // MaxArraySize is 2.
    expect(readdirSync(join(study, 'slurm')).filter((name) => name.startsWith('array-'))).toHaveLength(2);
  });

  it.each<[what: string, harm: (study: string, trial: Trial) => void | Promise<void>, message: RegExp]>([
    [
      'is killed',
      (study, trial) => {
        process.kill(processOf(study, trial).pid, 'SIGKILL');
      },
      /^SLURM job \d+_0 on node ended as FAILED \(.*signal 9\) without a result\./,
    ],
    [
      'must make room for another, and is requeued',
      (study, trial) => {
        cluster.slurm('scancel', '--signal=USR2', '--batch', processOf(study, trial).job);
      },
      /^SLURM has requeued it/,
    ],
    [
      'loses its node',
      async () => {
        cluster.slurm('scontrol', 'update', 'nodename=node', 'state=down', 'reason=test');
        await setTimeout(1500);
        cluster.slurm('scontrol', 'update', 'nodename=node', 'state=resume');
      },
      /^SLURM has requeued it/,
    ],
  ])(
    'go on from the last checkpoint when one %s, and end as if nothing had happened',
    async (_, harm, message) => {
      const study = newStudy();
      const trial = trialOf(study, 1, `train.epochs=${epochs}`);
      const { events, done } = launch(study, [trial]);
      await until(() => hasBegun(trial));
      await harm(study, trial);
      await done;
      expect(typesOf(events)).toEqual(['started', 'retry', 'started', 'finished']);
      expect(events.find(({ type }) => type === 'retry')).toMatchObject({
        attempt: 2,
        message: expect.stringMatching(message) as string,
      });
      expect(logs(study)).toMatch(/Training, after epoch [1-9]/);
      expect(contentsOf(trial.directory)).toEqual(await trained('seed=1', `train.epochs=${epochs}`));
    },
  );

  function logs(study: string): string {
    const names = readdirSync(join(study, 'slurm'), { recursive: true, encoding: 'utf8' });
    return names
      .filter((name) => name.endsWith('.log'))
      .map((name) => readFileSync(join(study, 'slurm', name), 'utf8'))
      .join('');
  }

  it('wait while their node is drained, say so, and the one that runs ends', async () => {
    const study = newStudy();
    const trials = [trialOf(study, 1, `train.epochs=${epochs}`), trialOf(study, 2)];
    const { events, done } = launch(study, trials, { concurrent: 1 });
    await until(() => hasBegun(trials[0]));
    cluster.slurm('scontrol', 'update', 'nodename=node', 'state=drain', 'reason=test');
    await until(() => typesOf(events).includes('warning'));
    cluster.slurm('scontrol', 'update', 'nodename=node', 'state=resume');
    await done;
    const eventsOf = (trial: Trial): TrialEvent[] => events.filter((event) => event.trial === trial);
    expect(typesOf(eventsOf(trials[0]))).toEqual(['started', 'finished']);
    expect(typesOf(eventsOf(trials[1]))).toEqual(['warning', 'started', 'finished']);
    expect(eventsOf(trials[1])[0]).toMatchObject({
      message: expect.stringMatching(/DRAINED/) as string,
    });
  });

  it('are cancelled from the submitting side after a checkpoint, and the next call goes on', async () => {
    const study = newStudy();
    const trials = [1, 2].map((seed) => trialOf(study, seed, `train.epochs=${epochs}`));
    const first = launch(study, trials, { concurrent: 1 });
    await until(() => hasBegun(trials[0]));
    first.abort();
    await first.done;
    expect(cluster.slurm('squeue', '--noheader')).toBe('');
    expect(typesOf(first.events)).toEqual(['started']);
    expect(logs(study)).toMatch(/Interrupted\.\n$/);
    expect(existsSync(join(trials[1].directory))).toBe(false);
    const second = launch(study, trials.slice(0, 1));
    await second.done;
    expect(logs(study)).toMatch(/Training, after epoch [1-9]/);
    expect(contentsOf(trials[0].directory)).toEqual(await trained('seed=1', `train.epochs=${epochs}`));
  });

  it('go on without the submitting side, and the next call follows them instead of submitting them again', async () => {
    const study = newStudy();
    const trial = trialOf(study, 1, `train.epochs=${epochs}`);
    rmSync(study, { recursive: true });
    const submitter = startMasq('sweep', studyFile(), '--study-dir', study, '--launcher', 'slurm').child;
    await until(() => hasBegun(trial));
    const { pid } = processOf(study, trial);
    // So that it still runs when the others ask.
    process.kill(pid, 'SIGSTOP');
    const goOn = ['sweep', '--study-dir', study, '--resume', '--quiet'];
    submitter.kill('SIGKILL');
    await ended(submitter);
    expect(masqProcess(...goOn)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('1 job of this study waits or runs on SLURM.') as string,
    });
    process.kill(pid, 'SIGCONT');
    expect(masqProcess(...goOn, '--launcher', 'slurm')).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(join(study, 'slurm')).filter((name) => name.startsWith('array-'))).toEqual([
      'array-1',
    ]);
    expect(contentsOf(trial.directory)).toEqual(await trained('seed=1', `train.epochs=${epochs}`));
  });

  it('are refused with what SLURM says', async () => {
    const study = newStudy();
    const { events, done } = launch(study, [trialOf(study, 1)], { partition: 'absent' });
    await expect(done).rejects.toThrow(
      'SLURM refuses the jobs of this study: invalid partition specified: absent; Batch job submission failed: ' +
        `Invalid partition name specified. What is asked for is under slurm in ${study}/study.yaml.`,
    );
    expect(events).toEqual([]);
  });
});
