// Malformed files of the forms of CSV, and formats that are given and not met.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectRefused } from '../../../test/support/malformedFile.js';
import { floats, npy } from '../../../test/support/npyFiles.js';
import { readRecordings } from './readRecordings.js';
import type { Format } from './reader.js';

const TS = '@classLabel true a b\n@data\n1,2:a\n';
const ARFF = '@relation x\n@attribute x numeric\n@attribute c {a,b}\n@data\n1,a\n';
const NPY = npy('<f4', '(1, 2)', floats(1, 2));

/** Name of the file, content, format that is given, line of the only problem, part of its message. */
const CASES: [
  name: string,
  content: string | Buffer,
  format: Format | undefined,
  line: number,
  message: string,
][] = [
  [
    'mixed-decimals.csv',
    'id;x\n1;1,5\n\n1;1.5\n',
    undefined,
    4,
    '"1.5", but "1,5" on line 2: decimals have a point or a comma',
  ],
  ['mixed-time.csv', 'id;t;x\n1;0.5;1\n1;1;2,5\n', undefined, 3, '"2,5", but "0.5" on line 2'],
  ['mixed-wide.csv', 'id;x0;x1\n1;1,5;2\n2;1;2.5\n', undefined, 3, '"2.5", but "1,5" on line 2'],
  [
    'thousands.csv',
    'id;x\n1;1.234,5\n',
    undefined,
    2,
    '"1.234,5" is not a number. Thousands have no separator.',
  ],
  ['more-thousands.csv', 'id;x\n1;1,234,567\n', undefined, 2, '"1,234,567" is not a number.'],
  [
    'infinite-comma.csv',
    'id;x\n1;4,5e38\n',
    undefined,
    2,
    '"4,5e38" is infinite or beyond the range of float32',
  ],
  ['blank-quote.txt', 'id x\n1 2\n1 "3\n', undefined, 3, 'a quote is opened and never closed'],
  ['blank-ragged.txt', 'id x y\n1 2 3\n1 2\n', undefined, 3, '2 columns, expected 3 as in the header.'],
  ['bar-ragged.csv', 'id|x\n1|2|3\n', undefined, 2, '3 columns, expected 2 as in the header.'],

  ['empty-row.csv', 'label,x0,x1\na,1,2\nb,,\n', undefined, 3, 'the recording is empty.'],
  [
    'short-row.csv',
    'label,x0,x1\na,1,2\nb,1\n',
    undefined,
    3,
    'rows of shorter recordings end in empty cells.',
  ],
  ['word.csv', 'label,x0,x1\na,1,2\nb,1,high\n', undefined, 3, 'column "x1": "high" is not a number.'],
  ['overflow.csv', 'label,x0,x1\na,1,4e38\n', undefined, 2, 'column "x1": "4e38" is infinite or beyond'],
  ['no-id.csv', 'id,x0,x1\n1,1,2\n,1,2\n', undefined, 3, 'the row does not say which recording it is.'],
  ['group.csv', 'group,x0,x1\n,1,2\n', undefined, 2, 'recording "0": the group is empty.'],
  ['nothing.csv', 'label,x0,x1\n', undefined, 1, 'no rows after the header.'],
  [
    'both.csv',
    'id,x0,x1\n1,2,3\n1,4,5\n2,4,5\n',
    undefined,
    1,
    'and so recording "2" is one row, but "1" is 2. Give the format',
  ],
  [
    'twice.csv',
    'id,x0,x1\n1,2,3\n1,4,5\n',
    'csv-wide',
    3,
    'recording "1" is on line 2 already; a recording is one line.',
  ],
  [
    'gap.csv',
    'id,x0,x2\n1,2,3\n',
    'csv-wide',
    1,
    'the columns of channel "x" go on from 0 to 2; expected columns of steps',
  ],
  ['start.csv', 'id,x2,x3\n1,2,3\n', 'csv-wide', 1, 'the columns of channel "x" begin with 2'],
  [
    'uneven.csv',
    'id,x0,x1,y0\n1,2,3,4\n',
    'csv-wide',
    1,
    'the columns of channel "y" are 1, but channel "x" has 2 columns',
  ],
  ['other.csv', 'id,x0,x1,age\n1,2,3,4\n', 'csv-wide', 1, 'column "age" does not end in a number'],
  [
    'times.csv',
    'id,time,x0\n1,2,3\n',
    'csv-wide',
    1,
    'column "time" does not end in a number; expected columns of steps',
  ],
  ['no-steps.csv', 'id,label\n1,2\n', 'csv-wide', 1, 'no column is left for steps'],
  ['empty.csv', '', 'csv-wide', 0, 'the file is empty'],

  [
    'a.csv',
    TS,
    'csv',
    1,
    'by its content this is a file of the format ts, as it begins with lines "@key value", but the format is given as csv.',
  ],
  ['a.ts', ARFF, 'ts', 1, 'this is a file of the format arff, as it begins with a line "@relation"'],
  [
    'a.jsonl',
    'id,x\n1,2\n',
    'jsonl',
    1,
    'this is something else, as it does not begin with a "{", but the format is given as jsonl.',
  ],
  [
    'a.txt',
    'id,x\n1,2\n',
    'ucr',
    1,
    'its first line is not a class and two values at least, numbers all of them',
  ],
  ['b.csv', NPY, 'csv', 0, 'this is a file of the format npy, but the format is given as csv.'],
  ['b.npy', NPY, 'npz', 0, 'this is a file of the format npy, but the format is given as npz.'],
  ['c.npy', 'id,x\n1,2\n', 'npy', 0, 'this is no such file, but the format is given as npy.'],
  ['d.csv', 'id,x\n1,2\n', 'csv-files', 1, 'no column of files (file, path)'],
  ['e.csv', 'file,id\n', 'csv-files', 1, 'no rows after the header.'],
  [
    'f.csv',
    'file,time,label,class\nx,1,a,b\n',
    'csv-files',
    1,
    '"label", "class" could each be the label column.',
  ],
];

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'masq-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a malformed file', () => {
  it.each(CASES)(
    '%s is reported with its line, and refused by training',
    (name, content, format, line, message) =>
      expectRefused(join(folder, name), { content, format, line, message }),
  );
});

describe('a format that is given', () => {
  it.each<[Format, string | Buffer]>([
    ['ts', TS],
    ['arff', ARFF],
    ['ucr', '1,0.5,0.25\n2,0.5,0.25\n'],
    ['csv', 'id,0,1\n1,2,3\n2,4,5\n'],
    ['csv-wide', 'id,0\n1,2\n'],
    ['jsonl', '{"x": [1]}\n'],
    ['npy', NPY],
  ])('is that of the file, whatever its name: %s', async (format, content) => {
    for (const name of ['given.csv', 'given.json', 'given.dat']) {
      await writeFile(join(folder, name), content);
      const { problems, ...result } = await readRecordings(join(folder, name), { format });
      expect({ problems, format: result.format }).toEqual({ problems: [], format });
    }
  });

  it('is that of all files in a folder', async () => {
    await mkdir(join(folder, 'given', 'a'), { recursive: true });
    await writeFile(join(folder, 'given', 'a', '1.dat'), '1 2\n3 4\n');
    expect(await readRecordings(join(folder, 'given'), { format: 'csv' })).toMatchObject({
      problems: [],
      format: 'folder',
    });
    const { problems } = await readRecordings(join(folder, 'given'), { format: 'csv-files' });
    expect(problems.map(({ message }) => message)).toEqual([
      'this is a folder, but the format is given as csv-files, which is a table; name the table.',
    ]);
  });
});
