// What is asked of a file that is wrong in one place: one message with its line, and that training takes nothing of it.
import { writeFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { loadRecordings } from '../../src/data/load.js';
import { readRecordings } from '../../src/data/read/readRecordings.js';
import type { Format } from '../../src/data/read/reader.js';

/** What a file holds, and what is to be said of it: `line` is 0 where the whole file is meant. */
interface MalformedFile {
  readonly content: string | Buffer;
  readonly format?: Format | undefined;
  readonly line: number;
  readonly message: string;
}

/** Writes `file` and expects that message of reading and of loading it. */
export async function expectRefused(
  file: string,
  { content, format, line, message }: MalformedFile,
): Promise<void> {
  await writeFile(file, content);
  const { problems } = await readRecordings(file, { format });
  expect(problems.map((problem) => problem.line)).toEqual([line]);
  expect(problems[0].message).toContain(message);
  const place = line === 0 ? `${file}: ` : `${file}:${line}: `;
  await expect(loadRecordings(file, { format, labels: 'optional' })).rejects.toThrow(
    place + problems[0].message,
  );
}
