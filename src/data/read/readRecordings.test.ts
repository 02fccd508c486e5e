// Readers: real files, and the variants of each format.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadRecordings } from '../load.js';
import { readRecordings } from './readRecordings.js';
import {
  allValues,
  valuesOf as readValues,
  count,
  lengthOf,
  longest,
  type Recordings,
} from '../recordings.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'masq-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function load(name: string, content: string, options = {}): Promise<Recordings> {
  await writeFile(join(folder, name), content);
  return loadRecordings(join(folder, name), options);
}

function valuesOf(recordings: Recordings, index: number): number[] {
  return Array.from(readValues(recordings, index));
}

describe('a .ts file', () => {
  it.each([
    ['JapaneseVowels/JapaneseVowels_TRAIN', 270, 12, 26, '1 2 3 4 5 6 7 8 9'],
    ['JapaneseVowels/JapaneseVowels_TEST', 370, 12, 29, '1 2 3 4 5 6 7 8 9'],
    ['BasicMotions/BasicMotions_TRAIN', 40, 6, 100, 'Standing Running Walking Badminton'],
    ['GunPoint/GunPoint_TEST', 150, 1, 150, '1 2'],
    ['ItalyPowerDemand/ItalyPowerDemand_TEST', 1029, 1, 24, '1 2'],
  ])('of the archive is read whole: %s', async (name, n, channels, length, classes) => {
    const recordings = await loadRecordings(`data/${name}.ts`);
    expect(count(recordings)).toBe(n);
    expect(recordings.channels).toBe(channels);
    expect(longest(recordings)).toBe(length);
    expect(recordings.classes.join(' ')).toBe(classes);
  });

  it('keeps channels, steps, labels and lines where the file has them', async () => {
    const recordings = await loadRecordings('data/JapaneseVowels/JapaneseVowels_TRAIN.ts');
    expect(lengthOf(recordings, 0)).toBe(20);
    expect(recordings.lines[0]).toBe(16);
    // Channel 1 at steps 1 and 2, channel 2 at step 1.
    expect(allValues(recordings)[0]).toBe(Math.fround(1.860936));
    expect(allValues(recordings)[12]).toBe(Math.fround(1.891651));
    expect(allValues(recordings)[1]).toBe(Math.fround(-0.207383));
    expect(Array.from(recordings.labels.slice(28, 32))).toEqual([0, 0, 1, 1]);
  });

  it('may have keys in any case, comments, blank lines, tabs, CRLF, a byte order mark and no last line break', async () => {
    const content =
      '\ufeff# by hand\r\n\r\n@PROBLEMNAME odd one\r\n@Dimension\t2\r\n@equallength False\r\n@seriesLength 9\r\n' +
      '@CLASSLABEL TRUE\tup  Down\r\n@DATA\r\n# the first\r\n1, 2 :\t3,-4e-1: Down\r\n\r\n.5:+6.:up';
    const recordings = await load('variants.ts', content);
    expect(recordings.classes).toEqual(['up', 'Down']);
    expect(Array.from(recordings.labels)).toEqual([1, 0]);
    expect(valuesOf(recordings, 0)).toEqual([1, 3, 2, Math.fround(-0.4)]);
    expect(valuesOf(recordings, 1)).toEqual([0.5, 6]);
    expect(Array.from(recordings.lines)).toEqual([10, 12]);
  });

  it('without labels, or with unknown ones, is read where labels are optional', async () => {
    const unlabelled = '@univariate true\n@classLabel false\n@data\n1,2\n3\n';
    expect(Array.from((await load('none.ts', unlabelled, { labels: 'optional' })).labels)).toEqual([-1, -1]);
    await expect(load('none.ts', unlabelled)).rejects.toThrow(/none\.ts: no recording has a label/);
    const unknown = '@classLabel true a b\n@data\n1:a\n2:?\n';
    expect(Array.from((await load('some.ts', unknown, { labels: 'optional' })).labels)).toEqual([0, -1]);
    await expect(load('some.ts', unknown)).rejects.toThrow(/some\.ts:4: recording 1 has no label/);
  });

  it('is read with missing values only when they are reported', async () => {
    const content = '@missing true\n@classLabel true a\n@data\n1,2:3,4:a\n1,NaN:?,4:a\n';
    await expect(load('missing.ts', content)).rejects.toThrow(
      /missing\.ts:5: recording 1, channel 1, step 2: the value is missing \(2 missing values in the file\)/,
    );
    const recordings = await load('missing.ts', content, { missing: 'report' });
    expect(valuesOf(recordings, 1)).toEqual([1, NaN, NaN, 4]);
  });

  it('may have comments in any encoding', async () => {
    const file = join(folder, 'latin1.ts');
    await writeFile(file, Buffer.from('# \xe9tude\n@classLabel true a\n@data\n1:a\n', 'latin1'));
    expect(count(await loadRecordings(file))).toBe(1);
  });
});

