// masq sweep as users run it: a study that is killed in any way and resumed ends as one that never was.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { acquireLease } from '../src/sweep/run/lease.js';
import { contentsOf, ended, masq, masqProcess, metricsLines, startMasq } from './support/masq.js';
import { fewShapes, writeConfig, writeWaveSets } from './support/waves.js';

// A trial is a process that loads TensorFlow, which a busy machine takes its time for.
vi.setConfig({ testTimeout: 300_000 });

const folder = mkdtempSync(join(tmpdir(), 'masq-sweep-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const base = writeConfig(folder, 'waves', { ...writeWaveSets(folder), ...fewShapes });

/** Two cells by default, the base config's and a control, each with one seed; long enough to be killed in the middle. */
function writeStudy(name: string, keys: Record<string, unknown> = {}): string {
  const path = join(folder, `${name}.yaml`);
  const study = {
    name: 'study',
    base,
    controls: [{ 'model.attention': 'none' }],
    seeds: 1,
    compare: { baseline: { 'model.attention': 'none' } },
    ...keys,
  };
  writeFileSync(path, JSON.stringify(study));
  return path;
}

const epochs = 30;
const study = writeStudy('study');
const newFolder = (): string => join(mkdtempSync(join(folder, 'study-')), 'study');
/** Every call has --resume: it begins a study where there is none. */
const command = (directory: string, ...more: string[]): string[] => [
  ...['sweep', study, `base.train.epochs=${epochs}`, '--study-dir', directory, '--resume', '--quiet'],
  ...['--workers', '2', '--threads', '1', ...more],
];

/** Run directories of a study by cell and seed. */
function runsOf(directory: string): Map<string, string> {
  const trials = join(directory, 'trials');
  const runs = new Map<string, string>();
  for (const cell of existsSync(trials) ? readdirSync(trials) : []) {
    for (const entry of readdirSync(join(trials, cell), { withFileTypes: true })) {
      if (entry.isDirectory()) runs.set(`${cell}/${entry.name}`, join(trials, cell, entry.name));
    }
  }
  return runs;
}

/** All that the trials of a study leave, and what else is beside them. */
function trialsOf(directory: string): Record<string, Record<string, string>> {
  return Object.fromEntries([...runsOf(directory)].map(([name, path]) => [name, contentsOf(path)]));
}

let whole: { directory: string; trials: ReturnType<typeof trialsOf> };
beforeAll(() => {
  const directory = newFolder();
  const { status, stderr, stdout } = masqProcess(...command(directory));
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^2 of 2 trials finished, in .*\.\n[^]*\nReport: .*report\.html, /);
  whole = { directory, trials: trialsOf(directory) };
  expect(Object.keys(whole.trials)).toHaveLength(2);
});

/** Waits until all trials of a study are in the midst of training; false when the sweep ended before. */
async function inTheMidst(directory: string, sweep: ReturnType<typeof startMasq>): Promise<boolean> {
  for (;;) {
    const runs = [...runsOf(directory).values()];
    if (runs.length === 2 && runs.every((run) => metricsLines(run).length > 1)) {
      return !runs.some((run) => existsSync(join(run, 'result.json')));
    }
    if (sweep.child.exitCode !== null) return false;
    await setTimeout(2);
  }
}

/** A sweep whose trials are all in the midst of training. */
async function startedSweep(): Promise<ReturnType<typeof startMasq> & { directory: string }> {
  for (;;) {
    const directory = newFolder();
    const sweep = startMasq(...command(directory));
    if (await inTheMidst(directory, sweep)) return { ...sweep, directory };
    sweep.child.kill('SIGKILL');
  }
}

/** The processes of the trials that a sweep runs. */
function trialProcesses(pid: number | undefined): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.split(' ').filter(Boolean).map(Number);
}

