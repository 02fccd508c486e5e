import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { refusal, squeezes, study } from '../../../test/support/studies.js';
import { packageRoot } from '../../shared/node/paths.js';
import { registerMetric, resolveConfig } from '../../train/index.js';
import { formatStudy, loadStudy, parseStudy, readStudy } from './loadStudy.js';

const ids = (text: string, overrides: string[] = []): string[] =>
  parseStudy(text, {}, overrides).cells.map(({ id }) => id);

describe('a grid', () => {
  test('has every combination of levels, a conditional axis only where its condition holds, and the controls', () => {
    expect(parseStudy(squeezes).cells.map(({ id, levels, role }) => [id, levels, role])).toEqual([
      [
        'attention=squeeze-excite,ratio=2',
        { 'model.attention': 'squeeze-excite', 'model.attention.ratio': '2' },
        'grid',
      ],
      [
        'attention=squeeze-excite,ratio=4',
        { 'model.attention': 'squeeze-excite', 'model.attention.ratio': '4' },
        'grid',
      ],
      ['attention=eca', { 'model.attention': 'eca' }, 'grid'],
      ['attention=none', {}, 'control'],
    ]);
  });

  test('gives each cell the base config with its settings, defaults filled in', () => {
    const [, cell] = parseStudy(squeezes).cells;
    expect(cell.settings).toEqual({ 'model.attention': 'squeeze-excite', 'model.attention.ratio': 4 });
    expect(cell.config).toEqual(
      resolveConfig({
        name: 's',
        data: { train: 'a.ts', test: 'b.ts' },
        model: { name: 'fcn', attention: { name: 'squeeze-excite', ratio: 4 } },
      }),
    );
  });

  test('replaces the whole value at a key by a mapping', () => {
    const text = study(
      `axes: { train.optimizer: [{ name: sgd, momentum: 0.5 }, { learningRate: 0.1, name: adamw }] }\n`,
    );
    const optimizers = parseStudy(text, {}, ['base.train.optimizer.weightDecay=0.3']).cells.map(
      ({ config }) => config.train.optimizer,
    );
    expect(optimizers).toMatchObject([
      { name: 'sgd', momentum: 0.5, weightDecay: 0 },
      { name: 'adamw', learningRate: 0.1, weightDecay: 0.01 },
    ]);
  });

  test('takes lists as levels, and options within a list', () => {
    const lists = `axes: { train.augmentation: [none, [jitter], [{ name: time-warp, sigma: 0.4 }, mixup]] }\n`;
    const { axes, cells } = parseStudy(study(lists));
    expect(cells.map(({ id }) => id)).toEqual([
      'augmentation=none',
      'augmentation=jitter',
      'augmentation=time-warp-sigma-0.4-mixup',
    ]);
    expect(axes['train.augmentation']).toEqual([
      'none',
      '["jitter"]',
      '[{"name":"time-warp","sigma":0.4},"mixup"]',
    ]);
    expect(cells[1].config.train.augmentation).toEqual([{ name: 'jitter', sigma: 0.03, probability: 0.5 }]);
    const options = `axes: { train.augmentation: [[jitter, crop]], train.augmentation.0.sigma: [0.1, 0.2] }\n`;
    expect(parseStudy(study(options)).cells.map(({ config }) => config.train.augmentation)).toMatchObject(
      [0.1, 0.2].map((sigma) => [{ name: 'jitter', sigma }, { name: 'crop' }]),
    );
  });

  test('takes a condition with several values, and one on a name, whether it stands bare or with options', () => {
    const axis = (when: string) =>
      study(
        `axes:\n  model.attention: [squeeze-excite, eca, none]\n  train.epochs: { values: [1, 2], when: ${when} }\n`,
      );
    expect(ids(axis('{ model.attention: [eca, none] }'))).toHaveLength(5);
    expect(ids(axis('{ model.name: fcn, model.attention.name: eca }'))).toHaveLength(4);
    const options = axis('{ model.attention: cbam }').replace('none]', '{ name: cbam, ratio: 4 }]');
    expect(ids(options)).toHaveLength(4);
  });
});