describe('a long CSV', () => {
  it('is read by its header, rows of recordings mixed, classes sorted as numbers', async () => {
    const recordings = await load(
      'long.csv',
      'x,Recording_ID,Label,T,y,Subject\n1,b,10,0,2,p\n3,a,9,0.5,4,q\n5,b,10,1,6,p\n7,a,9,0.75,8,q\n9,b,10,2,10,p\n',
    );
    expect(recordings).toMatchObject({
      channelNames: ['x', 'y'],
      classes: ['9', '10'],
      ids: ['b', 'a'],
      groups: ['p', 'q'],
    });
    expect(Array.from(recordings.labels)).toEqual([1, 0]);
    expect(valuesOf(recordings, 0)).toEqual([1, 2, 5, 6, 9, 10]);
    expect(valuesOf(recordings, 1)).toEqual([3, 4, 7, 8]);
    expect(Array.from(recordings.lines)).toEqual([2, 3]);
  });

  it('assigns recordings to parts by a column split that holds words; numbers under that name are a channel', async () => {
    const words = 'id,Split,x,label\na,train,1,p\nb,test,3,q\na,train,2,p\n';
    expect(await load('w.csv', words)).toMatchObject({ splits: ['train', 'test'], channelNames: ['x'] });
    const ignoring = await load('w.csv', words, { groups: 'ignore' });
    expect(ignoring).toMatchObject({ splits: null, channelNames: ['x'] });
    const numbers = 'id,split,x,label\na,1,1,p\n';
    expect(await load('n.csv', numbers)).toMatchObject({ splits: null, channelNames: ['split', 'x'] });
    expect(await load('n.csv', numbers, { columns: { split: 'split' } })).toMatchObject({ splits: ['1'] });
    await expect(load('two.csv', 'id,split,x,label\na,train,1,p\na,test,2,p\n')).rejects.toThrow(
      'two.csv:3: recording "a": the split is "test", but it was "train" on line 2; a recording has one split.',
    );
    await expect(load('none.csv', 'id,split,x,label\na,train,1,p\nb,,2,p\n')).rejects.toThrow(
      'none.csv:3: recording "b": the split is empty.',
    );
  });

  it.each([
    ['semicolons', 'id;label;x\n1;a;0.5\n'],
    ['tabs', 'id\tlabel\tx\n1\ta\t0.5\n'],
    ['quotes, with separators in them', '"id","label","x"\n"1","a","0.5"\n'],
    ['CRLF, a byte order mark and empty rows', '\ufeffid,label,x\r\n\r\n1,a,0.5\r\n,,\r\n'],
    ['blanks around cells', 'id , label , x\n 1 , a , 0.5\n'],
  ])('may use %s', async (_, content) => {
    const recordings = await load('dialect.csv', content);
    expect(recordings).toMatchObject({ ids: ['1'], classes: ['a'], channelNames: ['x'] });
    expect(valuesOf(recordings, 0)).toEqual([0.5]);
  });

  it('may be gzipped, as any text', async () => {
    const file = join(folder, 'packed.csv.gz');
    await writeFile(file, gzipSync('\ufeffid,label,x\n1,a,0.5\n'));
    expect(await readRecordings(file)).toMatchObject({ format: 'csv', problemCount: 0 });
    expect(valuesOf(await loadRecordings(file), 0)).toEqual([0.5]);
  });

  it('takes the columns that it is told, in the order of the channels', async () => {
    const content =
      ',trial,when,note,who,y,x,id\n0,1,2024-05-01T10:00:00Z,hm,p,1,2,77\n1,1,2024-05-01T10:00:00.5Z,,p,3,4,78\n';
    const columns = { recording: 'trial', time: 'when', channels: ['x', 'y'], label: 'who' };
    const recordings = await load('named.csv', content, { columns });
    expect(recordings).toMatchObject({ ids: ['1'], channelNames: ['x', 'y'], classes: ['p'] });
    expect(valuesOf(recordings, 0)).toEqual([2, 1, 4, 3]);
    await expect(load('named.csv', content, { columns: { ...columns, time: 'wen' } })).rejects.toThrow(
      'no column "wen" in "", "trial", "when", "note", "who", "y", "x", "id". Did you mean "when"?',
    );
    await expect(load('named.csv', content, { columns: { ...columns, label: 'x' } })).rejects.toThrow(
      'two roles',
    );
  });

  it('may lack the label column named where labels are optional, and the group column where groups are ignored', async () => {
    const columns = { label: 'activity', group: 'person' };
    const unlabelled = 'id,person,x\n1,p,2\n';
    const bare = 'id,x\n1,2\n';
    expect(await load('u.csv', unlabelled, { columns, labels: 'optional' })).toMatchObject({
      channelNames: ['x'],
      classes: [],
      groups: ['p'],
    });
    await expect(load('u.csv', unlabelled, { columns })).rejects.toThrow(/u\.csv:1: no column "activity" in/);
    await expect(load('b.csv', bare, { columns, labels: 'optional' })).rejects.toThrow(
      'no column "person" in',
    );
    const neither = { columns, labels: 'optional', groups: 'ignore' };
    expect(await load('b.csv', bare, neither)).toMatchObject({ channelNames: ['x'], groups: null });
  });

  it('gives no groups where they are ignored, and their column is no channel', async () => {
    const recordings = await load('g.csv', 'id,person,label,x\n1,,a,2\n', {
      columns: { group: 'person' },
      groups: 'ignore',
    });
    expect(recordings).toMatchObject({ channelNames: ['x'], groups: null, classes: ['a'] });
  });

  it('is refused where a column in place of the absent one named could be taken for a channel', async () => {
    const options = { columns: { label: 'activity' }, labels: 'optional' };
    const doubtful = (name: string): string =>
      `:1: no column "activity", and "${name}" could be the label or a channel. Rename it "activity"`;
    await expect(load('d.csv', 'id,class,x\n1,0,2\n', options)).rejects.toThrow(doubtful('class'));
    await expect(load('d.csv', 'id,Activity,x\n1,0,2\n', options)).rejects.toThrow(doubtful('Activity'));
    // Nothing is in doubt where the column has another role, the channels are named, or the label is there but empty.
    const grouped = { ...options, columns: { label: 'activity', group: 'class' } };
    expect(await load('d.csv', 'id,class,x\n1,0,2\n', grouped)).toMatchObject({
      channelNames: ['x'],
      groups: ['0'],
    });
    const named = { ...options, columns: { label: 'activity', channels: ['class'] } };
    expect(await load('d.csv', 'id,class,x\n1,0,2\n', named)).toMatchObject({ channelNames: ['class'] });
    const empty = await load('d.csv', 'id,activity,class,x\n1,,0,2\n', options);
    expect(empty).toMatchObject({ channelNames: ['class', 'x'], classes: [] });
  });

  it('takes empty cells and NaN for missing values, and says where the first is', async () => {
    const content = 'id,label,x,y\n1,a,1,2\n1,a,,3\n2,a,4,NaN\n';
    await expect(load('gaps.csv', content)).rejects.toThrow(
      /gaps\.csv:3: recording 1, channel "x", step 2: the value is missing \(2 missing values in the file\)/,
    );
    expect(valuesOf(await load('gaps.csv', content, { missing: 'report' }), 0)).toEqual([1, 2, NaN, 3]);
  });
});

