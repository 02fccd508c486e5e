// `masq train` as users meet it: what a run leaves, what is printed, what is refused and what fails.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { GateSummary } from '../src/train/gateSummary.js';
import {
  checkpointEntries,
  checkpointFolder,
  contentsOf,
  masq,
  metricsLines,
  type Ended,
} from './support/masq.js';
import { writeConfig, writeWaveSets } from './support/waves.js';

const folder = mkdtempSync(join(tmpdir(), 'masq-train-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const data = writeWaveSets(folder);
const config = writeConfig(folder, 'waves', data);

const train = (run: string, ...args: string[]): Promise<Ended> =>
  masq('train', config, '--run-dir', join(folder, run), '--threads', '1', ...args);

function readJson(...path: string[]): Record<string, unknown> {
  return JSON.parse(readFileSync(join(folder, ...path), 'utf8')) as Record<string, unknown>;
}

let first: Ended;
beforeAll(async () => {
  first = await train('first', '--json');
});

it('prints one JSON document with --json: what result.json holds', () => {
  expect(first.status).toBe(0);
  expect(first.stdout).toBe(readFileSync(join(folder, 'first', 'result.json'), 'utf8'));
  expect(first.stderr).toContain('Epoch 3 of 3');
  const result = readJson('first', 'result.json');
  expect(result).toMatchObject({
    status: 'finished',
    name: 'waves',
    runId: 'first',
    seed: 3,
    model: { name: 'fcn', macsLength: 12, attention: { name: 'squeeze-excite', ratio: 2, hidden: [4, 4] } },
    batches: { lengthBuckets: [8, 11, 12], shapes: 4, paddingShare: expect.any(Number) as number },
    best: { monitor: 'validation.loss' },
    train: { recordings: 30 },
    validation: { recordings: 10 },
  });
  expect(Object.keys(result)).toEqual([
    'status',
    'name',
    'runId',
    'seed',
    'model',
    'batches',
    'best',
    'train',
    'validation',
    'leak',
    'test',
    'timing',
    'memory',
  ]);
  expect(Object.keys(result.test as object)).toEqual([
    ...['recordings', 'accuracy', 'balancedAccuracy', 'macroF1', 'auroc', 'logLoss', 'calibrationError'],
    ...['classes', 'perClass', 'confusion'],
  ]);
  expect(Object.keys(result.timing as object)).toEqual([
    'trainSeconds',
    'waitSeconds',
    'stepsPerSecond',
    'captureSeconds',
  ]);
});

it.each([
  [[], 'Batches of 4 in 3 length buckets (8, 11, 12 steps), 13 % padding instead of 24 %.'],
  [['train.lengthBuckets=none', 'train.epochs=1'], 'Batches of 4, padded to 12 steps: 24 % padding.'],
])('says at the start what batches are padded to (%j)', async (args, line) => {
  const { stderr } = args.length === 0 ? first : await train('padded', ...args);
  expect(stderr.split('\n')).toContain(line);
});

it('warns of test recordings that are in the training data, and counts them in the result', async () => {
  const { stderr } = await train(
    'leaky',
    `data.test=${data.train}`,
    'train.epochs=1',
    'train.sampling=balanced',
  );
  expect(stderr).toContain(
    'Warning: 40 of 40 test recordings are in the training data too: what the test says of other data is less sure. ' +
      `First: ${data.train}:`,
  );
  expect(readJson('leaky', 'result.json')).toMatchObject({ leak: { recordings: 40, otherClass: 0 } });
  expect(first.stderr).not.toContain('in the training data too');
  expect(readJson('first', 'result.json')).toMatchObject({ leak: { recordings: 0, otherClass: 0 } });
});

it('leaves the files of a run, and nothing else', () => {
  const run = join(folder, 'first');
  expect(readdirSync(run).sort()).toEqual([
    'checkpoints',
    'config.yaml',
    'environment.json',
    'gates.json',
    'metrics.jsonl',
    'predictions-test.csv',
    'result.json',
  ]);
  for (const name of ['best', 'last'] as const) {
    expect(readdirSync(checkpointFolder(run, name)).sort()).toEqual(['model.json', 'state', 'weights.bin']);
  }
  const lines = metricsLines(run);
  expect(lines.map(({ epoch, step }) => [epoch, step])).toEqual([
    [1, 8],
    [2, 16],
    [3, 24],
  ]);
  for (const line of lines) {
    expect(Object.keys(line)).toEqual(['epoch', 'step', 'train', 'validation', 'learningRate', 'seconds']);
    expect(line).toMatchObject({
      train: { loss: expect.any(Number) as number, accuracy: expect.any(Number) as number },
      validation: { loss: expect.any(Number) as number, accuracy: expect.any(Number) as number },
    });
  }
  const rows = readFileSync(join(run, 'predictions-test.csv'), 'utf8').trimEnd().split('\n');
  expect(rows[0]).toBe('id,true,predicted,probability_calm,probability_fast,probability_rising');
  expect(rows.slice(1).map((row) => row.split(',')[0])).toEqual(
    Array.from({ length: 30 }, (_, i) => `test-${i}`),
  );
  const environment = readJson('first', 'environment.json');
  expect(environment).toMatchObject({ threads: 1, data: [{ path: data.train }, { path: data.test }] });
});

it('tells what the gates of each class are on the test data', () => {
  const { classes, gates } = readJson('first', 'gates.json') as unknown as GateSummary;
  expect(classes).toEqual(['calm', 'fast', 'rising']);
  expect(Object.keys(gates)).toEqual(['block1_attention/channel', 'block2_attention/channel']);
  for (const { range, profile, spread, ...rest } of Object.values(gates)) {
    expect(range).toEqual([0, 1]);
    for (const rows of [profile, spread]) {
      expect(rows?.map((row) => row.length)).toEqual([8, 8, 8]);
      expect(rows?.flat().every((value) => value !== null && value >= 0 && value <= 1)).toBe(true);
    }
    expect(Object.keys(rest)).toEqual(['saturated', 'betweenRecordings', 'betweenClassesShare']);
  }
});

it('trains the same run again from the config that a run leaves', async () => {
  const { status } = await masq(
    'train',
    join(folder, 'first', 'config.yaml'),
    '--run-dir',
    join(folder, 'again'),
    '--threads',
    '1',
  );
  expect(status).toBe(0);
  expect(contentsOf(join(folder, 'again'))).toEqual(contentsOf(join(folder, 'first')));
});

it('takes overrides, all kinds of options together, and tests the best epoch after stopping early', async () => {
  const { status, stdout, stderr } = await train(
    'options',
    'train.epochs=30',
    'train.optimizer={ name: sgd, learningRate: 0.2, nesterov: true }',
    'train.schedule={ name: constant, warmup: 0.05 }',
    'train.earlyStopping={ monitor: validation.loss, patience: 1 }',
    'train.gradientClipping=1',
    'train.labelSmoothing=0.1',
    'train.classWeights=balanced',
    'data.validation={ fraction: 0.25, groups: true }',
    'data.normalize=recording',
    'model.name=fcn',
  );
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^accuracy +\d\.\d{4}$/m);
  expect(stdout).toContain(`Run: ${join(folder, 'options')}\n`);
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  const { best } = readJson('options', 'result.json') as { best: { epoch: number } };
  const lines = metricsLines(join(folder, 'options'));
  expect(lines.length).toBeLessThan(30);
  expect(best.epoch).toBe(lines.length - 1);
  expect(readJson('options', 'result.json')).toMatchObject({ validation: { recordings: 10 } });
  const step = String(best.epoch * 8).padStart(8, '0');
  expect(checkpointFolder(join(folder, 'options'), 'best')).toMatch(new RegExp(`step-${step}$`));
});

it('marks a run without validation, and trains without test data', async () => {
  const lean = writeConfig(folder, 'lean', { train: data.train, validation: 'none' });
  const { status, stdout } = await masq(
    'train',
    lean,
    '--run-dir',
    join(folder, 'lean'),
    '--quiet',
    'train.epochs=1',
  );
  expect(status).toBe(0);
  expect(stdout).toBe(`No test data are named in the config.\nRun: ${join(folder, 'lean')}\n`);
  expect(readJson('lean', 'result.json')).toMatchObject({
    validation: 'none',
    test: null,
    best: { epoch: 1, monitor: 'train.loss' },
  });
  expect(Object.keys(metricsLines(join(folder, 'lean'))[0])).not.toContain('validation');
  expect(existsSync(join(folder, 'lean', 'predictions-test.csv'))).toBe(false);
});

it('stops at a loss that is no longer finite, says when, and keeps the last good checkpoint', async () => {
  const { status, stdout, stderr } = await train(
    'diverged',
    '--quiet',
    'train.optimizer={ name: sgd, learningRate: 1e36 }',
    'train.schedule={ name: one-cycle, divFactor: 1e37 }',
    'train.batchSize=30',
    'train.epochs=10',
  );
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(
    /^masq: The (validation )?loss became (NaN|Infinity) in epoch \d+, step \d+\. Try a lower train\.optimizer\.learningRate/,
  );
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(checkpointEntries(join(folder, 'diverged')).filter((entry) => entry.startsWith('tmp-'))).toEqual([]);
  expect(existsSync(join(folder, 'diverged', 'result.json'))).toBe(false);
  expect((await masq('evaluate', join(folder, 'diverged'), '--checkpoint', 'last')).status).toBe(0);
});

it.each<[what: string, args: string[], message: string]>([
  [
    'a missing data file',
    [`data.test=${folder}/tset.csv`],
    `${folder}/tset.csv: no such file. Did you mean "test.csv"?`,
  ],
  [
    'a weight for a class that there is not',
    ['train.classWeights={ calm: 1, fst: 2, rising: 1 }'],
    'train.classWeights has a weight for "fst", which is no class of the training data. Did you mean "fast"? ' +
      'Classes: calm, fast, rising.',
  ],
])('refuses %s and leaves no folder behind', async (_, args, message) => {
  expect(await train('refused', ...args)).toEqual({ status: 2, stdout: '', stderr: `${message}\n` });
  expect(existsSync(join(folder, 'refused'))).toBe(false);
});

it('refuses bfloat16 where the machine lacks it, with the reason', async () => {
  process.env.TF_ENABLE_ONEDNN_OPTS = '0';
  try {
    const { status, stderr } = await train('narrow', 'train.precision=bfloat16');
    expect(status).toBe(2);
    expect(stderr).toBe(
      'train.precision is bfloat16, which this machine lacks. TF_ENABLE_ONEDNN_OPTS=0 turns off the part of TensorFlow ' +
        'that uses bfloat16 instructions. Set it to float32.\n',
    );
    expect(existsSync(join(folder, 'narrow'))).toBe(false);
  } finally {
    Reflect.deleteProperty(process.env, 'TF_ENABLE_ONEDNN_OPTS');
  }
});

it('removes the folders that it made for a run which did not begin, and no other', async () => {
  const made = mkdtempSync(join(folder, 'kept-'));
  const { status } = await train(join(basename(made), 'name', 'id'), `data.test=${folder}/tset.csv`);
  expect(status).toBe(2);
  expect(readdirSync(made)).toEqual([]);
});

it('refuses a run directory in a place where a file is', async () => {
  for (const run of [data.train, join(data.train, 'run')]) {
    expect(await masq('train', config, '--run-dir', run)).toEqual({
      status: 2,
      stdout: '',
      stderr: `${data.train}: this is a file, and a folder is needed in its place. Name another folder.\n`,
    });
  }
});