describe('a random design', () => {
  const grid = study('axes: { train.batchSize: [1, 2, 3, 4, 5, 6, 7, 8], train.epochs: [1, 2, 3] }\n');
  const draw = (cells: number, seed: number) =>
    ids(grid, [`design={ name: random, cells: ${cells}, seed: ${seed} }`]);

  test('draws cells of the grid without replacement, the same for the same seed, in the order of the grid', () => {
    const all = ids(grid);
    const some = draw(6, 1);
    expect(new Set(some).size).toBe(6);
    expect(all.filter((id) => some.includes(id))).toEqual(some);
    expect(draw(6, 1)).toEqual(some);
    expect(draw(6, 2)).not.toEqual(some);
    expect(draw(24, 3)).toEqual(all);
  });

  test('keeps its cells when more are asked for', () => {
    expect(draw(9, 1)).toEqual(expect.arrayContaining(draw(6, 1)));
  });
});

describe('a one-at-a-time design', () => {
  test('has the base config and each other level beside it, and says which level the base config has', () => {
    const text = study(`design: one-at-a-time
axes:
  model.dropout: [0, 0.2]
  train.batchSize: [16, 64]
  train.epochs: { values: [5], when: { model.name: resnet } }
`);
    const without = text.replace(/ {2}train.epochs.*\n/, '');
    const { axes, cells } = parseStudy(without);
    expect(axes).toEqual({ 'model.dropout': ['0', '0.2'], 'train.batchSize': ['32', '16', '64'] });
    expect(cells.map(({ id, levels }) => [id, ...Object.values(levels)])).toEqual([
      ['base', '0', '32'],
      ['dropout=0.2', '0.2', '32'],
      ['batchSize=16', '0', '16'],
      ['batchSize=64', '0', '64'],
    ]);
    expect(refusal(text)).toBe(
      's.yaml:7:32: axes.train.epochs: the axis is never there, as model.name is resnet in the base config.',
    );
  });
});

describe('data sets', () => {
  const text = study(`axes: { train.batchSize: [8, 16] }
datasets:
  - data/X
  - { name: Y, train: [y1.csv, y2.csv], set: { train.epochs: 7 } }
compare: { metric: best.value, baseline: { train.batchSize: 16 } }
`);

  test('are a folder with two files, or files with what they change, and every method is trained on each', () => {
    const { cells, datasets } = parseStudy(text);
    expect(datasets).toEqual(['X', 'Y']);
    expect(
      cells.map(({ id, method, dataset, config: { data, train } }) => [
        id,
        method,
        dataset,
        data.train,
        data.test,
        train.epochs,
      ]),
    ).toEqual([
      ['X,batchSize=8', 'batchSize=8', 'X', 'data/X/X_TRAIN.ts', 'data/X/X_TEST.ts', 100],
      ['X,batchSize=16', 'batchSize=16', 'X', 'data/X/X_TRAIN.ts', 'data/X/X_TEST.ts', 100],
      ['Y,batchSize=8', 'batchSize=8', 'Y', ['y1.csv', 'y2.csv'], undefined, 7],
      ['Y,batchSize=16', 'batchSize=16', 'Y', ['y1.csv', 'y2.csv'], undefined, 7],
    ]);
  });

  test('have the same baseline, found by its config', () => {
    expect(parseStudy(text).compare.baseline).toBe('batchSize=16');
  });

  test('without test data leave nothing to compare by a test metric', () => {
    expect(refusal(text, ['compare.metric=test.auroc'])).toBe(
      'Override "compare.metric=test.auroc": compare.metric: "test.auroc" needs test data, but data.test names none ' +
        'in cell Y,batchSize=8. Compare best.value.',
    );
  });
});

describe('what is better', () => {
  registerMetric('hits', () => 0);

  test.each([
    [['compare.metric=test.logLoss'], 'lower'],
    [['compare.metric=test.auroc'], 'higher'],
    [['compare.metric=timing.trainSeconds'], 'lower'],
    [['compare.metric=best.value'], 'lower'],
    [['compare.metric=best.value', 'base.train.earlyStopping.monitor=validation.accuracy'], 'higher'],
    [['compare={ metric: test.metrics.hits, better: higher }'], 'higher'],
  ])('follows from %j: %s', (overrides, better) => {
    const text = study('').replace('fcn }', 'fcn, train: { earlyStopping: {} } }');
    expect(parseStudy(text, {}, overrides).compare.better).toBe(better);
  });
});

