// Files that are large enough to be read in threads, against the same reading in one thread: from the sources, where there is no
// program for a thread.
import { spawnSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as Data from '../src/data/index.js';
import { allValues } from '../src/data/recordings.js';
import { readRecordings } from '../src/data/read/readRecordings.js';
import { hasReaders } from '../src/data/read/readPool.js';
import { built } from './support/built.js';

const { readRecordings: readInThreads } = await built<typeof Data>('data/index.js');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'masq-threads-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Writes lines until the file has `megabytes`; a name that ends in `.gz` packs them. */
async function write(
  name: string,
  header: string,
  line: (i: number) => string,
  megabytes = 2.6,
): Promise<string> {
  const file = join(folder, name);
  const out = createWriteStream(file);
  const sink = name.endsWith('.gz') ? createGzip({ level: 1 }) : out;
  if (sink !== out) sink.pipe(out);
  sink.write(header);
  let bytes = 0;
  for (let i = 0; bytes < megabytes * 1e6; i++) {
    const text = `${line(i)}\n`;
    bytes += text.length;
    sink.write(text);
  }
  sink.end();
  await finished(out);
  return file;
}

const pool = Array.from({ length: 61 }, (_, i) => ((i * 17 - 500) / 100).toFixed(2));
const values = (i: number, n: number): string =>
  Array.from({ length: n }, (_, j) => pool[(i * 31 + j * 17) % pool.length]).join(',');
const series = (i: number): string => `${values(i, 30)}:${values(i + 7, 30)}:${i % 3 === 0 ? 'a' : 'b'}`;
const tsHeader = '@univariate false\n@classLabel true a b\n@data\n';
const csvHeader = 'id,label,x,note,y\n';
const row = (i: number): string =>
  `r${Math.floor(i / 50)},${Math.floor(i / 50) % 2 ? 'on' : 'off'},${values(i, 1)},1,${i % 7}`;

const files: Record<string, () => Promise<string>> = {
  ts: () => write('a.ts', tsHeader, series),
  'ts with mistakes': () =>
    write('b.ts', tsHeader, (i) => (i % 5000 === 4999 ? `${values(i, 3)}:a` : series(i))),
  'gzipped ts': () => write('c.ts.gz', tsHeader, series),
  csv: () => write('d.csv', csvHeader, row),
  'csv with line breaks in quotes': () =>
    write('e.csv', csvHeader, (i) => row(i).replace(',1,', i % 11 === 0 ? ',"1\n",' : ',"1",')),
  'csv with interleaved recordings, times and classes of steps': () =>
    write('f.csv', 't,id,label,x,y\n', (i) => `${i},r${i % 40},c${(i >> 9) % 2},${values(i, 1)},${i % 7}`),
  'csv with a quote that is never closed': () =>
    write('g.csv', csvHeader, (i) => (i === 100_000 ? `"${row(i)}` : row(i))),
  'csv with decimals of both kinds': () =>
    write('k.csv', 'id;x\n', (i) => `r${Math.floor(i / 50)};1${i < 250_000 ? ',' : '.'}5`),
  'csv with bytes that are no text': () =>
    write('h.csv', csvHeader, (i) => (i === 115_000 ? `${row(i)}\0` : row(i))),
  'JSON lines': () =>
    write('i.jsonl', '', (i) => `{"label":"c${i % 3}","x":[${values(i, 20)}],"y":[${values(i + 3, 20)}]}`),
};

describe('a large file is read in threads as in one', () => {
  it('which is so only because the sources have no program for threads', () => {
    expect(hasReaders()).toBe(false);
  });

  it.each(Object.keys(files))('%s', async (name) => {
    const file = await files[name]();
    const options = name.includes('times') ? ({ times: 'keep', labelsPer: 'step' } as const) : {};
    const [threads, one] = await Promise.all([readInThreads(file, options), readRecordings(file, options)]);
    expect(threads.problems).toEqual(one.problems);
    expect({ ...threads, recordings: null }).toEqual({ ...one, recordings: null });
    const expected = one.recordings;
    const [found, wanted] = [threads.recordings, expected].map((set) => Buffer.from(allValues(set).buffer));
    expect(found.equals(wanted)).toBe(true);
    // A thread that makes batches of them needs no copy.
    if (found.length > 0) expect(found.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect({ ...threads.recordings, values: null }).toEqual({ ...expected, values: null });
  });

  it('from a program that is given to Node as text', async () => {
    const library = JSON.stringify(new URL('../dist/data/index.js', import.meta.url).href);
    const program = `
      const { readRecordings } = await import(${library});
      console.log((await readRecordings(${JSON.stringify(await files.ts())})).recordings.labels.length);`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
    });
    expect(Number(stdout)).toBeGreaterThan(1000);
  });
});
