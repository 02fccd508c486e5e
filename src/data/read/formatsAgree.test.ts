// The same two recordings in every format: two channels, three and two steps, one value missing, one that float32 rounds. A Parquet file
// that pyarrow wrote has them, too.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { doubles, integers, npy, zip } from '../../../test/support/npyFiles.js';
import { packFiles } from '../packed/packFiles.js';
import { valuesOf } from '../recordings.js';
import { readRecordings } from './readRecordings.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'masq-formats-'));
  for (const [name, content] of Object.values(formats).flatMap((files) => Object.entries(files))) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const expected = {
  9: [-3.25, 3, 4, 4],
  10: [1.5, 1, NaN, 2, 5, 2 ** 31],
};

/** Values by class: what a file says whatever its format, which may number recordings or name them, and order them by itself. */
async function byClass(path: string): Promise<unknown> {
  const { recordings, problems, missing } = await readRecordings(path);
  expect({ problems, missing }).toEqual({ problems: [], missing: 1 });
  return Object.fromEntries(
    recordings.ids.map((_, i) => [
      recordings.classes[recordings.labels[i]],
      Array.from(valuesOf(recordings, i)),
    ]),
  );
}

const long = 'id,t,label,x,n\nb,0,10,1.5,1\nb,1,10,,2\nb,2,10,5,2147483647\na,0,9,-3.25,3\na,1,9,4.0,4\n';
const byTime = 'id,t,label,x,n\nb,0,10,1.5,1\na,0,9,-3.25,3\nb,1,10,,2\na,1,9,4.0,4\nb,2,10,5,2147483647\n';
const archive = zip({
  'values.npy': npy('<f8', '(2, 3, 2)', doubles(1.5, 1, NaN, 2, 5, 2147483647, -3.25, 3, 4, 4, 0, 0)),
  'lengths.npy': npy('<i4', '(2,)', integers(3, 2)),
  'labels.npy': npy('<i4', '(2,)', integers(10, 9)),
});

/** Files by the one that is read. */
const formats: Record<string, Record<string, string | Buffer>> = {
  'a.ts': {
    'a.ts': '@dimensions 2\n@classLabel true 9 10\n@data\n1.5,?,5:1,2,2147483647:10\n-3.25,4:3,4:9\n',
  },
  'timed.ts': {
    'timed.ts':
      '@timeStamps true\n@dimensions 2\n@classLabel true 9 10\n@data\n' +
      '(0,1.5),(1,?),(2,5):(0,1),(1,2),(2,2147483647):10\n(0,-3.25),(1,4):(0,3),(1,4):9\n',
  },
  'a.arff': {
    'a.arff':
      '@relation r\n@attribute bag relational\n@attribute s1 numeric\n@attribute s2 numeric\n@attribute s3 numeric\n@end bag\n' +
      "@attribute class {9,10}\n@data\n'1.5,?,5\\n1,2,2147483647',10\n'-3.25,4\\n3,4',9\n",
  },
  'long.csv': { 'long.csv': long },
  'by-time.csv': { 'by-time.csv': byTime },
  'semicolons.csv': { 'semicolons.csv': `\ufeff${long.replaceAll(',', ';').replaceAll('.', ',')}` },
  'long.csv.gz': { 'long.csv.gz': gzipSync(long.replaceAll('\n', '\r\n')) },
  'wide.csv': {
    'wide.csv': 'id,label,x_0,x_1,x_2,n_0,n_1,n_2\nb,10,1.5,,5,1,2,2147483647\na,9,-3.25,4,,3,4,\n',
  },
  classes: { 'classes/9/a.csv': 'x,n\n-3.25,3\n4,4\n', 'classes/10/b.csv': 'x,n\n1.5,1\n,2\n5,2147483647\n' },
  'table.csv': {
    'table.csv': 'file,label\nparts/b.csv,10\nparts/a.csv,9\n',
    'parts/a.csv': '-3.25,3\n4,4\n',
    'parts/b.csv': '1.5,1\n,2\n5,2147483647\n',
  },
  'a.jsonl': {
    'a.jsonl':
      '{"label":10,"values":[[1.5,1],[null,2],[5,2147483647]]}\n{"label":9,"values":[[-3.25,3],[4,4]]}\n',
  },
  'channels.jsonl': {
    'channels.jsonl':
      '{"label":"10","x":[1.5,null,5],"n":[1,2,2147483647]}\n{"label":"9","x":[-3.25,4],"n":[3,4]}\n',
  },
  'a.npz': { 'a.npz': archive },
};

it.each(Object.keys(formats))('%s holds them', async (path) => {
  expect(await byClass(join(folder, path))).toEqual(expected);
});

it('so do Parquet, and packed files of any of these', async () => {
  const parquet = 'test/fixtures/parquet/steps-plain.parquet';
  expect(await byClass(parquet)).toEqual(expected);
  for (const [i, file] of [parquet, join(folder, 'by-time.csv'), join(folder, 'a.npz')].entries()) {
    const path = join(folder, `${i}.masq`);
    await packFiles(
      file,
      {
        timestamps: { duplicates: 'error', unordered: 'error' },
        missing: 'zero-with-indicator',
        ...({ resampling: 'none', windows: 'none' } as const),
      },
      path,
    );
    expect(await byClass(path)).toEqual(expected);
  }
});
