// NumPy and Parquet files that are cut off, damaged, or lie about their sizes: one message each, soon, and in little memory.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { floats, integers, npy, npyWithHeader, zip } from '../../../test/support/npyFiles.js';
import { allValues, count } from '../recordings.js';
import { readRecordings } from './readRecordings.js';
import type { ReadResult } from './reader.js';

const FOLDER = 'test/fixtures/parquet';

const values = npy('<f4', '(2, 2, 1)', floats(1, 2, 3, 4));
const empty = Buffer.alloc(0);

function npz(arrays: Record<string, Buffer>): Buffer {
  return zip(Object.fromEntries(Object.entries(arrays).map(([name, bytes]) => [`${name}.npy`, bytes])));
}

/** Bytes that no packing makes fewer. */
function noise(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, i) => Math.imul(i, 2654435761) >>> (i % 24)));
}

/** Name of the file, content, part of the only problem's message. */
const CASES: [name: string, content: Buffer, message: string][] = [
  ['magic.npy', Buffer.from('\x93NUMPX\x01\0'), 'the array is not a NumPy array'],
  ['empty.npy', empty, 'the array is not a NumPy array'],
  [
    'version.npy',
    Buffer.from('\x93NUMPY\x09\0\0\0', 'latin1'),
    'of version 9 of the .npy format, expected 1, 2 or 3',
  ],
  [
    'header.npy',
    Buffer.from('\x93NUMPY\x02\0\xff\xff\xff\xff', 'latin1'),
    'has a header of 4,294,967,295 bytes',
  ],
  [
    'dictionary.npy',
    npyWithHeader("{'descr': '<f4', 'shape': (1,)}", floats(1)),
    'is not as NumPy writes it',
  ],
  ['code.npy', npyWithHeader("{'descr': exit(), 'shape': (1,)}", floats(1)), 'is not as NumPy writes it'],
  [
    'absurd.npy',
    npy('<f4', '(1000000000000000000, 9, 9)', floats(1)),
    'but 4 follow its header. The file has been cut off',
  ],
  ['none.npy', npy('<f4', '(1000000000000000000, 0, 9)', empty), 'no recordings: the array has the shape'],
  ['zero.npy', npy('<f4', '(0, 5, 3)', empty), 'no recordings: the array has the shape (0, 5, 3).'],
  ['negative.npy', npy('<f4', '(-2, 2)', floats(1)), 'no axis can be of negative length'],
  ['more.npy', Buffer.concat([values, values]), 'One array a file is expected.'],
  [
    'axis.npy',
    npy('<f4', '(2,)', floats(1, 2)),
    'has the shape (2,), expected [recordings, time, channels] or',
  ],
  [
    'object.npy',
    npy('|O', '(2,)', Buffer.from('pickle')),
    'an object array (dtype object), which only Python can unpickle',
  ],
  ['half.npy', npy('<f2', '(1, 2)', floats(1)), 'the type "<f2", expected float32, float64'],
  ['record.npy', npyWithHeader("{'descr': [('x', '<f4')], 'shape': (1,)}", floats(1)), 'a structured array'],
  ['text.npy', npy('<U1', '(1, 1)', floats(0)), 'the array holds texts, expected numbers.'],
  [
    'infinite.npy',
    npy('<f4', '(1, 2)', floats(1, -Infinity)),
    'recording "0", channel 1, step 2: the value is infinite or',
  ],
  ['x.labels.npy', npy('<i4', '(1,)', integers(1)), 'by its name the file holds the labels for x.npy'],

  ['nothing.npz', npz({}), 'no array of values (values, X, x, data); found none.'],
  ['two.npz', npz({ X: values, data: values }), '"X", "data" could each be the values'],
  [
    'misspelt.npz',
    npz({ X: values, lenghts: values }),
    'the array "lenghts" is none that is read. Did you mean "lengths"?',
  ],
  [
    'long.npz',
    npz({ X: values, lengths: npy('<i4', '(2,)', integers(2, 3)) }),
    '"lengths" gives recording 1 3 steps, but "X" has only 2',
  ],
  [
    'minus.npz',
    npz({ X: values, lengths: npy('<i4', '(2,)', integers(2, -1)) }),
    'holds -1 for recording 1, expected a whole number',
  ],
  [
    'lengths.npz',
    npz({ X: values, lengths: npy('<i4', '(3,)', integers(1, 1, 1)) }),
    '"lengths" has 3 entries, but there are 2 recordings.',
  ],
  [
    'labels.npz',
    npz({ X: values, y: npy('<i4', '(1,)', integers(1)) }),
    '"y" has 1 entry, but there are 2 recordings.',
  ],
  [
    'column.npz',
    npz({ X: values, y: npy('<i4', '(2, 1)', integers(1, 1)) }),
    '"y" has the shape (2, 1), expected a list',
  ],
  [
    'target.npz',
    npz({ X: values, y: npy('<f4', '(2,)', floats(1, 0.5)) }),
    '"y" holds 0.5, expected texts or whole numbers.',
  ],
  [
    'ids.npz',
    npz({ X: values, ids: npy('<i4', '(2,)', integers(1, 1)) }),
    'the id "1" occurs twice, at 0 and 1',
  ],
  ['unicode.npz', npz({ X: values, y: npy('<U1', '(2,)', integers(97, -1)) }), 'a text that is not Unicode'],
  ['short.npz', npz({ X: values, lengths: npy('<i4', '(2,)', integers(2, 0)) }), 'recording "1" is empty.'],
  [
    'offsets.npz',
    npz({ X: npy('<f4', '(4, 1)', floats(1, 2, 3, 4)), offsets: npy('<i4', '(3,)', integers(0, 2, 3)) }),
    '"offsets" begins with 0 and ends with 3, expected',
  ],
  [
    'both.npz',
    npz({
      X: npy('<f4', '(1, 1)', floats(1)),
      offsets: npy('<i4', '(2,)', integers(0, 1)),
      lengths: npy('<i4', '(1,)', integers(1)),
    }),
    'one of them says it all',
  ],
  [
    'less.npz',
    zip({ 'X.npy': values }, { deflate: true, size: values.length - 4 }),
    'holds more than the 140 bytes it declares',
  ],
  ['other.npz', zip({ 'X.npy': values }, { size: values.length + 4 }), 'packed ones cannot hold'],
  ['claim.npz', zip({ 'X.npy': values }, { deflate: true, size: 2 ** 32 - 2 }), 'packed ones cannot hold'],
  ['bomb.npz', zip({ 'X.npy': noise(400_000) }, { deflate: true, size: 3e8 }), 'would grow from'],
  ['sum.npz', zip({ 'X.npy': values }, { checksum: 1 }), 'the checksum of "X.npy" is wrong'],
  ['text.npz', Buffer.from('not a zip'), 'it is no zip archive, or has been cut off'],
  ['texts.zip', zip({ 'a.txt': values }), 'a zip archive, and not one of NumPy arrays; unpack it first.'],

  ['empty.parquet', empty, 'not a valid Parquet file: it does not end with PAR1'],
  ['footer.parquet', Buffer.from('PAR1....\xff\0\0\0PAR1', 'latin1'), 'its footer cannot be of 255 bytes'],
  [
    'noise.parquet',
    Buffer.from('PAR1\x19\x99\x99\x99\x04\0\0\0PAR1', 'latin1'),
    'not a valid Parquet file: its footer',
  ],
  ['encrypted.parquet', Buffer.from('PARE\0\0\0\0PARE'), 'the file is encrypted'],
];

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'masq-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(name: string, content: Buffer): Promise<ReadResult> {
  await writeFile(join(folder, name), content);
  const start = performance.now();
  const before = process.memoryUsage().rss;
  const result = await readRecordings(join(folder, name));
  expect(performance.now() - start).toBeLessThan(2000);
  expect(process.memoryUsage().rss - before).toBeLessThan(600e6);
  return result;
}

