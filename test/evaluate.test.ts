// `masq evaluate` and `masq predict` on one small run: splits, other files, single recordings, damage.
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../src/cli/program.js';
import { checkpointFolder, masq, masqProcess } from './support/masq.js';
import { writeConfig, writeWaveSets } from './support/waves.js';

const folder = mkdtempSync(join(tmpdir(), 'masq-evaluate-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const run = join(folder, 'run');
const data = writeWaveSets(folder);
beforeAll(async () => {
  const config = writeConfig(folder, 'waves', data);
  expect((await masq('train', config, '--run-dir', run, '--quiet')).status).toBe(0);
});

function write(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

/** Rows of a predictions file by id, each with its numbers. */
function probabilities(csv: string): Map<string, number[]> {
  const rows = csv.trimEnd().split('\n').slice(1);
  return new Map(
    rows.map((row) => {
      const cells = row.split(',');
      return [cells[0], cells.slice(-3).map(Number)];
    }),
  );
}

describe('masq evaluate', () => {
  it('gives exactly the test result of the run again, also from the test file by name', async () => {
    const { test } = JSON.parse(readFileSync(join(run, 'result.json'), 'utf8')) as { test: unknown };
    for (const args of [[], ['--data', data.test]]) {
      const { status, stdout, stderr } = await masq('evaluate', run, '--json', ...args);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(JSON.parse(stdout)).toEqual(test);
    }
  });

  it('measures the part that --split names, with the weights that --checkpoint names', async () => {
    const { stdout } = await masq(
      'evaluate',
      run,
      '--split',
      'validation',
      '--checkpoint',
      'last',
      '--json',
      '--batch-size',
      '3',
    );
    const metrics = readFileSync(join(run, 'metrics.jsonl'), 'utf8').trimEnd().split('\n');
    const last = JSON.parse(metrics[2]) as { validation: { loss: number; accuracy: number } };
    const measured = JSON.parse(stdout) as { recordings: number; accuracy: number; logLoss: number };
    expect(measured).toMatchObject({ recordings: 10, accuracy: last.validation.accuracy });
    expect(measured.logLoss).toBeCloseTo(last.validation.loss, 5);
  });

  it('measures files in which a class is absent', async () => {
    const [header, ...rows] = readFileSync(data.test, 'utf8').trimEnd().split('\n');
    const some = rows.filter((row) => !row.includes(',calm,'));
    const { status, stdout } = await masq(
      'evaluate',
      run,
      '--data',
      write('some.csv', [header, ...some].join('\n')),
      '--json',
    );
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      recordings: 20,
      classes: ['calm', 'fast', 'rising'],
      perClass: [{ recall: 0, support: 0 }, { support: 10 }, { support: 10 }],
    });
  });

  it.each<[what: string, args: () => string[], message: RegExp]>([
    [
      'a class that the training data do not hold',
      () => ['--data', write('fst.csv', 'id,label,x,y\n1,fst,1,2\n')],
      /fst\.csv:2: the evaluation data hold the class "fst", which .*calm, fast, rising\. Did you mean "fast"\?\n$/,
    ],
    [
      'another number of channels',
      () => ['--data', write('one.csv', 'id,label,x\n1,fast,1\n')],
      /one\.csv: the evaluation data have 1 channel, the model was trained on 2 \(x, y\)\. Missing: y\.\n$/,
    ],
    [
      'recordings without labels',
      () => ['--data', write('bare.csv', 'id,x,y\n1,1,2\n')],
      /bare\.csv: no recording has a label/,
    ],
    [
      'files and a split together',
      () => ['--data', data.test, '--split', 'test'],
      /^--data names other files than the run's own, so --split says nothing\. Leave one out\.\n$/,
    ],
  ])('refuses %s', async (_, args, message) => {
    const { status, stdout, stderr } = await masq('evaluate', run, ...args());
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });
});

describe('masq predict', () => {
  it('writes what the run wrote for its test data, to standard output or to a file', async () => {
    const written = readFileSync(join(run, 'predictions-test.csv'), 'utf8');
    // As a process, of which TensorFlow writes to the same streams.
    expect(masqProcess('predict', run, data.test)).toEqual({ status: 0, stdout: written, stderr: '' });
    const out = join(folder, 'out.csv');
    expect(await masq('predict', run, data.test, '--out', out)).toEqual({
      status: 0,
      stdout: '',
      stderr: `Wrote 30 predictions to ${out}.\n`,
    });
    expect(readFileSync(out, 'utf8')).toBe(written);
  });

  it('pads as training did, where padding counts as data', async () => {
    const padded = join(folder, 'padded');
    const config = join(folder, 'waves.yaml');
    const train = (length: number) =>
      masq(
        'train',
        config,
        '--run-dir',
        padded,
        '--quiet',
        `data.padding={ length: ${length}, masked: false }`,
      );
    const short = await train(6);
    expect(short.status).toBe(2);
    expect(short.stderr).toMatch(
      /train\.csv:\d+: this recording has \d+ steps, and data\.padding\.length is 6;/,
    );
    expect((await train(40)).status).toBe(0);
    const written = readFileSync(join(padded, 'predictions-test.csv'), 'utf8');
    expect((await masq('predict', padded, data.test)).stdout).toBe(written);
    const { test } = JSON.parse(readFileSync(join(padded, 'result.json'), 'utf8')) as { test: unknown };
    expect(JSON.parse((await masq('evaluate', padded, '--json')).stdout)).toEqual(test);
  });

  it('refuses a folder, or a file where a folder is needed, before it computes', async () => {
    const example = join(folder, 'predictions.csv');
    expect(await masq('predict', run, data.test, '--out', folder)).toEqual({
      status: 2,
      stdout: '',
      stderr: `${folder}: --out is a folder, expected the file to write, e.g. ${example}.\n`,
    });
    expect(await masq('predict', run, data.test, '--out', join(data.test, 'out.csv'))).toEqual({
      status: 2,
      stdout: '',
      stderr: `${data.test}: this is a file, and a folder is needed in its place. Name another folder.\n`,
    });
  });

  it('gives a recording the same probabilities alone, beside others and without labels', async () => {
    const together = probabilities(readFileSync(join(run, 'predictions-test.csv'), 'utf8'));
    const [header, ...rows] = readFileSync(data.test, 'utf8').trimEnd().split('\n');
    const unlabelled = (lines: string[]): string[] =>
      lines.map((line) =>
        line
          .split(',')
          .filter((_, i) => i !== 2)
          .join(','),
      );
    const alone = write(
      'alone.csv',
      unlabelled([header, ...rows.filter((row) => row.startsWith('test-7,'))]).join('\n'),
    );
    const { stdout } = await masq('predict', run, alone);
    expect(stdout.split('\n')[0]).toBe('id,predicted,probability_calm,probability_fast,probability_rising');
    const singly = probabilities((await masq('predict', run, data.test, '--batch-size', '1')).stdout);
    expect([...singly.keys()]).toEqual([...together.keys()]);
    for (const [id, expected] of together) {
      for (const found of [singly.get(id), ...(id === 'test-7' ? [probabilities(stdout).get(id)] : [])]) {
        for (const [i, p] of expected.entries()) expect(Math.abs((found?.[i] ?? NaN) - p)).toBeLessThan(1e-5);
      }
    }
  });

  it('refuses channels in another order', async () => {
    const { status, stderr } = await masq('predict', run, write('swapped.csv', 'id,y,x\n1,1,2\n'));
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /their channels in another order than the training data: y, x instead of x, y\. Put the columns of the file in that order\.\n$/,
    );
  });
});

