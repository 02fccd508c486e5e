// Headers that are wrong, and long ones: how far a file is read for its header.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allValues } from '../recordings.js';
import { readRecordings } from './readRecordings.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'masq-headers-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(name: string, content: string): Promise<string> {
  await writeFile(join(folder, name), content);
  return join(folder, name);
}

describe('a header that is wrong', () => {
  it.each([
    ['steps.csv', `a,b,c\n${'1,2,3\n'.repeat(1 << 20)}`, 1, 'recording'],
    [
      'values.ts',
      `@classLabel true a\n${'1,2,3:a\n'.repeat(1 << 20)}`,
      2,
      'expected header lines (@key value)',
    ],
  ])('is refused before the rest of %s is read', async (name, content, line, message) => {
    const file = await fileOf(name, content);
    let bytes = 0;
    const { problems } = await readRecordings(file, { onBytes: (more) => (bytes += more) });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ line, message: expect.stringContaining(message) as string });
    expect(bytes).toBeLessThan(content.length / 2);
  });
});

it.each([
  ['refused', 'activity', 'sit', null],
  ['read as that of a wide file', 'id,label', 'r1,a', 'csv-wide'],
])('a header of 300,000 columns is %s within 2 s of processor time', async (_, names, cells, format) => {
  const steps = Array.from({ length: 300_000 }, (_, i) => `x${i}`).join(',');
  const file = await fileOf('many.csv', `${names},${steps}\n${cells},${'1,'.repeat(299_999)}2\n`);
  const before = process.cpuUsage();
  const { problems, ...found } = await readRecordings(file);
  const { user, system } = process.cpuUsage(before);
  expect(problems.length === 0 ? found.format : null).toBe(format);
  expect((user + system) / 1e6).toBeLessThan(2);
});

it('a header of several megabytes is read', async () => {
  const header = `${'# and so on\n'.repeat(150_000)}@dimensions 2\n@classLabel true a\n@data\n`;
  const file = await fileOf('long.ts', `${header}1,2:3,4:a\n`);
  const { problems, recordings } = await readRecordings(file);
  expect(problems).toEqual([]);
  expect(Array.from(allValues(recordings))).toEqual([1, 3, 2, 4]);
});

it('a header that does not end within 16 MiB is refused there', async () => {
  const line = `# ${'and so on '.repeat(1 << 16)}\n`;
  const file = await fileOf('endless.ts', line.repeat(56));
  let bytes = 0;
  const { problems } = await readRecordings(file, { onBytes: (more) => (bytes += more) });
  expect(problems).toEqual([
    {
      line: expect.any(Number) as number,
      message: 'after 16 MiB the header has not ended: this is no file of recordings.',
    },
  ]);
  expect(bytes).toBeLessThan(34 * 2 ** 20);
});
