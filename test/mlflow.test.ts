// `track: [mlflow]` against a real server, read back by MLflow's own client: nothing is missing and nothing is there twice,
// whatever becomes of the server, the network and the run.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deliver } from '../src/track/mlflow/deliver.js';
import { isSent, mlflowFolder, openIdentity, readIdentity, readSent } from '../src/track/mlflow/folder.js';
import { openOutbox, type OutboxLine } from '../src/track/mlflow/outbox.js';
import { closeStudyRun, openStudyRun } from '../src/track/mlflow/study.js';
import { ended, masq, metricsLines, startMasq, stopWhen } from './support/masq.js';
import { freePort, losingProxy, readRuns, startMlflow, type MlflowServer, type ReadRun } from './support/mlflow.js';
import { installMlflow, testWithMlflow } from './support/python.js';
import { writeConfig, writeWaves } from './support/waves.js';

const folder = mkdtempSync(join(tmpdir(), 'masq-mlflow-'));
const config = writeConfig(folder, 'waves', {
  train: writeWaves(folder, 'train', { recordings: 40, seed: 1 }),
  test: writeWaves(folder, 'test', { recordings: 30, seed: 2 }),
});

let packages: string | null = null;
let server: MlflowServer | undefined;
let uri = '';
beforeAll(async () => {
  packages = await installMlflow();
  if (packages === null) return;
  server = await startMlflow(packages, folder, await freePort());
  uri = server.uri;
}, 1_200_000);
afterAll(async () => {
  await server?.kill();
  rmSync(folder, { recursive: true });
});

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
  const { test } = JSON.parse(readFileSync(join(run, 'result.json'), 'utf8')) as { test: Record<string, number> };
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
  testWithMlflow('is read back as it was', async ({ python }) => {
    const run = join(folder, 'whole');
    expect(masq(...command('whole', uri, 'whole'))).toMatchObject({ status: 0, stderr: '' });
    const [read, ...others] = await readRuns(python, uri, 'whole');
    expect(others).toEqual([]);
    expect(read).toMatchObject({
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
    expect(read.params).not.toHaveProperty('track');
    expect(history(read)).toEqual(expectedMetrics(run));
    expect(Number(read.metrics['system/process_memory_megabytes'][0][1])).toBeGreaterThan(50);
    expect(Number(read.metrics['system/process_cpu_percentage'][0][1])).toBeGreaterThan(0);
    const { 'confusion-matrix.csv': table, 'confusion-matrix.json': matrix, ...files } = read.artifacts;
    const text = (name: string): string => readFileSync(join(run, name), 'utf8');
    const names = ['config.yaml', 'environment.json', 'metrics.jsonl', 'predictions-test.csv', 'result.json'];
    expect(files).toEqual(Object.fromEntries(names.map((name) => [name, text(name)])));
    const { test } = JSON.parse(text('result.json')) as { test: { classes: string[]; confusion: number[][] } };
    expect(JSON.parse(matrix)).toEqual({ classes: test.classes, confusion: test.confusion });
    const rows = test.confusion.map((row, i) => [test.classes[i], ...row].join(','));
    expect(table).toBe([`true \\ predicted,${test.classes.join(',')}`, ...rows, ''].join('\n'));
    const { started = 0 } = (await readIdentity(mlflowFolder(run))) ?? {};
    expect([read.started, (read.ended ?? 0) > started]).toEqual([started, true]);
  });

  testWithMlflow('is sent later, and once, when the server was away', async ({ python }) => {
    const run = join(folder, 'away');
    const port = await freePort();
    const { status, stderr } = masq(...command('away', `http://127.0.0.1:${port}`, 'away'));
    expect(status).toBe(0);
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^Warning: MLflow at .*: connect ECONNREFUSED .*Training goes on; what is not sent is kept/),
      expect.stringContaining(`To send it: masq mlflow sync ${run}`),
    ]);
    const failed = masq('mlflow', 'sync', run);
    expect([failed.status, failed.stderr]).toEqual([1, expect.stringContaining('1 run is not sent')]);
    expect(masq('mlflow', 'sync', run, '--uri', uri)).toMatchObject({ status: 0, stdout: `${run}: sent\n` });
    const first = await readRuns(python, uri, 'away');
    expect(first).toHaveLength(1);
    expect(history(first[0])).toEqual(expectedMetrics(run));
    expect([first[0].status, first[0].artifacts['result.json']]).toEqual([
      'FINISHED',
      readFileSync(join(run, 'result.json'), 'utf8'),
    ]);
    // Again, and again as if nobody knew how far it had come.
    expect(masq('mlflow', 'sync', folder, '--uri', uri).status).toBe(0);
    rmSync(mlflowFolder(run).sent);
    expect(masq('mlflow', 'sync', run, '--uri', uri)).toMatchObject({ status: 0, stdout: `${run}: sent\n` });
    expect(await readRuns(python, uri, 'away')).toEqual(first);
  });

  testWithMlflow('has everything once when the server was killed and came back', async ({ python }) => {
    const run = join(folder, 'restart');
    const place = join(folder, 'restarted-server');
    mkdirSync(place);
    const port = await freePort();
    const restart = (): Promise<MlflowServer> => startMlflow(packages ?? '', place, port);
    let own = await restart();
    try {
      const { child, stderr } = startMasq(...command('restart', own.uri, 'restart', 'train.epochs=400'));
      const end = ended(child);
      expect(await stopWhen(child, () => existsSync(mlflowFolder(run).sent))).toBe(true);
      await own.kill();
      child.kill('SIGCONT');
      expect(await stopWhen(child, () => stderr().includes('Training goes on'))).toBe(true);
      own = await restart();
      child.kill('SIGCONT');
      expect(await end).toBe(0);
      if (!(await isSent(mlflowFolder(run)))) expect(masq('mlflow', 'sync', run).status).toBe(0);
      const read = await readRuns(python, own.uri, 'restart');
      expect(read.map(({ status }) => status)).toEqual(['FINISHED']);
      expect(history(read[0])).toEqual(expectedMetrics(run));
    } finally {
      await own.kill();
    }
  });

  testWithMlflow('goes on in the same run when it was killed and resumed', async ({ python }) => {
    const run = join(folder, 'killed');
    for (const lines of [1, 3]) {
      const { child } = startMasq(...command('killed', uri, 'killed', 'train.epochs=4'));
      const end = ended(child);
      expect(await stopWhen(child, () => metricsLines(run).length === lines)).toBe(true);
      child.kill('SIGKILL');
      await end;
    }
    expect(masq(...command('killed', uri, 'killed', 'train.epochs=4'))).toMatchObject({ status: 0, stderr: '' });
    const [read, ...others] = await readRuns(python, uri, 'killed');
    expect([others, read.status]).toEqual([[], 'FINISHED']);
    expect(history(read)).toEqual(expectedMetrics(run));

    // Killed between its result and its end: it is tested and told again, or told by sync.
    cpSync(mlflowFolder(run).outbox, join(folder, 'outbox.jsonl'));
    const outbox = readFileSync(mlflowFolder(run).outbox, 'utf8');
    expect(outbox.match(/"of":"test"/g)).toHaveLength(1);
    expect(outbox.match(/"status":"FINISHED"/g)).toHaveLength(1);
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
    // One request hung all the time, and the run waited for it at its end for no more than its five seconds.
    expect(asked).toBe(1);
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
  const { status, stderr } = masq('train', config, '--run-dir', run, 'track=[mlflow]');
  expect([status, existsSync(run)]).toEqual([2, false]);
  expect(stderr).toContain('Set the environment variable MLFLOW_TRACKING_URI');
});

