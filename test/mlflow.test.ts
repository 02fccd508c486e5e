// `track: [mlflow]` against a real server, read back by MLflow's own client: nothing is missing and nothing is there twice,
// whatever becomes of the server, the network and the run.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messageOf } from '../src/shared/errors.js';
import { deliver } from '../src/track/mlflow/deliver.js';
import { isSent, mlflowFolder, openIdentity, readIdentity, readSent } from '../src/track/mlflow/folder.js';
import { addToOutbox, type OutboxLine } from '../src/track/mlflow/outbox.js';
import { closeStudyRun, openStudyRun } from '../src/track/mlflow/study.js';
import { ended, masq, masqProcess, metricsLines, startMasq, stopWhen } from './support/masq.js';
import {
  freePort,
  losingProxy,
  startMlflow,
  startReader,
  type MlflowReader,
  type MlflowServer,
  type ReadRun,
} from './support/mlflow.js';
import { installMlflow } from './support/python.js';
import { fewShapes, writeConfig, writeWaveSets } from './support/waves.js';

// What the machine's own settings say plays no part here.
delete process.env.MLFLOW_TRACKING_URI;
delete process.env.MLFLOW_EXPERIMENT_NAME;

const folder = mkdtempSync(join(tmpdir(), 'masq-mlflow-'));
const config = writeConfig(folder, 'waves', { ...writeWaveSets(folder), ...fewShapes });

interface Mlflow {
  packages: string;
  server: MlflowServer;
  reader: MlflowReader;
}

let mlflow: Mlflow | undefined;
let reason = '';
beforeAll(async () => {
  try {
    const packages = await installMlflow();
    const server = await startMlflow(packages, folder, await freePort());
    mlflow = { packages, server, reader: startReader(packages) };
  } catch (error) {
    if (process.env.CI === 'true' || process.env.MASQ_TEST_MLFLOW === '1') throw error;
    reason = messageOf(error);
    console.warn(`Tests are skipped: ${reason}`);
  }
}, 1_200_000);
afterAll(async () => {
  mlflow?.reader.close();
  await mlflow?.server.kill();
  rmSync(folder, { recursive: true });
});

/** A test with the server's address, and a way to read an experiment from it. */
function testWithMlflow(
  name: string,
  body: (uri: string, read: (experiment: string) => Promise<ReadRun[]>, mlflow: Mlflow) => Promise<void>,
): void {
  // Python and the server start anew now and then, which takes long on a busy machine.
  it(name, { timeout: 600_000 }, async ({ skip }) => {
    if (mlflow === undefined) return skip(reason);
    const { server, reader } = mlflow;
    await body(server.uri, (experiment) => reader.runs(server.uri, experiment), mlflow);
  });
}

const command = (run: string, address: string, experiment: string, ...overrides: string[]): string[] => [
  ...['train', config, '--run-dir', join(folder, run), '--resume', '--threads', '1', '--quiet'],
  ...[`track=[{ name: mlflow, uri: "${address}", experiment: ${experiment} }]`, ...overrides],
];

/** The metrics that a run must have: those of metrics.jsonl, and the test's at the last epoch. */
function expectedMetrics(run: string): Record<string, [number, number][]> {
  const lines = metricsLines(run) as unknown as {
    epoch: number;
    train: { loss: number; accuracy: number };
    validation: { loss: number; accuracy: number };
    learningRate: number;
  }[];
  const { test } = JSON.parse(readFileSync(join(run, 'result.json'), 'utf8')) as {
    test: Record<string, number>;
  };
  const history = (value: (line: (typeof lines)[0]) => number): [number, number][] =>
    lines.map((line) => [line.epoch, value(line)]);
  return {
    'train/loss': history((line) => line.train.loss),
    'train/accuracy': history((line) => line.train.accuracy),
    'validation/loss': history((line) => line.validation.loss),
    'validation/accuracy': history((line) => line.validation.accuracy),
    learningRate: history((line) => line.learningRate),
    'test/accuracy': [[lines.length, test.accuracy]],
    'test/macroF1': [[lines.length, test.macroF1]],
  };
}

