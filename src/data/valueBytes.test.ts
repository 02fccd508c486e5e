import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { allValues } from './recordings.js';
import { readRecordings } from './read/readRecordings.js';
import { estimateValueBytes } from './valueBytes.js';

const folder = mkdtempSync(join(tmpdir(), 'masq-value-bytes-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const digits = Array.from({ length: 3000 }, (_, i) => `r${i >> 6},${i % 10},${i % 7},,${i % 3}\n`).join('');
const csv = Buffer.from(`id,a,b,c,d\n${digits}`);

function int8(entries: number): Buffer {
  const header = `{'descr': '|i1', 'fortran_order': False, 'shape': (10, ${entries / 10}), }\n`;
  const start = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1');
  start.writeUInt16LE(header.length, 8);
  return Buffer.concat([start, Buffer.from(header), Buffer.alloc(entries)]);
}

it.each([
  ['one-digit.csv', csv],
  ['bars.csv', Buffer.from(csv.toString().replaceAll(',', '|'))],
  ['sparse.tsv', Buffer.from(`id\ta\tb\tc\td\te\n${'r\t\t\t\t\t7\n'.repeat(3000)}`)],
  ['packed.csv.gz', gzipSync(csv, { level: 9 })],
  ['zeros.csv.gz', gzipSync(`id,a,b\n${'r,0,0\n'.repeat(200_000)}`, { level: 9 })],
  ['small.npy', int8(5000)],
  ['points.ts', Buffer.from(`@classLabel true a\n@data\n${'1,2,3,4:5,6,7,8:a\n'.repeat(500)}`)],
])(
  'the estimate for %s is no lower than what its values take, and at most four times that',
  async (name, content) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    const { recordings, problems } = await readRecordings(path);
    expect(problems).toEqual([]);
    const bytes = allValues(recordings).byteLength;
    const { size } = statSync(path);
    expect(bytes).toBeGreaterThan(size);
    const estimate = await estimateValueBytes(path, size);
    expect(estimate).toBeGreaterThanOrEqual(bytes);
    expect(estimate).toBeLessThan(4 * bytes);
  },
);