/** A run that has told these lines and nothing else. */
async function told(name: string, lines: readonly OutboxLine[]): Promise<string> {
  const directory = join(folder, name);
  const mlflow = mlflowFolder(directory);
  await openIdentity(mlflow, { uri, experiment: name, kind: 'run', name });
  await openOutbox(mlflow.outbox, 0, expect.unreachable).append(lines);
  return directory;
}

const epoch = (step: number, values: Extract<OutboxLine, { type: 'metrics' }>['values']): OutboxLine => ({
  ...{ type: 'metrics', of: 'epoch', time: 1_700_000_000_000 + step, step },
  values,
});
const finished: OutboxLine = { type: 'status', status: 'FINISHED', time: 1_700_000_001_000 };

describe('sending', () => {
  testWithMlflow('makes one run, and every point once, when answers are lost', async ({ python }) => {
    const lost: string[] = [];
    const proxy = await losingProxy(uri, (path) => {
      const call = path.split('?')[0].split('/').slice(4).join('/');
      const loses = /create|log-batch|update/.test(call) && lost.filter((name) => name === call).length < 2;
      if (loses) lost.push(call);
      return loses;
    });
    try {
      const directory = await told('lost', [
        { type: 'params', values: { a: '1' } },
        epoch(1, { loss: 0.5 }),
        epoch(2, { loss: 0.25, accuracy: 1 }),
        finished,
      ]);
      for (let attempt = 0; !(await isSent(mlflowFolder(directory))) && attempt < 20; attempt++) {
        await deliver(directory, { uri: proxy.uri }).catch(() => undefined);
      }
      expect(lost.sort()).toEqual([
        ...['experiments/create', 'experiments/create', 'runs/create', 'runs/log-batch', 'runs/log-batch'],
        ...['runs/update', 'runs/update'],
      ]);
      const read = await readRuns(python, uri, 'lost');
      expect(read).toMatchObject([{ name: 'lost', status: 'FINISHED', params: { a: '1' } }]);
      expect(read[0].metrics).toEqual({ loss: [[1, '0.5'], [2, '0.25']], accuracy: [[2, '1.0']] }); // prettier-ignore
    } finally {
      proxy.close();
    }
  });

  testWithMlflow('removes a run that a slow server made twice', async ({ python }) => {
    const directory = await told('twins', [epoch(1, { loss: 0.5 })]);
    await deliver(directory);
    const { uuid } = (await readIdentity(mlflowFolder(directory))) ?? { uuid: '' };
    const [{ id, tags }] = await readRuns(python, uri, 'twins');
    expect(tags['masq.run']).toBe(uuid);
    const experiment = await fetch(`${uri}/api/2.0/mlflow/runs/get?run_id=${id}`);
    const { run } = (await experiment.json()) as { run: { info: { experiment_id: string } } };
    await fetch(`${uri}/api/2.0/mlflow/runs/create`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        experiment_id: run.info.experiment_id,
        run_name: 'late twin',
        tags: [{ key: 'masq.run', value: uuid }],
      }),
    });
    const mlflow = mlflowFolder(directory);
    const { position = 0 } = (await readSent(mlflow)) ?? {};
    await openOutbox(mlflow.outbox, position, expect.unreachable).append([finished]);
    await deliver(directory);
    expect((await readRuns(python, uri, 'twins')).map((read) => read.id)).toEqual([id]);
  });

  testWithMlflow('keeps what is not a number, and leaves out only what is refused', async ({ python }) => {
    const refused: string[] = [];
    const directory = await told('odd', [
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
      expect.stringContaining('metric bad#key of step 1: Invalid value "bad#key"'),
      expect.stringContaining('parameter a: Changing param values is not allowed'),
    ]);
    const [{ params, metrics, status }] = await readRuns(python, uri, 'odd');
    expect([params, status]).toEqual([{ a: '1', b: 'x'.repeat(6000), c: '3' }, 'FINISHED']);
    // The database of this server has no infinity; its largest number stands for it.
    expect(metrics).toMatchObject({ loss: [[1, 'nan'], [2, '1e-300']], norm: [[1, '1.7976931348623157e+308']] }); // prettier-ignore
    expect(metrics.m49).toHaveLength(30);
    expect(await deliver(directory)).toBe('nothing left');
  });

  testWithMlflow('says so when the run was deleted on the server, and begins anew on another', async () => {
    const directory = await told('deleted', [epoch(1, { loss: 0.5 })]);
    await deliver(directory);
    const { run = '' } = (await readSent(mlflowFolder(directory))) ?? {};
    const remove = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ run_id: run }) };
    await fetch(`${uri}/api/2.0/mlflow/runs/delete`, remove);
    await expect(deliver(directory, { uri })).rejects.toThrow(`the run ${run} was deleted on the server`);
    const place = join(folder, 'other-server');
    mkdirSync(place);
    const other = await startMlflow(packages ?? '', place, await freePort());
    try {
      expect(await deliver(directory, { uri: other.uri })).toBe('sent');
      expect((await readSent(mlflowFolder(directory)))?.run).not.toBe(run);
    } finally {
      await other.kill();
    }
  });
});

