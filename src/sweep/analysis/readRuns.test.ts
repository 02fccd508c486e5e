import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeConfig, writeRun } from '../../../test/support/studyFolder.js';
import { analyze } from './analyze.js';
import { differingKeys } from './differingKeys.js';
import { readRuns } from './readRuns.js';

const folder = mkdtempSync(join(tmpdir(), 'masq-runs-'));
const options = { metric: 'test.accuracy', baseline: null };
const squeeze = (ratio: number) => ({ name: 'squeeze-excite', ratio, squeeze: 'average' });
let runs: string[];

/** A run of its own folder; nothing is written twice. */
function run(name: string, seed: number, accuracy: number | null, settings: Record<string, unknown>): string {
  const path = join(folder, name);
  if (accuracy !== null) writeRun(path, { seed, accuracy });
  else writeRun(path, { seed, accuracy: 0 });
  writeConfig(path, seed, settings);
  if (accuracy === null) rmSync(join(path, 'result.json'));
  return path;
}

beforeAll(() => {
  runs = [1, 2].flatMap((seed) => [
    run(`none-${seed}`, seed, 0.7 + seed / 100, {}),
    run(`four-${seed}`, seed, 0.8 + seed / 100, { model: { name: 'fcn', attention: squeeze(4) } }),
    run(`sixteen-${seed}`, seed, seed === 2 ? null : 0.9, { model: { name: 'fcn', attention: squeeze(16) } }),
  ]);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('plain runs', () => {
  test('are grouped into cells by the keys in which their configs differ, seeds apart', async () => {
    const { axes, cells, seeds, datasets } = await readRuns(runs, options);
    expect(axes).toEqual({
      'model.attention.name': ['none', 'squeeze-excite'],
      'model.attention.ratio': ['4', '16'],
    });
    expect(cells.map(({ id, trials }) => [id, trials.map(({ outcome }) => outcome.status)])).toEqual([
      ['attention=none', ['finished', 'finished']],
      ['attention=squeeze-excite,ratio=4', ['finished', 'finished']],
      ['attention=squeeze-excite,ratio=16', ['finished', 'missing']],
    ]);
    expect([seeds, datasets]).toEqual([[1, 2], []]);
  });

  test('give the same report in any order', async () => {
    const report = async (paths: readonly string[]) =>
      JSON.stringify(analyze(await readRuns(paths, options), folder));
    const expected = await report(runs);
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(runs, { minLength: runs.length }), async (shuffled) => {
        expect(await report(shuffled)).toBe(expected);
      }),
      { numRuns: 5 },
    );
  });

  test('are of several data sets where their training files differ; what goes with the data is no axis', async () => {
    const data = (name: string) => ({ train: `data/${name}/${name}_TRAIN.ts`, test: `data/${name}/${name}_TEST.ts`, validation: 'none' }); // prettier-ignore
    const paths = ['A', 'B'].flatMap((name, i) =>
      [4, 16].map((ratio) =>
        run(`${name}-${ratio}`, 1, 0.5, {
          data: data(name),
          train: { epochs: 10 + i, earlyStopping: 'none' },
          model: { name: 'fcn', attention: squeeze(ratio) },
        }),
      ),
    );
    const { axes, cells, datasets } = await readRuns(paths, { ...options, baseline: 'ratio=4' });
    expect(datasets).toEqual(['A', 'B']);
    expect(axes).toEqual({ 'model.attention.ratio': ['4', '16'] });
    expect(cells.map(({ id }) => id)).toEqual(['A,ratio=4', 'A,ratio=16', 'B,ratio=4', 'B,ratio=16']);
  });

  test('are refused where two have one config and seed, or the baseline is none of them', async () => {
    const twice = run('twice', 1, 0.5, {});
    await expect(readRuns([...runs, twice], options)).rejects.toThrow(
      `${join(folder, 'none-1')} and ${twice} have the same config and seed 1`,
    );
    await expect(readRuns(runs, { ...options, baseline: 'attention=non' })).rejects.toThrow(
      'Did you mean "attention=none"?',
    );
  });

  test('are better with a lower loss, also where best.value is one', async () => {
    const better = async (metric: string) => (await readRuns(runs, { ...options, metric })).compare.better;
    expect([await better('test.accuracy'), await better('best.value')]).toEqual(['higher', 'lower']);
    const accuracy = { train: { earlyStopping: { monitor: 'validation.accuracy', patience: 3 } } };
    const other = run('accuracy', 3, 0.5, accuracy);
    const by = (paths: string[]) => readRuns(paths, { ...options, metric: 'best.value' });
    expect((await by([other])).compare.better).toBe('higher');
    await expect(by([...runs, other])).rejects.toThrow('best.value is a loss in some of these runs');
  });

  test('count as missing where the metric is not defined', async () => {
    const unknown = run('unknown', 9, 0.5, {});
    const result = join(unknown, 'result.json');
    const written = JSON.parse(readFileSync(result, 'utf8')) as { test: object };
    writeFileSync(result, JSON.stringify({ ...written, test: { ...written.test, auroc: null } }));
    const { cells } = await readRuns([unknown], { ...options, metric: 'test.auroc' });
    expect(cells[0].trials[0].outcome).toEqual({
      status: 'missing',
      message: 'It has finished, but its test.auroc is null.',
    });
  });

  test('must share the metric, and be whole', async () => {
    await expect(readRuns(runs, { ...options, metric: 'test.acuracy' })).rejects.toThrow(
      /result\.json: this result has no number test\.acuracy.* Did you mean "test\.accuracy"\?/,
    );
    const cut = run('cut', 9, 0.5, {});
    writeFileSync(join(cut, 'result.json'), '{"status": "fin');
    await expect(readRuns([cut], options)).rejects.toThrow(/cut\/result\.json: this file cannot be read: /);
    writeFileSync(join(cut, 'result.json'), '{"status": "finished", "seed": 9}');
    await expect(readRuns([cut], options)).rejects.toThrow(
      /result\.json: this file is damaged: model: missing/,
    );
    const line = run('line', 9, 0.5, {});
    writeFileSync(join(line, 'metrics.jsonl'), '{"epoch":1,"train":{"loss":1}}\n{"epoch":2,\n');
    await expect(readRuns([line], options)).rejects.toThrow(/metrics\.jsonl:2: this line is damaged/);
  });
});

test('a key that some configs lack differs only where no name tells them apart', () => {
  const settings = (entries: Record<string, string>) => new Map(Object.entries(entries));
  const eca = settings({ 'a.name': 'eca', 'a.kernel': '3' });
  const se = settings({ 'a.name': 'se', 'a.gate': 'sigmoid' });
  expect(differingKeys([eca, se])).toEqual(['a.name']);
  expect(differingKeys([se, settings({ 'a.name': 'se', 'a.gate': 'sigmoid', 'a.bias': 'true' })])).toEqual([
    'a.bias',
  ]);
});
