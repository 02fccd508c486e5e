// Groups where they are optional: read in every format that has them, and no reason for an error whatever is wrong with them.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { floats, integers, npy, zip } from '../../../test/support/npyFiles.js';
import { type LoadOptions, loadRecordings } from '../load.js';
import { packFiles } from '../packed/packFiles.js';
import { allValues } from '../recordings.js';
import type { ReadOptions } from './reader.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'masq-groups-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Files = Readonly<Record<string, string | Buffer>>;

interface Case {
  readonly files: Files;
  /** What is loaded, where that is not the first of the files. */
  readonly names?: readonly string[];
  readonly options?: LoadOptions;
}

/** Writes the files of a case, and loads them with groups as they are asked for. */
async function load(
  { files, names = Object.keys(files).slice(0, 1), options }: Case,
  groups: ReadOptions['groups'],
) {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  const paths = names.map((name) => (name.startsWith('test/') ? name : join(folder, name)));
  const recordings = await loadRecordings(paths, {
    labels: 'optional',
    missing: 'report',
    ...options,
    groups,
  });
  return { ...recordings, values: Array.from(allValues(recordings)) };
}

const long = (...groups: string[]): string =>
  `id,label,subject,split,x\na,p,${groups[0]},test,1\na,p,${groups[1]},test,2\nb,q,${groups[2]},train,3\n`;
const json = (...groups: unknown[]): string =>
  groups
    .map((group, i) => `${JSON.stringify({ label: 'pq'[i], subject: group, split: 'test', x: [1, i] })}\n`)
    .join('');
const text = (...names: string[]): Buffer =>
  npy('|S4', `(${names.length},)`, Buffer.concat(names.map((name) => Buffer.from(name.padEnd(4, '\0')))));
const arrays = (groups: Buffer): Files => ({
  'values.npy': npy('<f4', '(2, 2)', floats(1, 2, 3, 4)),
  'labels.npy': text('p', 'q'),
  'splits.npy': text('test', 'test'),
  'groups.npy': groups,
});
const archive = (groups: Buffer): Files => ({ 'a.npz': zip(arrays(groups) as Record<string, Buffer>) });
const beside = (groups: Buffer): Files =>
  Object.fromEntries(
    Object.entries(arrays(groups)).map(([name, bytes]) => [name.replace(/^(?!values)/, 'values.'), bytes]),
  );
const table = (groups: readonly string[], own: string): Files => ({
  'table.csv': `file,label,subject\nown/a.csv,p,${groups[0]}\nown/b.csv,q,${groups[1]}\n`,
  'own/a.csv': `subject,x\n${own},1\n${own},2\n`,
  'own/b.csv': 'x\n3\n4\n',
});
const classes = (second: string): Case => ({
  files: { 'classes/p/a.csv': 'subject,x\nanna,1\nanna,2\n', 'classes/q/b.csv': second },
  names: ['classes'],
});
const steps = 'test/fixtures/parquet/steps-snappy.parquet';
const lists = 'test/fixtures/parquet/lists.parquet';

it.each<[string, Case]>([
  ['a long CSV', { files: { 'long.csv': long('anna', 'anna', 'ben') } }],
  ['a wide CSV', { files: { 'wide.csv': 'label,subject,split,x_0,x_1\np,anna,test,1,2\nq,ben,test,3,4\n' } }],
  ['JSON lines', { files: { 'a.jsonl': json('anna', 'ben') } }],
  ['a NumPy archive', { files: archive(text('anna', 'ben')) }],
  ['NumPy arrays beside each other', { files: beside(text('anna', 'ben')) }],
  ['a table of files', { files: table(['anna', 'ben'], 'anna') }],
  ['a folder', classes('subject,x\nben,3\n')],
  [
    'several files',
    {
      files: { '1.csv': long('anna', 'anna', 'anna').replace(/b,.*\n/, ''), '2.jsonl': json('ben') },
      names: ['1.csv', '2.jsonl'],
    },
  ],
])('are read from %s, whose splits are neither read nor channels', async (_, which) => {
  const { groups, ...others } = await load(which, 'optional');
  expect(groups).toEqual(['anna', 'ben']);
  expect({ ...others, groups: null }).toEqual(await load(which, 'ignore'));
  expect((await load(which, 'read')).groups).toEqual(['anna', 'ben']);
});