describe('a study', () => {
  const trial = (study: string, seed: number): string[] => [
    ...['train', config, '--run-dir', join(study, 'trials', 'ratio=2', `${seed}`), '--threads', '1', '--quiet'],
    ...[`seed=${seed}`, 'track=[mlflow]'],
  ];
  const opening = (name: string, address: string, warnings: string[]) => ({
    ...{ name, track: [{ name: 'mlflow', uri: address }] as const },
    parameters: { design: 'grid', seeds: '[1,2]' },
    onWarning: (warning: string) => void warnings.push(warning),
  });
  const writeReport = (study: string): void => {
    for (const kind of ['html', 'json', 'csv']) cpSync(config, join(study, `report.${kind}`));
  };

  testWithMlflow('is a parent run with its trials as children', async ({ python }) => {
    const study = join(folder, 'studies', 'ablation');
    const warnings: string[] = [];
    await openStudyRun(study, opening('ablation', uri, warnings));
    for (const seed of [1, 2]) expect(masq(...trial(study, seed))).toMatchObject({ status: 0, stderr: '' });
    writeReport(study);
    await closeStudyRun(study, 'finished', (warning) => void warnings.push(warning));
    expect(warnings).toEqual([]);
    const [parent, ...children] = await readRuns(python, uri, 'ablation');
    expect(parent).toMatchObject({ name: 'ablation', status: 'FINISHED', params: { design: 'grid' } });
    expect(Object.keys(parent.artifacts).sort()).toEqual(['report.csv', 'report.html', 'report.json']);
    expect(children.map(({ name, status, tags, params }) => [name, status, tags['mlflow.parentRunId'], params.seed])).toEqual([
      ['ratio=2/1', 'FINISHED', parent.id, '1'],
      ['ratio=2/2', 'FINISHED', parent.id, '2'],
    ]);
  });

  testWithMlflow('is put together later when the server was away', async ({ python }) => {
    const study = join(folder, 'studies', 'late');
    const warnings: string[] = [];
    const port = await freePort();
    await openStudyRun(study, opening('late', `http://127.0.0.1:${port}`, warnings));
    expect(masq(...trial(study, 1)).status).toBe(0);
    const alone = join(study, 'trials', 'ratio=2', '1');
    // The trial alone knows of no parent yet.
    expect(masq('mlflow', 'sync', alone, '--uri', uri).stdout).toBe(`${alone}: sent; its study is not, so send that too\n`);
    await closeStudyRun(study, 'interrupted', (warning) => void warnings.push(warning));
    expect(warnings).toEqual([
      expect.stringContaining('MLflow does not have this study yet: connect ECONNREFUSED'),
      expect.stringContaining(`masq mlflow sync ${study}`),
    ]);
    await openStudyRun(study, opening('late', uri, warnings));
    await closeStudyRun(study, 'finished', (warning) => void warnings.push(warning));
    expect(warnings).toHaveLength(2);
    const runs = await readRuns(python, uri, 'late');
    const parent = runs.find(({ name }) => name === 'late');
    expect(parent?.status).toBe('FINISHED');
    expect(runs.filter((run) => run !== parent).map(({ tags }) => tags['mlflow.parentRunId'])).toEqual([parent?.id]);
  });

  it('is not told when its config does not name mlflow', async () => {
    const study = join(folder, 'studies', 'untold');
    await openStudyRun(study, { ...opening('untold', uri, []), track: ['tensorboard'] });
    await closeStudyRun(study, 'finished', expect.unreachable);
    expect(existsSync(study)).toBe(false);
  });
});