/** The history of the metrics that `expectedMetrics` has, as numbers. */
function history({ metrics }: ReadRun): Record<string, [number, number][]> {
  const names = /^(train|validation)\/|^learningRate$|^test\/(accuracy|macroF1)$/;
  return Object.fromEntries(
    Object.entries(metrics)
      .filter(([name]) => names.test(name))
      .map(([name, points]) => [name, points.map(([step, value]) => [step, Number(value)])]),
  );
}

describe('a run with track: [mlflow]', () => {
  testWithMlflow('is read back as it was', async (uri, read) => {
    const run = join(folder, 'whole');
    expect(masqProcess(...command('whole', uri, 'whole'))).toMatchObject({ status: 0, stderr: '' });
    const [whole, ...others] = await read('whole');
    expect(others).toEqual([]);
    expect(whole).toMatchObject({
      name: 'whole',
      status: 'FINISHED',
      params: {
        'model.filters': '[8,8,8]',
        'model.attention.ratio': '2',
        'train.optimizer.learningRate': '0.01',
        'data.validation.groups': 'false',
      },
      tags: {
        'mlflow.source.name': 'masq',
        'masq.device': 'cpu',
        'masq.directory': run,
        'mlflow.source.git.commit': expect.stringMatching(/^[\da-f]{40}$/) as string,
      },
    });
    expect(whole.params).not.toHaveProperty('track');
    expect(history(whole)).toEqual(expectedMetrics(run));
    expect(Number(whole.metrics['system/process_memory_megabytes'][0][1])).toBeGreaterThan(50);
    expect(Number(whole.metrics['system/process_cpu_percentage'][0][1])).toBeGreaterThan(0);
    const { 'confusion-matrix.csv': table, 'confusion-matrix.json': matrix, ...files } = whole.artifacts;
    const text = (name: string): string => readFileSync(join(run, name), 'utf8');
    const names = [
      ...['config.yaml', 'environment.json', 'gates.json', 'metrics.jsonl', 'predictions-test.csv'],
      'result.json',
    ];
    expect(files).toEqual(Object.fromEntries(names.map((name) => [name, text(name)])));
    const { test } = JSON.parse(text('result.json')) as {
      test: { classes: string[]; confusion: number[][] };
    };
    expect(JSON.parse(matrix)).toEqual({ classes: test.classes, confusion: test.confusion });
    const rows = test.confusion.map((row, i) => [test.classes[i], ...row].join(','));
    expect(table).toBe([`true \\ predicted,${test.classes.join(',')}`, ...rows, ''].join('\n'));
    const { started = 0 } = (await readIdentity(mlflowFolder(run))) ?? {};
    expect([whole.started, (whole.ended ?? 0) > started]).toEqual([started, true]);
  });

  testWithMlflow('is sent later, and once, when the server was away', async (uri, read) => {
    const run = join(folder, 'away');
    const port = await freePort();
    const { status, stderr } = masqProcess(...command('away', `http://127.0.0.1:${port}`, 'away'));
    expect(status).toBe(0);
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(
        /^Warning: MLflow at .*: connect ECONNREFUSED .*Training goes on; what is not sent is kept/,
      ),
      expect.stringContaining(`To send it: masq mlflow sync ${run}`),
    ]);
    const failed = await masq('mlflow', 'sync', run);
    expect([failed.status, failed.stderr]).toEqual([1, expect.stringContaining('1 run is not sent')]);
    expect(await masq('mlflow', 'sync', run, '--uri', uri)).toMatchObject({
      status: 0,
      stdout: `${run}: sent\n`,
    });
    const first = await read('away');
    expect(first).toHaveLength(1);
    expect(history(first[0])).toEqual(expectedMetrics(run));
    expect([first[0].status, first[0].artifacts['result.json']]).toEqual([
      'FINISHED',
      readFileSync(join(run, 'result.json'), 'utf8'),
    ]);
    // Again, and again as if nobody knew how far it had come.
    const again = await masq('mlflow', 'sync', join(folder, 'away'), '--uri', uri);
    expect(again).toMatchObject({ status: 0, stdout: `${run}: was sent already\n` });
    rmSync(mlflowFolder(run).sent);
    expect(await masq('mlflow', 'sync', run, '--uri', uri)).toMatchObject({
      status: 0,
      stdout: `${run}: sent\n`,
    });
    expect(await read('away')).toEqual(first);
  });

  testWithMlflow(
    'has everything once when the server was killed and came back',
    async (uri, read, mlflow) => {
      const run = join(folder, 'restart');
      const { child, stderr } = startMasq(...command('restart', uri, 'restart', 'train.epochs=150'));
      const end = ended(child);
      expect(await stopWhen(child, () => existsSync(mlflowFolder(run).sent))).toBe(true);
      await mlflow.server.kill();
      child.kill('SIGCONT');
      // Unless training is over before it notices.
      await stopWhen(child, () => stderr().includes('Training goes on'));
      mlflow.server = await startMlflow(mlflow.packages, folder, Number(new URL(uri).port));
      child.kill('SIGCONT');
      expect(await end).toBe(0);
      if (!(await isSent(mlflowFolder(run)))) expect((await masq('mlflow', 'sync', run)).status).toBe(0);
      const runs = await read('restart');
      expect(runs.map(({ status }) => status)).toEqual(['FINISHED']);
      expect(history(runs[0])).toEqual(expectedMetrics(run));
    },
  );

  testWithMlflow('goes on in the same run when it was killed and resumed', async (uri, read) => {
    const run = join(folder, 'killed');
    for (const lines of [1, 3]) {
      const { child } = startMasq(...command('killed', uri, 'killed', 'train.epochs=4'));
      const end = ended(child);
      expect(await stopWhen(child, () => metricsLines(run).length === lines)).toBe(true);
      child.kill('SIGKILL');
      await end;
    }
    expect(masqProcess(...command('killed', uri, 'killed', 'train.epochs=4'))).toMatchObject({
      status: 0,
      stderr: '',
    });
    const [resumed, ...others] = await read('killed');
    expect([others, resumed.status]).toEqual([[], 'FINISHED']);
    expect(history(resumed)).toEqual(expectedMetrics(run));

    // As if it had been killed after its test and before its result: it is tested again.
    rmSync(join(run, 'result.json'));
    expect(masqProcess('train', '--run-dir', run, '--resume', '--quiet')).toMatchObject({
      status: 0,
      stderr: '',
    });
    const again = await read('killed');
    expect(again).toHaveLength(1);
    expect(again[0].metrics).toEqual(resumed.metrics);
    expect(again[0].artifacts['result.json']).toBe(readFileSync(join(run, 'result.json'), 'utf8'));
  });

  testWithMlflow('has finished when it was killed between its result and telling so', async (uri, read) => {
    const run = join(folder, 'unended');
    expect(masqProcess(...command('unended', uri, 'unended'))).toMatchObject({ status: 0, stderr: '' });
    const { outbox, sent } = mlflowFolder(run);
    writeFileSync(outbox, readFileSync(outbox, 'utf8').replace(/\{"type":"status".*\n$/, ''));
    rmSync(sent);
    const [{ id, experiment }] = await read('unended');
    await post(uri, 'runs/delete', { run_id: id });
    expect(await masq('mlflow', 'sync', run)).toMatchObject({ status: 0, stdout: `${run}: sent\n` });
    const [again, ...others] = await read('unended');
    expect(others).toEqual([]);
    expect([again.id === id, again.experiment, again.status]).toEqual([false, experiment, 'FINISHED']);
    expect(again.ended).toBe(Math.round(statSync(join(run, 'result.json')).mtimeMs));
    expect(Object.keys(again.artifacts)).toContain('result.json');
  });
});