describe('names of cells', () => {
  test('tell keys with the same last part apart, and are short and safe as names of folders', () => {
    const text = study(`controls:
  - { model.attention: { name: eca, kernelSize: 3 } }
  - { train.optimizer.weightDecay: 0.5, train.schedule.final: 0.1 }
  - { train.classWeights: { "a/b": 2, "..": 1 } }
  - { model.filters: [128, 128, 128], model.kernelSizes: [8, 5, 3], model.pool: max, train.optimizer.learningRate: 0.004 }
  - { train.schedule: { name: cosine, warmup: 0.1 }, train.schedule.final: 0.2 }
`);
    expect(ids(text)).toEqual([
      'base',
      'attention=eca-kernelSize-3',
      'weightDecay=0.5,final=0.1',
      'classWeights=a-b-2-..-1',
      'filters=128-128-128,kernelSizes=8-5-3,pool=max,learningRate=0.004',
      'schedule=cosine-warmup-0.1,final=0.2',
    ]);
    const wide = study(
      `axes: { model.attention.ratio: [2], train.optimizer.name: [sgd], other.optimizer.name: [3] }`,
    );
    expect(refusal(wide)).toContain('other: unknown key');
  });

  test('that would be the same or too long end with a hash of what the cell sets', () => {
    const text = study(`controls:
  - { train.classWeights: { "a b": 2 } }
  - { train.classWeights: { "a/b": 2 } }
  - { train.classWeights: { ${Array.from({ length: 30 }, (_, i) => `label${i}: 1`).join(', ')} } }
`);
    const [, first, second, long] = ids(text);
    expect(first).toMatch(/^classWeights=a-b-2-[0-9a-f]{8}$/);
    expect(second).toMatch(/^classWeights=a-b-2-[0-9a-f]{8}$/);
    expect(second).not.toBe(first);
    expect(long).toHaveLength(80);
  });
});

describe('files', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'masq-study-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  test('a study reads its base config from a file, and written into its folder needs no other file', async () => {
    const loaded = await loadStudy(join(packageRoot(), 'configs/squeeze-ablation.yaml'), [
      'seeds=2',
      'base.train.epochs=5',
    ]);
    expect(loaded.cells).toHaveLength(44);
    expect(loaded.cells[0].config.train.epochs).toBe(5);
    await writeFile(join(folder, 'study.yaml'), formatStudy(loaded));
    expect(await readStudy(folder)).toEqual(loaded);
    expect(formatStudy(await readStudy(folder))).toBe(formatStudy(loaded));
  });

  test('a mistake in the base config is told with its place in that file', async () => {
    const base = join(folder, 'base.yaml');
    await writeFile(base, 'name: b\ndata: { train: a.ts, tset: b.ts }\nmodel: fcn\n');
    await writeFile(join(folder, 's.yaml'), `name: s\nbase: ${base}\naxes: { train.epochs: [0] }\n`);
    await expect(loadStudy(join(folder, 's.yaml'))).rejects.toThrow(
      `${base}:2:22: data.tset: unknown key. Did you mean "test"?\n` +
        `${folder}/s.yaml:3:24: train.epochs: expected a number of at least 1, found 0.`,
    );
    await writeFile(join(folder, 's.yaml'), `name: s\nbase: ${base}s\n`);
    await expect(loadStudy(join(folder, 's.yaml'))).rejects.toThrow(
      `${folder}/s.yaml:2:7: base: There is no file ${base}s. Did you mean "base.yaml"?`,
    );
  });

  test('data that are not there are told before anything runs, at the data set', async () => {
    const file = join(folder, 's.yaml');
    await writeFile(file, study('datasets: [data/JapaneseVowels, data/BasicMotion]\n'));
    await expect(loadStudy(file)).rejects.toThrow(
      `${file}:3:33: data.train: there is no file data/BasicMotion/BasicMotion_TRAIN.ts. Did you mean "BasicMotions"?`,
    );
  });

  test('a data set that is a file is told what a data set is', async () => {
    const file = join(folder, 's.yaml');
    await writeFile(file, study('datasets: [package.json]\n'));
    await expect(loadStudy(file)).rejects.toThrow(
      `${file}:3:12: datasets.0: package.json is a file; expected a folder as data/X with X_TRAIN.ts and X_TEST.ts`,
    );
  });

  test('the folder of a study is no study file', async () => {
    await writeFile(join(folder, 'study.yaml'), study(''));
    await expect(loadStudy(folder)).rejects.toThrow(
      `${folder}: this is the folder of a study, expected a study file. --study-dir names a folder`,
    );
  });

  test('a folder without a study is none', async () => {
    await expect(readStudy(folder)).rejects.toThrow(
      `${folder} is no folder of a study: it has no study.yaml.`,
    );
  });
});