describe('several files', () => {
  const header = '@dimensions 1\n@classLabel true b a\n@data\n';

  it('are one set: recordings numbered through, each with its own file and line', async () => {
    await writeFile(join(folder, '1.ts'), `${header}1,2:a\n`);
    await writeFile(join(folder, '2.ts'), `${header}# more\n3:b\n`);
    const files = [join(folder, '1.ts'), join(folder, '2.ts')];
    const recordings = await loadRecordings(files);
    expect(recordings).toMatchObject({ files, classes: ['b', 'a'], ids: ['0', '1'] });
    expect(Array.from(allValues(recordings))).toEqual([1, 2, 3]);
    expect(Array.from(recordings.offsets)).toEqual([0, 2, 3]);
    expect(Array.from(recordings.labels)).toEqual([1, 0]);
    expect(Array.from(recordings.fileIndices)).toEqual([0, 1]);
    expect(Array.from(recordings.lines)).toEqual([4, 5]);
  });

  it('with other classes are merged; with other channels they are refused', async () => {
    await writeFile(join(folder, 'c.ts'), '@classLabel true c a\n@data\n3:c\n');
    const recordings = await loadRecordings([join(folder, '1.ts'), join(folder, 'c.ts')]);
    expect(recordings.classes).toEqual(['a', 'b', 'c']);
    expect(Array.from(recordings.labels)).toEqual([0, 2]);
    await writeFile(join(folder, 'two.ts'), '@classLabel true a\n@data\n3:4:a\n');
    await expect(loadRecordings([join(folder, '1.ts'), join(folder, 'two.ts')])).rejects.toThrow(
      /two\.ts: the file has 2 channels, but .*1\.ts has 1/,
    );
    await writeFile(join(folder, 'xy.csv'), 'id,label,x,y\n1,a,1,2\n');
    await writeFile(join(folder, 'yx.csv'), 'id,label,y,x\n1,a,1,2\n');
    await expect(loadRecordings([join(folder, 'xy.csv'), join(folder, 'yx.csv')])).rejects.toThrow(
      /yx\.csv: the channels are y, x, but those of .*xy\.csv are x, y/,
    );
    await writeFile(join(folder, 'whole.csv'), 'id,label,x\n1,1,1\n2,2,2\n');
    await writeFile(join(folder, 'point.csv'), 'id,label,x\n1,2.0,1\n');
    await expect(loadRecordings([join(folder, 'whole.csv'), join(folder, 'point.csv')])).rejects.toThrow(
      /point\.csv: the class "2\.0" is the same number as "2" in .*whole\.csv\. Write them alike/,
    );
  });
});

