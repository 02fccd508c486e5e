// Exact resume: a run that was killed or interrupted at any moment and resumed ends as one that never was.
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  checkpointEntries,
  checkpointFolder,
  contentsOf,
  ended,
  masq,
  masqProcess,
  metricsLines,
  startMasq,
  stopWhen,
} from './support/masq.js';
import { bfloat16Support } from '../src/engine/bfloat16.js';
import { fewShapes, writeConfig, writeWaveSets } from './support/waves.js';

// Each run is a process that loads TensorFlow, which a busy machine takes its time for.
vi.setConfig({ testTimeout: 180_000 });

const folder = mkdtempSync(join(tmpdir(), 'masq-resume-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const data = { ...writeWaveSets(folder), ...fewShapes };
const withValidation = writeConfig(folder, 'validated', data);
const withoutValidation = writeConfig(folder, 'unvalidated', { ...data, validation: 'none' });

const epochs = 3;

/** Every call has --resume: it begins a run where there is none. */
const command = (config: string, run: string): string[] => [
  'train',
  config,
  '--run-dir',
  run,
  '--resume',
  '--threads',
  '1',
  '--quiet',
];

/** What the whole run leaves, and where it is. */
async function uninterrupted(config: string): Promise<{ path: string; contents: Record<string, string> }> {
  const path = mkdtempSync(join(folder, 'whole-'));
  const { status, stderr } = await masq(...command(config, path));
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return { path, contents: contentsOf(path) };
}

let whole: Awaited<ReturnType<typeof uninterrupted>>;
beforeAll(async () => {
  whole = await uninterrupted(withValidation);
});

function newRun(): string {
  return join(mkdtempSync(join(folder, 'run-')), 'run');
}

async function resume(config: string, run: string): Promise<Record<string, string>> {
  expect(await masq(...command(config, run))).toMatchObject({ status: 0, stderr: '' });
  return contentsOf(run);
}

/**
 * Trains a new run until a moment, and stops it there. A moment may be too short to be noticed: then the next run is tried.
 */
async function stopped(
  config: string,
  moment: (run: string) => boolean,
): Promise<ReturnType<typeof startMasq> & { run: string; end: ReturnType<typeof ended> }> {
  for (;;) {
    const run = newRun();
    const started = startMasq(...command(config, run));
    const end = ended(started.child);
    if (await stopWhen(started.child, () => moment(run))) return { ...started, run, end };
    expect({ status: await end, stderr: started.stderr() }).toEqual({ status: 0, stderr: '' });
  }
}

const isBeingWritten = (entry: string): boolean => entry.startsWith('tmp-');
const inAnEpoch = (run: string): boolean =>
  metricsLines(run).length === 2 && !checkpointEntries(run).some(isBeingWritten);
const beforeFirstCheckpoint = (run: string): boolean =>
  existsSync(join(run, 'metrics.jsonl')) && checkpointEntries(run).length === 0;

describe('a run killed with SIGKILL', () => {
  it.each<[moment: string, holds: (run: string) => boolean]>([
    ['before it wrote its config', (run) => existsSync(run) && !existsSync(join(run, 'config.yaml'))],
    ['before its first checkpoint', beforeFirstCheckpoint],
    [
      'while the first checkpoint was being written',
      (run) => checkpointEntries(run).length === 1 && checkpointEntries(run).some(isBeingWritten),
    ],
    [
      'while a later checkpoint was being written',
      (run) => checkpointEntries(run).includes('last') && checkpointEntries(run).some(isBeingWritten),
    ],
    ['in an epoch', inAnEpoch],
    [
      'after the last epoch',
      (run) => metricsLines(run).length === epochs && !existsSync(join(run, 'result.json')),
    ],
  ])('%s, and resumed, ends as if nothing had happened', async (_, holds) => {
    const { run, child, end } = await stopped(withValidation, holds);
    child.kill('SIGKILL');
    expect(await end).toBe('SIGKILL');
    expect(holds(run)).toBe(true);
    expect(await resume(withValidation, run)).toEqual(whole.contents);
  });

  it('ends the same with dropout and augmentation, killed in an epoch', async () => {
    const augmentation = '[jitter, time-warp, { name: crop, minimumShare: 0.5 }, mixup]';
    const config = writeConfig(folder, 'random', { ...data, dropout: 0.3, augmentation });
    const { run, child, end } = await stopped(config, inAnEpoch);
    child.kill('SIGKILL');
    await end;
    const resumed = await resume(config, run);
    expect(resumed).toEqual((await uninterrupted(config)).contents);
    expect(resumed['metrics.jsonl']).not.toEqual(whole.contents['metrics.jsonl']);
  });

  const bfloat16 = bfloat16Support('cpu');
  const because = bfloat16.reason === null ? '' : ` (skipped: ${bfloat16.reason})`;
  it.skipIf(!bfloat16.supported)(`ends the same in bfloat16, killed in an epoch${because}`, async () => {
    const config = writeConfig(folder, 'bfloat16', { ...data, precision: 'bfloat16' });
    const { run, child, end } = await stopped(config, inAnEpoch);
    child.kill('SIGKILL');
    await end;
    const resumed = await resume(config, run);
    expect(resumed).toEqual((await uninterrupted(config)).contents);
    expect(resumed['metrics.jsonl']).not.toEqual(whole.contents['metrics.jsonl']);
  });

  it('ends like another run where train.deterministic is asked for, killed in an epoch', async () => {
    const config = writeConfig(folder, 'deterministic', { ...data, deterministic: true });
    const { run, child, end } = await stopped(config, inAnEpoch);
    child.kill('SIGKILL');
    await end;
    // Settled when the engine is loaded, so in a process of its own.
    const [resumed, other] = [run, newRun()].map((path) => {
      expect(masqProcess(...command(config, path))).toMatchObject({ status: 0, stderr: '' });
      return contentsOf(path);
    });
    expect(resumed).toEqual(other);
  });

  it('ends the same without a validation set, killed twice', async () => {
    const run = newRun();
    for (const lines of [1, 2]) {
      const { child } = startMasq(...command(withoutValidation, run));
      const end = ended(child);
      expect(await stopWhen(child, () => metricsLines(run).length === lines)).toBe(true);
      child.kill('SIGKILL');
      await end;
    }
    expect(await resume(withoutValidation, run)).toEqual((await uninterrupted(withoutValidation)).contents);
  });
});

it('writes a checkpoint within the epoch on Ctrl-C, exits with 130 and goes on from there exactly', async () => {
  const { run, child, stderr, end } = await stopped(withValidation, beforeFirstCheckpoint);
  child.kill('SIGINT');
  child.kill('SIGCONT');
  expect(await end).toBe(130);
  expect(stderr()).toBe('Interrupted.\n');
  const progress: unknown = JSON.parse(
    readFileSync(join(checkpointFolder(run, 'last'), 'state', 'progress.json'), 'utf8'),
  );
  expect(progress).toMatchObject({ epoch: 0, best: null });
  expect(checkpointEntries(run)).not.toContain('best');
  expect(await resume(withValidation, run)).toEqual(whole.contents);
});

it('keeps other processes out of a run while it trains', async () => {
  const { run, child, end } = await stopped(withValidation, (path) => metricsLines(path).length === 1);
  expect(await masq(...command(withValidation, run))).toEqual({
    status: 2,
    stdout: '',
    stderr: `${run}: another process is training in this folder. Wait for it, end it, or name another folder.\n`,
  });
  child.kill('SIGCONT');
  expect(await end).toBe(0);
  expect(contentsOf(run)).toEqual(whole.contents);
});

it('says that the disk is full in one line, and goes on exactly when there is room', async () => {
  const { run, child, stderr, end } = await stopped(
    withValidation,
    (path) => checkpointEntries(path).includes('last') && metricsLines(path).length < epochs,
  );
  const metrics = join(run, 'metrics.jsonl');
  renameSync(metrics, `${metrics}.kept`);
  symlinkSync('/dev/full', metrics);
  child.kill('SIGCONT');
  expect(await end).toBe(1);
  expect(stderr()).toBe(
    `masq: The disk of ${run} is full. What the run wrote last is whole: make room, and go on with ` +
      `masq train --run-dir ${run} --resume\n`,
  );
  renameSync(`${metrics}.kept`, metrics);
  expect(await resume(withValidation, run)).toEqual(whole.contents);
});

it('does not pass for interrupted when the checkpoint could not be written', async () => {
  const { run, child, stderr, end } = await stopped(withValidation, beforeFirstCheckpoint);
  rmSync(join(run, 'checkpoints'), { recursive: true, force: true });
  writeFileSync(join(run, 'checkpoints'), '');
  child.kill('SIGINT');
  child.kill('SIGCONT');
  expect(await end).toBe(1);
  expect(stderr()).toMatch(/^masq: .*(EEXIST|ENOTDIR).*checkpoints.*\n$/);
});

describe('--resume', () => {
  it('warns when the run goes on with other threads or another version', () => {
    const run = newRun();
    cpSync(whole.path, run, { recursive: true });
    rmSync(join(run, 'result.json'));
    const environment = join(run, 'environment.json');
    writeFileSync(environment, readFileSync(environment, 'utf8').replace(/"masq": ".*"/, '"masq": "0.0.1"'));
    const { status, stderr } = masqProcess(
      'train',
      '--run-dir',
      run,
      '--resume',
      '--threads',
      '2',
      '--quiet',
    );
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /^Warning: Since the run was begun, masq was 0\.0\.1 and is \S+, threads was 1 and is 2: it will not end to the bit .*\n$/,
    );
  });

  it('prints the result of a finished run and changes nothing', async () => {
    const times = (): number[] =>
      readdirSync(whole.path, { recursive: true, encoding: 'utf8' }).map(
        (name) => statSync(join(whole.path, name)).mtimeMs,
      );
    const before = times();
    const { status, stdout } = await masq('train', '--run-dir', whole.path, '--resume', '--json');
    expect(status).toBe(0);
    expect(stdout).toBe(readFileSync(join(whole.path, 'result.json'), 'utf8'));
    expect(times()).toEqual(before);
  });

  it.each<[what: string, args: () => string[], message: () => string]>([
    [
      'another config',
      () => [...command(withValidation, whole.path), 'train.epochs=5'],
      () =>
        `${whole.path}/config.yaml: this run was begun with another config: train.epochs was 3 and is now 5. ` +
        'Leave the config out to go on with the run as it is, or begin a new one.',
    ],
    [
      'a folder that is no run',
      () => command(withValidation, folder),
      () =>
        `${folder}: this folder is not empty: it holds ${readdirSync(folder)[0]}. Name a new one for the run.`,
    ],
    [
      'a folder that is not there, without a config',
      () => ['train', '--run-dir', join(folder, 'absent'), '--resume'],
      () => `${folder}/absent: there is no such folder; expected a run directory.`,
    ],
    [
      'no folder',
      () => ['train', withValidation, '--resume'],
      () => '--resume needs --run-dir DIR: the run to go on with.',
    ],
  ])('refuses %s', async (_, args, message) => {
    expect(await masq(...args())).toEqual({ status: 2, stdout: '', stderr: `${message()}\n` });
  });

  it('refuses data that have changed since', async () => {
    const run = newRun();
    cpSync(whole.path, run, { recursive: true });
    rmSync(join(run, 'result.json'));
    const before = readFileSync(data.train, 'utf8');
    writeFileSync(data.train, before.replace('calm', 'fast'));
    const { status, stderr } = await masq('train', '--run-dir', run, '--resume');
    writeFileSync(data.train, before);
    expect(status).toBe(2);
    expect(stderr).toContain(`${data.train}: this file is not what it was when the run was made.`);
  });
});

it('without --resume, refuses a folder that holds a run', async () => {
  const { status, stderr } = await masq('train', withValidation, '--run-dir', whole.path);
  expect(status).toBe(2);
  expect(stderr).toBe(
    `${whole.path}: this folder holds a run already. Go on with it with --resume, or name another folder.\n`,
  );
});