describe('a study', () => {
  it('whose worker is killed tries its trial again, and ends as if nothing had happened', async () => {
    const { child, directory, stderr } = await startedSweep();
    const end = ended(child);
    process.kill(trialProcesses(child.pid)[0], 'SIGKILL');
    expect(await end).toBe(0);
    expect(stderr()).toMatch(
      /^Warning: \S+, seed 1: The process of the trial was ended by SIGKILL.* It is tried again\.\n$/,
    );
    expect(trialsOf(directory)).toEqual(whole.trials);
  });

  it('ends as if nothing had happened when it is interrupted, goes on, and is killed with its trials running', async () => {
    const { child, directory } = await startedSweep();
    const end = ended(child);
    const processes = trialProcesses(child.pid);
    for (const pid of processes) process.kill(pid, 'SIGSTOP');
    expect(masqProcess(...command(directory))).toMatchObject({
      status: 2,
      stderr:
        `${directory}: another masq sweep runs in this folder. Wait for it, end it, or name another folder with ` +
        '--study-dir.\n',
    });
    for (const pid of processes) process.kill(pid, 'SIGCONT');
    child.kill('SIGINT');
    expect(await end).toBe(130);
    for (const run of runsOf(directory).values())
      expect(existsSync(join(run, 'checkpoints', 'last'))).toBe(true);

    const again = startMasq('sweep', '--study-dir', directory, '--resume');
    const killed = ended(again.child);
    while (trialProcesses(again.child.pid).length < 2) await setTimeout(2);
    again.child.kill('SIGKILL');
    await killed;
    // Its trials may still run.
    expect(masqProcess('sweep', '--study-dir', directory, '--resume').status).toBe(0);
    expect(trialsOf(directory)).toEqual(whole.trials);
  });

  it('leaves folders of other things as they are', async () => {
    const own = mkdtempSync(join(folder, 'own-'));
    mkdirSync(join(own, 'lease'));
    writeFileSync(join(own, 'lease', 'contract.txt'), 'of the flat');
    const { status, stderr } = await masq(...command(own));
    expect(status).toBe(2);
    expect(stderr).toContain(`${own}: this folder is not empty: it holds lease.`);
    expect(readFileSync(join(own, 'lease', 'contract.txt'), 'utf8')).toBe('of the flat');
    // It has a study.yaml that masq did not write.
    expect((await masq(...command(folder))).status).toBe(2);
    expect(existsSync(join(folder, 'lease'))).toBe(false);
  });

  it('compares by a metric that a module of the config registers', () => {
    const directory = newFolder();
    const own = writeStudy('own-metric', {
      controls: [],
      compare: { metric: 'test.metrics.worst-class-recall', better: 'higher' },
    });
    const overrides = ['base.modules=[examples/own-metric.mjs]', 'base.train.epochs=1'];
    const { status, stderr } = masqProcess('sweep', own, ...overrides, '--study-dir', directory, '--quiet');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [run] = runsOf(directory).values();
    const { test } = JSON.parse(readFileSync(join(run, 'result.json'), 'utf8')) as {
      test: { perClass: { recall: number }[]; metrics: Record<string, number> };
    };
    const worst = Math.min(...test.perClass.map(({ recall }) => recall));
    expect(test.metrics).toEqual({ 'worst-class-recall': worst });
    const report = JSON.parse(readFileSync(join(directory, 'report.json'), 'utf8')) as {
      cells: { mean: number }[];
    };
    expect(report.cells.map(({ mean }) => mean)).toEqual([worst]);
  });

  it('is left to the machine that has its lease', async () => {
    const directory = newFolder();
    await acquireLease(join(directory, 'lease'), { onHeld: () => undefined });
    const { status, stderr } = await masq(...command(directory));
    expect(status).toBe(2);
    expect(stderr).toContain(
      `${directory}: masq sweep, process ${process.pid} on ${hostname()}, runs in this folder.`,
    );
    expect(readdirSync(directory)).toEqual(['lease']);
  });

  it('records a trial that fails, finishes the others, exits with 1 and tries it again with --resume', () => {
    const directory = newFolder();
    const failing = writeStudy('failing', {
      controls: [{ 'train.optimizer.learningRate': 1e30 }],
      compare: undefined,
    });
    const first = masqProcess('sweep', failing, '--study-dir', directory, '--quiet', '--workers', '1');
    expect(first).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^1 of 2 trials finished/) as string,
    });
    expect(first.stderr).toContain(
      'masq: 1 of 2 trials failed:\n  learningRate=1e+30, seed 1: The loss became ',
    );
    expect(first.stderr).toContain(`To try them again: masq sweep --study-dir ${directory} --resume\n`);
    const record = join(directory, 'trials', 'learningRate=1e+30', '1.json');
    const failure: unknown = JSON.parse(readFileSync(record, 'utf8'));
    expect(failure).toMatchObject({ status: 'failed', attempts: 1 });

    rmSync(record);
    expect(masqProcess('sweep', '--study-dir', directory, '--resume', '--quiet').status).toBe(1);
    expect(JSON.parse(readFileSync(record, 'utf8'))).toEqual(failure);
  });

  it('grows by a seed without touching what is finished', () => {
    const before = [...runsOf(whole.directory).values()].map(
      (run) => statSync(join(run, 'result.json')).mtimeMs,
    );
    const { status, stdout } = masqProcess(...command(whole.directory), 'seeds=2');
    expect({ status, stdout }).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^4 of 4/) as string,
    });
    expect(trialsOf(whole.directory)).toMatchObject(whole.trials);
    const after = Object.keys(whole.trials).map(
      (name) => statSync(join(whole.directory, 'trials', name, 'result.json')).mtimeMs,
    );
    expect(after).toEqual(before);
  });
});