describe('the same recordings', () => {
  /** Recordings without what depends on how they are written. */
  async function bare(name: string, content: string): Promise<Recordings> {
    return { ...(await load(name, content)), files: [], lines: new Int32Array(0) };
  }

  it('of one channel are the same in every format that has a recording a line, among them that of the UCR archive', async () => {
    const expected = await bare(
      'one.ts',
      '@univariate true\n@classLabel true -1 1\n@data\n1.5,2e-3:1\n-3,4:-1\n',
    );
    const header =
      '@relation x\n@attribute a numeric\n@attribute b numeric\n@attribute class {-1,1}\n@data\n';
    expect(await bare('one.arff', `${header}1.5,2e-3,1\n-3,4,-1\n`)).toEqual(expected);
    expect(await bare('one.tsv', '1\t1.5\t2e-3\n-1\t-3\t4\n')).toEqual(expected);
    expect(await bare('one.txt', '  1.0e+00  1.5e+00 2.0e-03\n -1.0e+00 -3.0e+00 4.0e+00\n')).toEqual(
      expected,
    );
    const table = '{"x":[[1.5],[0.002]],"label":1}\n{"x":[[-3],[4]],"label":"-1"}\n';
    expect(await bare('one.jsonl', table)).toEqual(expected);
  });
});