describe('a run whose config names columns', () => {
  it('predicts files without labels or groups, and evaluates files with and without groups together', async () => {
    const trained = join(folder, 'named');
    const rename = (path: string): string =>
      readFileSync(path, 'utf8').replace('id,subject,label', 'id,person,kind');
    const train = write('named.csv', rename(data.train));
    const config = writeConfig(folder, 'named', { train, columns: '{ label: kind, group: person }' });
    expect((await masq('train', config, '--run-dir', trained, '--quiet')).status).toBe(0);

    const without = (...columns: number[]): string =>
      rename(data.test)
        .split('\n')
        .map((line) =>
          line
            .split(',')
            .filter((_, i) => !columns.includes(i))
            .join(','),
        )
        .join('\n');
    const grouped = write('grouped.csv', rename(data.test));
    const ungrouped = write('ungrouped.csv', without(1));
    const bare = write('bare-named.csv', without(1, 2));
    const evaluated = await masq('evaluate', trained, '--data', grouped, ungrouped, '--json');
    expect(JSON.parse(evaluated.stdout)).toMatchObject({ recordings: 60 });
    const { stdout } = await masq('predict', trained, grouped, bare);
    const [, ...rows] = stdout.trimEnd().split('\n');
    expect(rows).toHaveLength(60);
    // The same recordings, the second time without labels: the same predictions.
    const predicted = (row: string): string => row.split(',')[2];
    expect(rows.slice(30).map(predicted)).toEqual(rows.slice(0, 30).map(predicted));
    expect(rows[30].split(',').slice(0, 2)).toEqual(['test-0', '']);
    expect((await masq('evaluate', trained, '--data', bare)).stderr).toMatch(
      /bare-named\.csv:1: no column "kind" in/,
    );
  });
});