it('with halving, ends the worse cells and leaves the results of the others as they are without it', () => {
  const directory = newFolder();
  const halved = writeStudy('halved', {
    axes: { 'train.optimizer.learningRate': [0.01, 1e-9] },
    halving: { firstEpoch: 2, factor: 4 },
  });
  const settings = [`base.train.epochs=${epochs}`, '--study-dir', directory, '--quiet', '--threads', '1'];
  const { status, stdout, stderr } = masqProcess('sweep', halved, ...settings);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^2 of 3 trials finished, 1 ended by halving, in /);
  const trials = runsOf(directory);
  const none = trials.get('attention=none/1');
  expect(contentsOf(none ?? '')).toEqual(whole.trials['attention=none/1']);
  const lengths = [...trials.values()].map((run) => metricsLines(run).length).sort((a, b) => a - b);
  expect(lengths).toEqual([2, epochs, epochs]);
});

it.each<[what: string, args: (directory: string) => string[], message: (directory: string) => string]>([
  [
    'a folder that holds a study, without --resume',
    (directory) => ['sweep', study, '--study-dir', directory],
    (directory) =>
      `${directory}: this folder holds a study already. Go on with it with --resume, or name another folder with ` +
      '--study-dir.',
  ],
  [
    'a folder with a study.yaml that masq did not write, which it would replace',
    () => ['sweep', study, '--study-dir', folder, '--resume'],
    () =>
      `${folder}: this folder holds a study.yaml that masq did not write. Name another folder for the study with ` +
      '--study-dir.',
  ],
  [
    'another study',
    (directory) => ['sweep', study, 'base.train.epochs=5', '--study-dir', directory, '--resume'],
    (directory) =>
      `${directory}/study.yaml: this study was begun with another file: in cell base, train.epochs was ` +
      `${epochs} and is now 5. Leave the file out to go on with the study as it is, or name another folder with ` +
      '--study-dir.',
  ],
  [
    'no study',
    () => ['sweep'],
    () =>
      'masq sweep needs a study file, or --study-dir DIR --resume to go on with the study in that folder.',
  ],
])('refuses %s', async (_, args, message) => {
  const { directory } = whole;
  expect(await masq(...args(directory))).toEqual({
    status: 2,
    stdout: '',
    stderr: `${message(directory)}\n`,
  });
});

it('leaves no folder of a study that cannot begin', async () => {
  const directory = newFolder();
  const args = ['sweep', study, 'halving.firstEpoch=1', '--launcher', 'slurm', '--study-dir', directory];
  const { status, stderr } = await masq(...args);
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: expect.stringMatching(/^successive halving compares/) as string,
  });
  expect(existsSync(directory)).toBe(false);
});
