// No leak: what is held out changes nothing of what is trained on, whatever holds it out.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { floats, integers, npy } from '../../test/support/npyFiles.js';
import { uniforms } from '../../test/support/random.js';
import { allValues, chooseBuckets, count, lengthsOf, packFiles, type Recordings } from '../data/index.js';
import { buildModel } from '../models/index.js';
import { resolveConfig, type Config, type ConfigInput } from './config.js';
import { completedByPacked } from './dataFiles.js';
import { fit } from './fit.js';
import { createOptimizer } from './optimizers.js';
import { prepareData, type PreparedData } from './prepare.js';
import { noProgress } from './progress.js';
import { createTrainingState, disposeSlots } from './step.js';

const folder = mkdtempSync(join(tmpdir(), 'masq-splits-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Row {
  readonly id: string;
  readonly group: string;
  readonly split: string;
  readonly label: string;
  /** `[time][channel]`. */
  readonly values: readonly (readonly number[])[];
}

/** Recordings of two classes, five groups and three parts. */
function rowsOf(prefix: string, n: number, seed: number): Row[] {
  const random = uniforms(seed);
  return Array.from({ length: n }, (_, i) => ({
    id: `${prefix}${i}`,
    group: `g${i % 5}`,
    split: ['train', 'train', 'train', 'validation', 'test'][(i >> 1) % 5],
    label: (i >> 2) % 2 === 0 ? 'up' : 'down',
    values: Array.from({ length: 4 + (i % 3) }, () => [random(), 10 * random()]),
  }));
}

function write(name: string, rows: readonly Row[]): string {
  const lines = rows.flatMap(({ id, group, split, label, values }) =>
    values.map((step) => [id, group, split, label, ...step].join(',')),
  );
  writeFileSync(join(folder, name), ['id,group,split,label,x,y', ...lines, ''].join('\n'));
  return join(folder, name);
}

const rows = rowsOf('r', 40, 1);
const others = rowsOf('o', 20, 2);

const config = (data: ConfigInput['data']): Config =>
  resolveConfig({
    name: 'leak',
    seed: 5,
    data,
    model: { name: 'fcn', filters: [2, 2, 2] },
    train: { epochs: 2, batchSize: 8, lengthBuckets: 'none' },
  });

/** Each way to hold recordings out, and whether labels have a say in it. */
const ways: readonly (readonly [string, Partial<ConfigInput['data']>, { readonly byLabels: boolean }])[] = [
  ['files', { test: 'others' }, { byLabels: true }],
  ['parts', { test: { split: 'test' }, validation: { split: 'validation' } }, { byLabels: false }],
  ['shares', { test: { fraction: 0.25 } }, { byLabels: true }],
  [
    'shares of groups',
    { test: { fraction: 0.25, groups: true }, validation: { groups: true } },
    { byLabels: true },
  ],
  ['named groups', { test: { groups: ['g1'] }, validation: { groups: ['g3', 'g4'] } }, { byLabels: false }],
  ['folds', { test: { fold: 1, of: 4 } }, { byLabels: true }],
  [
    'folds of groups',
    { test: { fold: 1, of: 4, groups: true }, validation: { groups: true } },
    { byLabels: true },
  ],
  ['a group left out', { test: { leaveGroupOut: 2 }, validation: { groups: ['g0'] } }, { byLabels: false }],
  ['a resample', { test: 'others', resample: 3 }, { byLabels: true }],
];

async function prepared(
  name: string,
  way: Partial<ConfigInput['data']>,
  all: readonly Row[],
): Promise<PreparedData> {
  const train = write(`${name}-train.csv`, all.slice(0, rows.length));
  const test = way.test === 'others' ? write(`${name}-test.csv`, all.slice(rows.length)) : way.test;
  return prepareData(config({ train, maxLength: 5, ...way, test }));
}

const idsOf = (set: Recordings | null): string[] => [...(set?.ids ?? [])];

/** Where recordings are in their files changes with the length of those before them. */
const withoutPlaces = (set: Recordings): object => ({ ...set, files: [], lines: [] });

/** Weights after two epochs, with batch statistics. */
async function trainedWeights({ train, validation }: PreparedData): Promise<number[][]> {
  const { model: options, train: how, seed } = config({ train: 'none' });
  const model = buildModel(options, { channels: 2, classes: 2, seed: 1 });
  const state = createTrainingState(model, createOptimizer(how.optimizer));
  const buckets = chooseBuckets(lengthsOf(train), how.lengthBuckets, how.batchSize);
  try {
    await fit({ state, train, validation, buckets, config: how, seed, progress: noProgress });
    return await Promise.all(model.weights.map(async (weight) => Array.from(await weight.read().data())));
  } finally {
    disposeSlots(state);
    model.dispose();
  }
}

/** The data of a way, and again with other values, lengths and, where they do not decide who is held out, labels of what is. */
async function beforeAndAfter(
  name: string,
  way: Partial<ConfigInput['data']>,
  byLabels: boolean,
): Promise<{ before: PreparedData; after: PreparedData }> {
  const all = [...rows, ...others];
  const before = await prepared(name, way, all);
  const random = uniforms(9);
  const held = new Set([...idsOf(before.validation), ...idsOf(before.test)]);
  const changed = all.map((row): Row => {
    if (!held.has(row.id)) return row;
    return {
      ...row,
      label: byLabels ? row.label : random() < 0.5 ? 'up' : 'down',
      values: Array.from({ length: 3 + Math.floor(9 * random()) }, () => [1e6 * random(), -random()]),
    };
  });
  return { before, after: await prepared(`${name} changed`, way, changed) };
}

describe.each(ways)('holding out %s', (name, way, { byLabels }) => {
  it('divides the recordings, and no group where groups are asked for', async () => {
    const { train, validation, test } = await prepared(name, way, [...rows, ...others]);
    const [a, b, c] = [train, validation, test].map(idsOf);
    const all = way.test === 'others' ? [...rows, ...others] : rows;
    expect([...a, ...b, ...c].sort()).toEqual(all.map(({ id }) => id).sort());
    expect(Math.min(a.length, b.length, c.length)).toBeGreaterThan(0);
    expect(new Set(train.labels).size).toBe(2);
    if (!name.includes('group')) return;
    const groupsOf = (ids: readonly string[]) =>
      new Set(ids.map((id) => rows.find((row) => row.id === id)?.group));
    const sides = [a, b, c].map(groupsOf);
    expect(sides.reduce((sum, { size }) => sum + size, 0)).toBe(5);
  });

  it('leaves the training part and its normalisation as they are to the bit when what is held out changes', async () => {
    const { before, after } = await beforeAndAfter(name, way, byLabels);
    expect(withoutPlaces(after.train)).toEqual(withoutPlaces(before.train));
    expect(after.normalization).toEqual(before.normalization);
    expect(idsOf(after.test)).toEqual(idsOf(before.test));
    expect(after.test?.values).not.toEqual(before.test?.values);
  });
});

it.each([
  ['shares', { test: { fraction: 0.25 } }],
  ['shares of groups', { test: { fraction: 0.25, groups: true }, validation: { groups: true } }],
  ['folds', { test: { fold: 2, of: 3 } }],
  ['a group left out', { test: { leaveGroupOut: 0 } }],
  ['parts', { test: { split: 'test' }, validation: { split: 'validation' } }],
] as const)(
  'windows of prepared recordings are on one side, and what is held out changes nothing of the others, nor of training: %s',
  async (name, way) => {
    const splits = ['train', 'train', 'validation', 'test'];
    const prepare = (file: string, isChanged: (id: string) => boolean): Promise<PreparedData> => {
      const random = uniforms(3);
      const lines = Array.from({ length: 24 * 10 }, (_, at) => {
        const [recording, step] = [Math.floor(at / 10), at % 10];
        const isFirst = step < 4;
        const label = isFirst === (recording % 2 === 0) ? 'up' : 'down';
        const [id, split] = [`r${recording}`, splits[recording % 4]];
        const [uneven, value] = [step === 0 || step === 9 ? 0 : 0.1 + 0.3 * random(), random()];
        const [time, x] = isChanged(id)
          ? [step + uneven / 2, 1e6 * value]
          : [step + uneven, step % 4 === 1 ? '' : value];
        return [id, `g${recording % 5}`, split, label, time, x, step === 3 ? '' : value].join(',');
      });
      const train = join(folder, file);
      writeFileSync(train, ['id,group,split,label,t,x,y', ...lines, ''].join('\n'));
      const windows = { length: 4, stride: 2 };
      const steps = { missing: 'interpolate', resampling: { period: 1 }, maxLength: 8, windows } as const;
      return prepareData(config({ train, ...steps, ...(way as Partial<ConfigInput['data']>) }));
    };
    const before = await prepare(`windows of ${name}.csv`, () => false);
    const { train, validation, test } = before;
    const sides = [train, validation, test].map((set) => new Set(idsOf(set).map((id) => id.split('[')[0])));
    expect(sides.reduce((sum, { size }) => sum + size, 0)).toBe(24);
    expect(new Set(sides.flatMap((side) => [...side])).size).toBe(24);
    for (const set of [train, validation, test]) expect(new Set(set?.labels).size).toBe(2);
    expect(count(train)).toBe(3 * sides[0].size);

    // The validation data choose the best epoch, but change no weights.
    const weightsOf = (data: PreparedData) => (name === 'shares' ? trainedWeights(data) : null);
    const weights = await weightsOf(before);
    const sets = ['train', 'validation', 'test'] as const;
    for (const [i, held] of sets.entries()) {
      // Validation and test data are normalised as the training data say.
      if (held === 'train') continue;
      const after = await prepare(`windows of ${name} ${held}.csv`, (id) => sides[i].has(id));
      for (const set of sets) {
        const [was, is] = [before[set], after[set]];
        if (set === held) expect(is?.values).not.toEqual(was?.values);
        else expect(is && withoutPlaces(is)).toEqual(was && withoutPlaces(was));
      }
      expect(after.normalization).toEqual(before.normalization);
      expect(await weightsOf(after)).toEqual(weights);
    }
  },
);

it('training ends with the same weights to the bit when values and labels of what is held out change', async () => {
  const [, way] = ways[1];
  const { before, after } = await beforeAndAfter('weights', way, false);
  expect(after.validation?.labels).not.toEqual(before.validation?.labels);
  expect(await trainedWeights(after)).toEqual(await trainedWeights(before));
});

it('labels of test files change nothing of training either', async () => {
  const way = { test: 'others' };
  const before = await prepared('labels', way, [...rows, ...others]);
  const flipped = others.map((row) => ({ ...row, label: row.label === 'up' ? 'down' : 'up' }));
  const after = await prepared('labels changed', way, [...rows, ...flipped]);
  expect(withoutPlaces(after.train)).toEqual(withoutPlaces(before.train));
  expect(after.test?.labels).not.toEqual(before.test?.labels);
});

it('says what is cut, which classes are missing, which groups are on both sides, and that assigned parts are not asked for', async () => {
  const noDown = rows.filter(({ split, label }) => split !== 'test' || label === 'up');
  const train = write('notes.csv', noDown);
  const { notes, truncated } = await prepareData(
    config({ train, test: { split: 'test' }, validation: { split: 'validation' }, maxLength: 5 }),
  );
  expect(notes).toEqual([
    'data.maxLength cuts 8 of 24 training recordings, 2 of 8 validation recordings and 1 of 4 test recordings to their first 5 steps.',
    'No test recording has the class down: what the test says of it counts the others alone.',
    '2 of the 2 groups in the test data are in the training data too, so that the test does not say how well new ones are ' +
      'classified. With all files in data.train, data.test: { fraction: …, groups: true } keeps each on one side.',
  ]);
  const whole = { validation: { fraction: 0.2, groups: true }, test: { fraction: 0.2, groups: true } };
  expect(
    (
      await prepareData(
        config({
          train: write(
            'whole.csv',
            rows.filter(({ split }) => split === 'train'),
          ),
          ...whole,
        }),
      )
    ).notes,
  ).toEqual([]);
  expect(truncated).toEqual({ maxLength: 5, train: 8, validation: 2, test: 1 });
  expect((await prepareData(config({ train, validation: 'none' }))).notes).toEqual([
    'Training recordings are assigned to train (24), validation (8) and test (4) by their split, which the config does not ask ' +
      'for, so that it changes nothing. data.test: { split: test } would ask for it.',
  ]);
});

it('warns of padding that is filled and trained on, and of axes in another order only where no steps were cut', async () => {
  const values = Array.from({ length: 4 * 3 * 2 }, (_, i) => (i % 6 > 3 ? NaN : i));
  const train = join(folder, 'padded.npy');
  writeFileSync(train, npy('<f4', '(4, 3, 2)', floats(...values)));
  writeFileSync(join(folder, 'padded.labels.npy'), npy('<i4', '(4,)', integers(0, 1, 0, 1)));
  const data = { train, validation: 'none', missing: 'carry-forward', maxLength: 1 } as const;
  expect((await prepareData(config(data))).notes).toEqual([
    '4 recordings end in steps without any value, which data.missing fills, so that the model sees them. If that is padding, leave it ' +
      'out, or save the lengths beside the values (NumPy).',
    'data.maxLength cuts 4 of 4 training recordings to their first 1 step.',
  ]);
});

it('files that are not packed are read and prepared as those that are, where the config does not say how', async () => {
  const long = (prefix: string): string => {
    const steps = ['a', 'b', 'a', 'b'].flatMap((label, i) =>
      [0, 1, 2, 3].map((t) => `${prefix}${i},${t},${label},${t === 2 ? '' : t}`),
    );
    return `id,ms,activity,x\n${steps.join('\n')}\n`;
  };
  const [train, test, packed] = ['packs.csv', 'plain.csv', 'packs.masq'].map((name) => join(folder, name));
  writeFileSync(train, long('r'));
  writeFileSync(test, long('s'));
  const columns = { time: 'ms', label: 'activity' };
  const asked = { missing: 'interpolate', resampling: { period: 1.5 } } as const;
  const whole = config({ train, test, validation: 'none', columns, ...asked });
  await packFiles(train, whole.data, packed, { columns });
  const left = config({ train: packed, test, validation: 'none' });
  const completed = await completedByPacked(left);
  expect(completed.data).toEqual({ ...whole.data, train: packed });
  const [unpacked, mixed] = [await prepareData(whole), await prepareData(completed)];
  const tested = ({ test: set }: PreparedData): number[] => Array.from(set === null ? [] : allValues(set));
  expect(tested(mixed)).toEqual(tested(unpacked));
  expect(tested(mixed)).toHaveLength(4 * 3);
  // What the config says itself stays.
  const other = config({ train: packed, validation: 'none', missing: 'carry-forward' });
  expect((await completedByPacked(other)).data.missing).toBe('carry-forward');
  const absent = config({ train: join(folder, 'absent.masq') });
  expect(await completedByPacked(absent)).toEqual(absent);
});