describe('a run that is', () => {
  const copy = (): string => {
    const path = join(mkdtempSync(join(folder, 'copy-')), 'run');
    cpSync(run, path, { recursive: true });
    return path;
  };
  const damage: [what: string, make: () => string, message: RegExp][] = [
    [
      'not there',
      () => join(folder, 'absent'),
      /absent: there is no such folder; expected a run directory\.\n$/,
    ],
    ['another folder', () => folder, /: this is no run directory: it holds no config\.yaml\.\n$/],
    [
      'not far enough to have a checkpoint',
      () => {
        const path = copy();
        rmSync(join(path, 'checkpoints'), { recursive: true });
        return path;
      },
      /there is no checkpoint "best"; expected a run that has finished an epoch\.\n$/,
    ],
    [
      'damaged in its weights',
      () => {
        const path = copy();
        truncateSync(join(checkpointFolder(path, 'best'), 'weights.bin'), 1000);
        return path;
      },
      /step-\d+: this checkpoint is damaged: weights\.bin holds 1000 bytes, expected \d+\. Restore its files, or train anew\.\n$/,
    ],
    [
      'damaged in its model',
      () => {
        const path = copy();
        truncateSync(join(checkpointFolder(path, 'best'), 'model.json'), 500);
        return path;
      },
      /step-\d+: this checkpoint is damaged: .*JSON/,
    ],
  ];
  it.each(damage)('%s is refused in one sentence', async (_, make, message) => {
    const { status, stdout, stderr } = await masq('predict', make(), data.test);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

it.each(['evaluate', 'predict'])(
  'masq %s of a set that is packed ends where it is interrupted',
  async (name) => {
    const limited = join(folder, `limited-${name}`);
    cpSync(run, limited, { recursive: true });
    const config = join(limited, 'config.yaml');
    writeFileSync(
      config,
      readFileSync(config, 'utf8').replace(/^data:\n/m, 'data:\n  memoryLimit: 0.000001\n'),
    );
    const files = name === 'evaluate' ? ['--data', data.test] : [data.test];
    const printed: string[] = [];
    const status = await runProgram([name, limited, ...files], {
      out: (text) => printed.push(text),
      error: (text) => printed.push(text),
      signal: AbortSignal.abort(),
      onCommand: () => undefined,
    });
    expect({ status, printed }).toEqual({ status: 130, printed: ['Interrupted.\n'] });
  },
);