it('is trained as if nothing were wrong when the server never answers', async () => {
  let asked = 0;
  const hanging = createServer(() => asked++);
  await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve));
  try {
    const address = `http://127.0.0.1:${(hanging.address() as AddressInfo).port}`;
    const { child, stderr } = startMasq(...command('hanging', address, 'hanging'));
    expect(await ended(child)).toBe(0);
    const after = Date.now() - statSync(join(folder, 'hanging', 'result.json')).mtimeMs;
    // A request hung all the time, and at its end the run waited for it for its five seconds at most.
    expect(asked).toBeGreaterThan(0);
    expect(after).toBeLessThan(15_000);
    expect(stderr()).toContain('To send it: masq mlflow sync');
    expect(metricsLines(join(folder, 'hanging'))).toHaveLength(3);
  } finally {
    hanging.close();
    hanging.closeAllConnections();
  }
});

it('is refused before it begins when nothing names a server', () => {
  const run = join(folder, 'nowhere');
  const { status, stderr } = masqProcess('train', config, '--run-dir', run, 'track=[mlflow]');
  expect([status, existsSync(run)]).toEqual([2, false]);
  expect(stderr).toContain('Set the environment variable MLFLOW_TRACKING_URI');
});

/** A run that has told these lines and nothing else. */
async function told(uri: string, name: string, lines: readonly OutboxLine[]): Promise<string> {
  const directory = join(folder, name);
  const own = mlflowFolder(directory);
  await openIdentity(own, { uri, experiment: name, kind: 'run', name });
  await addToOutbox(own.outbox, lines);
  return directory;
}