it('are read from Parquet and packed files', async () => {
  expect((await load({ files: {}, names: [steps] }, 'optional')).groups).toEqual(['p', 'q']);
  const named = { files: {}, names: [lists], options: { columns: { group: 'note' } } };
  expect((await load(named, 'optional')).groups).toEqual(['not', 'a', 'channel']);
  await load({ files: { 'whole.csv': long('anna', 'anna', 'ben') } }, 'read');
  const preparation = {
    timestamps: { duplicates: 'error', unordered: 'error' },
    ...({ missing: 'error', resampling: 'none', windows: 'none' } as const),
  } as const;
  await packFiles(join(folder, 'whole.csv'), preparation, join(folder, 'whole.masq'));
  const packed = { files: {}, names: ['whole.masq'] };
  expect(await load(packed, 'read')).toMatchObject({ groups: ['anna', 'ben'], splits: ['test', 'train'] });
  expect(await load(packed, 'optional')).toMatchObject({ groups: ['anna', 'ben'], splits: null });
  expect(await load(packed, 'ignore')).toMatchObject({ groups: null, splits: null });
});

it.each<[string, Case]>([
  ['empty in a long CSV', { files: { 'long.csv': long('anna', 'anna', '') } }],
  ['changing in a long CSV', { files: { 'long.csv': long('anna', 'ben', 'ben') } }],
  [
    'not in a column that is named',
    {
      files: { 'long.csv': long('anna', 'anna', 'ben') },
      options: { columns: { group: 'who', split: 'part', channels: ['x'] } },
    },
  ],
  ['empty in a wide CSV', { files: { 'wide.csv': 'label,subject,x_0,x_1\np,anna,1,2\nq,,3,4\n' } }],
  ['no name in JSON lines', { files: { 'a.jsonl': json('anna', ['ben']) } }],
  ['missing in later JSON lines', { files: { 'a.jsonl': json('anna', undefined) } }],
  ['missing in the first JSON line', { files: { 'a.jsonl': json(undefined, 'ben') } }],
  ['another number of entries in an archive', { files: archive(text('anna')) }],
  ['numbers with fractions in an archive', { files: archive(npy('<f4', '(2,)', floats(1.5, 2))) }],
  ['another number of entries beside an array', { files: beside(npy('<i4', '(3,)', integers(1, 2, 3))) }],
  [
    'fractions in a Parquet file of steps',
    { files: {}, names: [steps], options: { columns: { group: 'x', channels: ['n'] } } },
  ],
  [
    'lists in a Parquet file of recordings',
    { files: {}, names: [lists], options: { columns: { group: 'x' } } },
  ],
  ['empty in a table of files', { files: table(['anna', ''], 'anna') }],
  ['another one in a file than in its table', { files: table(['anna', 'ben'], 'carl') }],
  ['in one file of a folder', classes('x\n3\n')],
  [
    'in one of several files',
    {
      files: { 'long.csv': long('anna', 'anna', 'ben'), '2.csv': 'id,label,x\nc,p,5\n' },
      names: ['long.csv', '2.csv'],
    },
  ],
])('that are %s are none where they are optional, and an error where they are needed', async (_, which) => {
  expect(await load(which, 'optional')).toEqual(await load(which, 'ignore'));
  await expect(load(which, 'read')).rejects.toThrow();
});

it('of a test file with a class that changes do not hide that it does', async () => {
  const content = 'id,label,subject,x\na,p,anna,1\na,p,ben,2\na,q,ben,3\n';
  await expect(load({ files: { 'both.csv': content } }, 'optional')).rejects.toThrow(
    'the label is "q", but it was "p" on line 2',
  );
});
