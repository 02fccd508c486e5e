// Recordings that are a file each: folders of classes, tables of files.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { floats, npy } from '../../../test/support/npyFiles.js';
import { valuesOf } from '../../../test/support/dataFiles.js';
import { describeFile } from '../describe.js';
import { loadRecordings } from '../load.js';
import { count } from '../recordings.js';
import { filesRead } from './filesRead.js';
import { readRecordings } from './readRecordings.js';
import type { ReadResult } from './reader.js';

const root = mkdtempSync(join(tmpdir(), 'masq-'));
afterAll(() => {
  rmSync(root, { recursive: true });
});
let folders = 0;

/** A new folder with these files. */
function folderOf(files: Record<string, string | Buffer>): string {
  const folder = join(root, String(folders++));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** Problems as `file:line: message`, without the folder. */
function listed({ problems }: ReadResult, folder: string): string[] {
  return problems.map(({ file, line, message }) =>
    `${file ?? ''}:${line}: ${message}`.replaceAll(`${folder}/`, ''),
  );
}

describe('a folder of recordings', () => {
  it('has a folder for each class; ids are paths in it, in the order of code units', async () => {
    const folder = folderOf({
      'walk/b.csv': 'x,y\n1,2\n3,4\n',
      'walk/B/1.csv': 'x,y\n5,6\n',
      'run/a.csv': 'x;y\n0,5;7\n',
      ...{ 'README.md': 'About', '.hidden': '', 'run/.DS_Store': '' },
    });
    const recordings = await loadRecordings(folder);
    expect(recordings).toMatchObject({
      ids: ['run/a.csv', 'walk/B/1.csv', 'walk/b.csv'],
      classes: ['run', 'walk'],
      channelNames: ['x', 'y'],
      files: ['run/a.csv', 'walk/B/1.csv', 'walk/b.csv'].map((name) => join(folder, name)),
    });
    expect(Array.from(recordings.labels)).toEqual([0, 1, 1]);
    expect([0, 1, 2].map((i) => valuesOf(recordings, i))).toEqual([
      [0.5, 7],
      [5, 6],
      [1, 2, 3, 4],
    ]);
  });

  it('may hold files of any format that are one recording', async () => {
    const recordings = await loadRecordings(
      folderOf({
        'a/1.txt': '1 2\n3 4\n',
        'a/2.csv': '1,2\n3,4\n',
        'a/3.tsv': '1,0\t2,0\n3\t4\n',
        'a/4.npy': npy('<f4', '(2, 2)', floats(1, 2, 3, 4)),
        'a/5.ts': '@dimensions 2\n@classLabel false\n@data\n1,3:2,4\n',
        'a/6.ts': '@dimensions 2\n@classLabel true a b\n@data\n1,3:2,4:a\n',
        'a/7.jsonl': '{"values": [[1, 2], [3, 4]]}\n',
        'a/8.csv.gz': gzipSync('1|2\n3|4\n'),
      }),
    );
    expect(recordings).toMatchObject({ classes: ['a'], channelNames: null });
    for (const i of recordings.ids.keys()) expect(valuesOf(recordings, i)).toEqual([1, 2, 3, 4]);
  });

  it('holds rows with times, which must be in order, and columns that the config names', async () => {
    const folder = folderOf({ 'a/1.csv': 'when,x,y,note\n0.5,1,2,hm\n1,3,4,\n' });
    const columns = { time: 'when', channels: ['y', 'x'] };
    expect(valuesOf(await loadRecordings(folder, { columns }), 0)).toEqual([2, 1, 4, 3]);
    const wrong = folderOf({ 'a/1.csv': 'time,x\n1,1\n0.5,2\n' });
    await expect(loadRecordings(wrong)).rejects.toThrow(
      `${wrong}/a/1.csv:3: recording "0": the time "0.5" comes after`,
    );
  });

  it('without folders of classes has no labels, but those in the files', async () => {
    const folder = folderOf({ '1.csv': 'x\n1\n', '2.csv': 'x,label\n2,b\n3,b\n' });
    const recordings = await loadRecordings(folder, { labels: 'optional' });
    expect(recordings).toMatchObject({ classes: ['b'], ids: ['1.csv', '2.csv'] });
    expect(Array.from(recordings.labels)).toEqual([-1, 0]);
    await expect(loadRecordings(folder)).rejects.toThrow(`${folder}/1.csv:2: recording 1.csv has no label.`);
  });

  it('keeps times and classes of steps, unless the folder of a file has its class or a file has no times', async () => {
    const changing = 't,x,label\n0,1,b\n1,2,a\n';
    const options = { times: 'keep', labelsPer: 'step' } as const;
    const recordings = await loadRecordings(
      folderOf({ '1.csv': changing, '2.csv': 't,x,label\n5,3,c\n' }),
      options,
    );
    expect(recordings.classes).toEqual(['a', 'b', 'c']);
    expect(Array.from(recordings.stepLabels ?? [])).toEqual([1, 0, 2]);
    expect(Array.from(recordings.times ?? [])).toEqual([0, 1, 5]);
    await expect(loadRecordings(folderOf({ 'a/1.csv': changing }), options)).rejects.toThrow(
      'the class changes in the file, but is "a" by its place.',
    );
    const mixed = folderOf({ 'a/1.csv': 't,x\n0,1\n', 'b/2.csv': 'x\n2\n' });
    await expect(loadRecordings(mixed, options)).rejects.toThrow('the file has no times, unlike');
    expect(count(await loadRecordings(mixed))).toBe(2);
  });

  it('may not have classes that are one number', async () => {
    const folder = folderOf({ '1/a.csv': 'x\n1\n', '1.0/b.csv': 'x\n1\n' });
    const problem = '1/a.csv:0: the class "1" is the same number as "1.0" in 1.0/b.csv.';
    expect(listed(await readRecordings(folder), folder)).toEqual([expect.stringContaining(problem)]);
  });

  it('follows links, but not in circles', async () => {
    const elsewhere = folderOf({ '1.csv': 'x\n1\n' });
    const folder = folderOf({ 'b/2.csv': 'x\n2\n' });
    symlinkSync(elsewhere, join(folder, 'a'));
    expect((await loadRecordings(folder)).ids).toEqual(['a/1.csv', 'b/2.csv']);
    symlinkSync(join(folder, 'none.csv'), join(folder, 'a.csv'));
    await expect(loadRecordings(folder)).rejects.toThrow(`${folder}/a.csv: no such file.`);
    symlinkSync(folder, join(folder, 'b', 'c'));
    await expect(loadRecordings(folder)).rejects.toThrow(
      `${folder}: "b/c" is a link to a folder that holds it.`,
    );
  });

  it('says where the first missing value is', async () => {
    const folder = folderOf({
      'a/1.csv': 'x\n1\n',
      'a/2.csv': 'x,y\n1,\n'.replace(',y', '').replace('1,', '1\nNaN'),
    });
    await expect(loadRecordings(folder)).rejects.toThrow(
      `${folder}/a/2.csv:3: recording a/2.csv, channel "x", step 2: the value is missing (1 missing value in ${folder})`,
    );
  });

  it('is described as one file, with the places of problems in their messages', async () => {
    const folder = folderOf({ 'a/1.csv': 'x\n1\n', 'b/2.csv': 'x\n1\nhigh\n' });
    expect(await describeFile(folder)).toMatchObject({
      ...{ file: folder, format: 'folder', recordings: 1, channels: 1, classes: { a: 1 } },
      problems: [
        { line: 3, message: `${folder}/b/2.csv: recording "0", channel "x": "high" is not a number.` },
      ],
    });
  });
});

describe('a table of files', () => {
  const files = { 'data/1.csv': 'x\n1\n2\n', 'data/2.csv': 'x\n3\n' };

  it('names files in its order, relative to it, with their ids, classes, groups and parts', async () => {
    const folder = folderOf({
      ...files,
      'table.csv': 'path,id,label,subject,split,age\ndata/2.csv,7,b,p,test,50\ndata/1.csv,8,?,q,train,60\n',
    });
    const table = join(folder, 'table.csv');
    expect(await readRecordings(table)).toMatchObject({ format: 'csv-files', problems: [] });
    const recordings = await loadRecordings(table, { labels: 'optional' });
    expect(recordings).toMatchObject({
      ids: ['7', '8'],
      groups: ['p', 'q'],
      splits: ['test', 'train'],
      classes: ['b'],
      channelNames: ['x'],
    });
    expect(Array.from(recordings.labels)).toEqual([0, -1]);
    expect(valuesOf(recordings, 1)).toEqual([1, 2]);
    expect(await loadRecordings(table, { labels: 'optional', groups: 'ignore' })).toMatchObject({
      ...{ groups: null, splits: null },
    });
  });

  it('may call its columns as the config says, and those of the files', async () => {
    const folder = folderOf({ '1.csv': 'when,x,note\n0,1,hm\n', 't.csv': 'where;what;id\n1.csv;up;1\n' });
    const columns = { file: 'where', label: 'what', time: 'when', channels: ['x'] };
    const recordings = await loadRecordings(join(folder, 't.csv'), { columns });
    expect(recordings).toMatchObject({ classes: ['up'], ids: ['1'], channelNames: ['x'] });
  });

  it('is not seen in a long CSV with a channel of that name, or a column of recordings', async () => {
    const folder = folderOf({ 'a.csv': 'id,path\n1,0.5\n', 'b.csv': 'file,x\na.csv,1\na.csv,2\n' });
    expect((await readRecordings(join(folder, 'a.csv'))).format).toBe('csv');
    const columns = { recording: 'file' };
    expect(await readRecordings(join(folder, 'b.csv'), { columns })).toMatchObject({
      format: 'csv',
      problems: [],
    });
  });
});

it('hundreds of small files are read at once, and come in their order', async () => {
  const names = Array.from({ length: 500 }, (_, i) => `${i % 3}/${String(i).padStart(4, '0')}.csv`);
  const folder = folderOf(Object.fromEntries(names.map((name, i) => [name, `x,y\n${i},0\n0,1\n`])));
  const recordings = await loadRecordings(folder);
  expect(recordings.ids).toEqual([...names].sort());
  expect(recordings.ids.map((id, i) => valuesOf(recordings, i)[0] === Number(id.slice(2, 6)))).not.toContain(
    false,
  );
});

it('all files that are read are known by name', async () => {
  const folder = folderOf({
    'a/1.csv': 'x\n1\n',
    'a/1.labels.npy': '',
    'b/2.csv': '',
    't.csv': 'file\na/1.csv\n',
    'README.md': '',
  });
  const inFolder = async (name: string): Promise<string[]> =>
    (await filesRead(join(folder, name))).map((file) => file.slice(folder.length + 1));
  expect(await inFolder('')).toEqual(['a/1.csv', 'a/1.labels.npy', 'b/2.csv', 't.csv']);
  expect(await inFolder('t.csv')).toEqual(['t.csv', 'a/1.csv']);
  expect(await inFolder('a/1.csv')).toEqual(['a/1.csv']);
  expect(await inFolder('absent.csv')).toEqual(['absent.csv']);
});

describe('files of a folder or a table that do not fit', () => {
  const csv = 'x,y\n1,2\n';
  it.each<[why: string, files: Record<string, string | Buffer>, problems: string[]]>([
    [
      'other channels',
      { 'a/1.csv': csv, 'a/2.csv': 'x\n1\n' },
      ['a/2.csv:0: the file has 1 channel, but a/1.csv has 2.'],
    ],
    [
      'other names',
      { 'a/1.csv': csv, 'a/2.csv': 'y,x\n1,2\n', 'a/3.csv': '1,2\n' },
      [
        'a/2.csv:0: the channels are y, x, but those of a/1.csv are x, y; all files need the same in the same order.',
        'a/3.csv:0: the channels are without names, but those of a/1.csv are x, y; all files need the same in the same order.',
      ],
    ],
    [
      'many recordings',
      { 'a/1.csv': 'id,x\n1,2\n2,3\n' },
      ['a/1.csv:0: the file holds 2 recordings, expected one'],
    ],
    [
      'another class',
      { 'a/1.csv': 'label,x\nb,1\n' },
      ['a/1.csv:0: the class is "b" in the file, but "a" by its place.'],
    ],
    [
      'a group in one only',
      { 'a/1.csv': csv, 'a/2.csv': 'x,y,group\n1,2,p\n' },
      ['a/2.csv:0: the file has a group, unlike a/1.csv.'],
    ],
    [
      'other files',
      { 'a/1.csv': csv, 'a/2.dat': '' },
      [':0: "a/2.dat" is no data file by its name; move it'],
    ],
    ['nothing', { '.x': '' }, [':0: this is a folder without files, expected recordings, one a file.']],
    ['an empty file', { 'a/1.csv': csv, 'b/2.csv': '' }, ['b/2.csv:0: the file is empty.']],
    [
      'a header that could be values',
      { 'a/1.csv': '0,1\n5,6\n' },
      ['a/1.csv:1: the first row counts (0, 1), which could be a'],
    ],
    ['ragged rows', { 'a/1.csv': '5,6\n5\n' }, ['a/1.csv:2: 1 column, expected 2 as in the first row.']],
    [
      'words among numbers',
      { 'a/1.csv': '5,6\n5,high\n' },
      ['a/1.csv:2: recording "0", channel 2: "high" is not a number.'],
    ],
    [
      'arrays of many recordings',
      { 'a/1.npy': npy('<f4', '(2, 2, 1)', floats(1, 2, 3, 4)) },
      ['a/1.npy:0: the array has the shape (2, 2, 1), expected [time'],
    ],
    [
      'rows of a table',
      {
        't.csv':
          'file,id,group\na.csv,1,p\na.csv,2,p\nb.csv,1,p\n,3,p\nc.csv,,p\nd.csv,4,\ne.csv,5\nf.csv,6,p\n',
        ...{ 'a.csv': csv, 'b.csv': csv, 'c.csv': csv, 'd.csv': csv },
      },
      [
        ':3: the file "a.csv" is on line 2 already.',
        ':4: recording "1" is on line 2 already.',
        ':5: the row names no file.',
        ':6: the row does not say which recording it is.',
        ':7: recording "4": the group is empty.',
        ':8: 2 columns, expected 3 as in the header.',
        ':9: there is no file f.csv.',
      ],
    ],
    [
      'a table that was cut off',
      { 't.csv': 'file,label\na.csv,p\nb.c', 'a.csv': csv },
      [
        ':3: 1 column, expected 2 as in the header. The last line has no line break: the file may have been cut off.',
      ],
    ],
    [
      'a table of two columns of files',
      { 't.csv': 'file,path\na,b\n' },
      [':1: "file", "path" could each be the column of files.'],
    ],
  ])('are problems, told with file and line: %s', async (_, files, problems) => {
    const folder = folderOf(files);
    const source = 't.csv' in files ? join(folder, 't.csv') : folder;
    const found = listed(await readRecordings(source), folder);
    expect(found).toEqual(problems.map((problem) => expect.stringContaining(problem) as string));
  });
});