async function post(uri: string, call: string, body: object): Promise<void> {
  const response = await fetch(`${uri}/api/2.0/mlflow/${call}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.ok).toBe(true);
}

const epoch = (step: number, values: Extract<OutboxLine, { type: 'metrics' }>['values']): OutboxLine => ({
  ...{ type: 'metrics', of: 'epoch', time: 1_700_000_000_000 + step, step },
  values,
});
const finished: OutboxLine = { type: 'status', status: 'FINISHED', time: 1_700_000_001_000 };

describe('sending', () => {
  testWithMlflow('makes one run, and every point once, when answers are lost', async (uri, read) => {
    const lost: string[] = [];
    const proxy = await losingProxy(uri, (path) => {
      const call = path.split('?')[0].split('/').slice(4).join('/');
      const loses = /create|log-batch|update/.test(call) && lost.filter((name) => name === call).length < 2;
      if (loses) lost.push(call);
      return loses;
    });
    try {
      const directory = await told(uri, 'lost', [
        { type: 'params', values: { a: '1' } },
        epoch(1, { loss: 0.5 }),
        epoch(2, { loss: 0.25, accuracy: 1 }),
        finished,
      ]);
      for (let attempt = 0; !(await isSent(mlflowFolder(directory))) && attempt < 20; attempt++) {
        await deliver(directory, { uri: proxy.uri }).catch(() => undefined);
      }
      expect(lost.sort()).toEqual([
        ...['experiments/create', 'runs/create', 'runs/log-batch', 'runs/log-batch', 'runs/update'],
        'runs/update',
      ]);
      const runs = await read('lost');
      expect(runs).toMatchObject([{ name: 'lost', status: 'FINISHED', params: { a: '1' } }]);
      expect(runs[0].metrics).toEqual({ loss: [[1, '0.5'], [2, '0.25']], accuracy: [[2, '1.0']] }); // prettier-ignore
    } finally {
      proxy.close();
    }
  });

  testWithMlflow('removes a run that a slow server made twice', async (uri, read) => {
    const directory = await told(uri, 'twins', [epoch(1, { loss: 0.5 })]);
    await deliver(directory);
    const { uuid } = (await readIdentity(mlflowFolder(directory))) ?? { uuid: '' };
    const [{ id, experiment, tags }] = await read('twins');
    expect(tags['masq.run']).toBe(uuid);
    await post(uri, 'runs/create', {
      ...{ experiment_id: experiment, run_name: 'late twin' },
      tags: [{ key: 'masq.run', value: uuid }],
    });
    await addToOutbox(mlflowFolder(directory).outbox, [finished]);
    await deliver(directory);
    expect((await read('twins')).map((run) => run.id)).toEqual([id]);
  });

  testWithMlflow('keeps what is not a number, and leaves out only what is refused', async (uri, read) => {
    const refused: string[] = [];
    const directory = await told(uri, 'odd', [
      { type: 'params', values: { a: '1', b: 'x'.repeat(6000) } },
      epoch(1, { loss: 'NaN', norm: 'Infinity', 'bad#key': 1 }),
      { type: 'params', values: { a: '2', c: '3' } },
      epoch(2, { loss: 1e-300 }),
      ...Array.from({ length: 30 }, (_, i) =>
        epoch(3 + i, Object.fromEntries(Array.from({ length: 50 }, (_, k) => [`m${k}`, k]))),
      ),
      finished,
    ]);
    await deliver(directory, { onRefused: (what) => refused.push(what) });
    expect(refused).toEqual([
      expect.stringContaining('parameter a: Changing param values is not allowed'),
      expect.stringContaining('metric bad#key of step 1: Invalid value "bad#key"'),
    ]);
    const [{ params, metrics, status }] = await read('odd');
    expect([params, status]).toEqual([{ a: '1', b: 'x'.repeat(6000), c: '3' }, 'FINISHED']);
    // The database of this server has no infinity; its largest number stands for it.
    expect(metrics).toMatchObject({ loss: [[1, 'nan'], [2, '1e-300']], norm: [[1, '1.7976931348623157e+308']] }); // prettier-ignore
    expect(metrics.m49).toHaveLength(30);
    expect(await deliver(directory)).toBe('nothing left');
  });

  testWithMlflow(
    'says so when the run was deleted on the server, and begins anew on another',
    async (uri, _, { packages }) => {
      const directory = await told(uri, 'deleted', [epoch(1, { loss: 0.5 })]);
      await deliver(directory);
      const { run = '' } = (await readSent(mlflowFolder(directory))) ?? {};
      await post(uri, 'runs/delete', { run_id: run });
      await addToOutbox(mlflowFolder(directory).outbox, [finished]);
      await expect(deliver(directory)).rejects.toThrow(`the run ${run} was deleted on the server`);
      const place = join(folder, 'other-server');
      mkdirSync(place);
      const other = await startMlflow(packages, place, await freePort());
      try {
        expect(await deliver(directory, { uri: other.uri })).toBe('sent');
        expect((await readSent(mlflowFolder(directory)))?.run).not.toBe(run);
      } finally {
        await other.kill();
      }
    },
  );
});

describe('the documentation', () => {
  /** The first block of docs/tracking.md in a language that holds some text. */
  const block = (language: string, text: string): string => {
    const blocks = readFileSync('docs/tracking.md', 'utf8').matchAll(/^```(\w*)\n(.*?)^```$/gms);
    return [...blocks].find((match) => match[1] === language && match[2].includes(text))?.[2] ?? '';
  };

  testWithMlflow('trains, sends and reads as it says', async (uri, _, { reader }) => {
    const [, typed = ''] =
      /^npx masq (train \S+ "track=\[mlflow\]")$/m.exec(block('', 'export MLFLOW')) ?? [];
    const words = typed.replaceAll('"', '').split(' ');
    process.env.MLFLOW_TRACKING_URI = uri;
    try {
      const run = join(folder, 'documented');
      expect(masqProcess(...words, 'train.epochs=2', '--run-dir', run, '--quiet').status).toBe(0);
      expect(await masq('mlflow', 'sync', run)).toMatchObject({
        status: 0,
        stdout: `${run}: was sent already\n`,
      });
      const { test } = JSON.parse(readFileSync(join(run, 'result.json'), 'utf8')) as {
        test: { accuracy: number };
      };
      const printed = await reader.printed(uri, block('python', 'MlflowClient'));
      expect(printed).toBe(`FINISHED 16 2 ${test.accuracy}\n`);
    } finally {
      delete process.env.MLFLOW_TRACKING_URI;
    }
  });
});

describe('a study', () => {
  const trial = (study: string, seed: number): string[] => [
    ...[
      'train',
      config,
      '--run-dir',
      join(study, 'trials', 'ratio=2', `${seed}`),
      '--threads',
      '1',
      '--quiet',
    ],
    ...[`seed=${seed}`, 'track=[mlflow]'],
  ];
  const opening = (name: string, address: string, warnings: string[]) => ({
    ...{ name, track: [{ name: 'mlflow', uri: address }] as const },
    parameters: { design: 'grid', seeds: '[1,2]' },
    onWarning: (warning: string) => void warnings.push(warning),
  });

  testWithMlflow('is a parent run with its trials as children', async (uri, read) => {
    const file = join(folder, 'ablation.yaml');
    writeFileSync(file, JSON.stringify({ name: 'ablation', base: config, seeds: 2 }));
    const study = join(folder, 'studies', 'ablation');
    const track = `base.track=[{ name: mlflow, uri: "${uri}" }]`;
    const swept = masqProcess('sweep', file, track, '--study-dir', study, '--threads', '1', '--quiet');
    expect({ status: swept.status, stderr: swept.stderr }).toEqual({ status: 0, stderr: '' });
    const [parent, ...children] = await read('ablation');
    expect(parent).toMatchObject({ name: 'ablation', status: 'FINISHED', params: { design: 'grid' } });
    const report = (name: string): string => readFileSync(join(study, name), 'utf8');
    const reports = ['report.csv', 'report.html', 'report.json', 'study.yaml'];
    expect(parent.artifacts).toEqual(Object.fromEntries(reports.map((name) => [name, report(name)])));
    const told = children.map(({ name, status, tags, params }) => [
      ...[name, status],
      ...[tags['mlflow.parentRunId'], params.seed],
    ]);
    expect(told.toSorted()).toEqual([
      ['base/1', 'FINISHED', parent.id, '1'],
      ['base/2', 'FINISHED', parent.id, '2'],
    ]);
  });

  testWithMlflow('is put together later when the server was away', async (uri, read) => {
    const study = join(folder, 'studies', 'late');
    const warnings: string[] = [];
    const port = await freePort();
    await openStudyRun(study, opening('late', `http://127.0.0.1:${port}`, warnings));
    expect(masqProcess(...trial(study, 1)).status).toBe(0);
    const alone = join(study, 'trials', 'ratio=2', '1');
    // The trial alone knows of no parent yet.
    expect((await masq('mlflow', 'sync', alone, '--uri', uri)).stdout).toBe(
      `${alone}: sent; its study is not, so send that too\n`,
    );
    await closeStudyRun(study, 'interrupted', (warning) => void warnings.push(warning));
    expect(warnings).toEqual([
      expect.stringContaining('MLflow does not have this study yet: connect ECONNREFUSED'),
      expect.stringContaining(`masq mlflow sync ${study}`),
    ]);
    await openStudyRun(study, opening('late', uri, warnings));
    await closeStudyRun(study, 'finished', (warning) => void warnings.push(warning));
    expect(warnings).toHaveLength(2);
    const runs = await read('late');
    const parent = runs.find(({ name }) => name === 'late');
    expect(parent?.status).toBe('FINISHED');
    expect(runs.filter((run) => run !== parent).map(({ tags }) => tags['mlflow.parentRunId'])).toEqual([
      parent?.id,
    ]);
  });

  it('is not told when its config does not name mlflow', async () => {
    const study = join(folder, 'studies', 'untold');
    await openStudyRun(study, { ...opening('untold', 'http://127.0.0.1:9', []), track: ['tensorboard'] });
    await closeStudyRun(study, 'finished', expect.unreachable);
    expect(existsSync(study)).toBe(false);
  });
});