describe('a malformed binary file', () => {
  it.each(CASES)('%s is reported with one message', async (name, content, message) => {
    const { problems, problemCount } = await read(name, content);
    expect(problems).toMatchObject([{ line: 0 }]);
    expect(problems[0].message).toContain(message);
    expect(problemCount).toBe(1);
  });

  it.each([
    ['cut.npy', values],
    ['cut.npz', zip({ 'X.npy': values, 'y.npy': npy('<i4', '(2,)', integers(1, 2)) }, { deflate: true })],
    ['cut.parquet', null],
  ])('%s is refused wherever it is cut off', async (name, content) => {
    const whole = content ?? (await readFile(`${FOLDER}/steps-snappy.parquet`));
    for (let eighth = 0; eighth < 8; eighth++) {
      const { problemCount, recordings } = await read(name, whole.subarray(0, (whole.length * eighth) / 8));
      expect(problemCount).toBe(1);
      expect(count(recordings)).toBe(0);
    }
  });

  it('whose companion has another count is refused, too', async () => {
    await writeFile(join(folder, 'pair.lengths.npy'), npy('<i4', '(3,)', integers(1, 1, 1)));
    const { problems } = await read('pair.npy', values);
    expect(problems[0].message).toBe('"pair.lengths.npy" has 3 entries, but there are 2 recordings.');
  });
});

const REAL: [name: string, content: () => Promise<Buffer>][] = [
  ['real.npy', () => Promise.resolve(values)],
  [
    'stored.npz',
    () => Promise.resolve(zip({ 'X.npy': values, 'y.npy': npy('<U2', '(2,)', Buffer.alloc(16, 'a\0\0\0')) })),
  ],
  [
    'deflated.npz',
    () =>
      Promise.resolve(
        zip({ 'X.npy': values, 'lengths.npy': npy('<i4', '(2,)', integers(1, 2)) }, { deflate: true }),
      ),
  ],
  ...['steps-snappy', 'steps-plain', 'steps-gzip-v2', 'steps-delta-brotli', 'lists', 'nested'].map(
    (name): [string, () => Promise<Buffer>] => [
      `${name}.parquet`,
      () => readFile(`${FOLDER}/${name}.parquet`),
    ],
  ),
];

describe('a binary file damaged at random', () => {
  it.each(REAL)('gives recordings or problems, and never anything else: %s', async (name, content) => {
    const original = await content();
    const file = join(folder, basename(name));
    const interesting = fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xfe, 0xff);
    const edit = fc.tuple(fc.nat(original.length - 1), fc.nat(4), fc.array(interesting, { maxLength: 6 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(edit, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async (edits, keepsLength) => {
          let bytes = original;
          for (const [at, removed, added] of edits) {
            const until = keepsLength ? at + added.length : at + removed;
            bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(added), bytes.subarray(until)]);
          }
          await writeFile(file, bytes);
          const start = performance.now();
          const { recordings, problems, missing } = await readRecordings(file);
          expect(performance.now() - start).toBeLessThan(2000);
          expect(allValues(recordings).length).toBe(
            recordings.offsets[count(recordings)] * recordings.channels,
          );
          expect(problems.every(({ line, message }) => line >= 0 && message !== '')).toBe(true);
          expect(problems.some(({ message }) => message.includes('undefined'))).toBe(false);
          if (!allValues(recordings).every((value) => Number.isFinite(value))) {
            expect(missing + problems.length).toBeGreaterThan(0);
          }
        },
      ),
      { numRuns: 50, seed: 1 },
    );
  });
});
