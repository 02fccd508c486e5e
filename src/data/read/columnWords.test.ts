// What is said of a column of words where channels are numbers.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readRecordings } from './readRecordings.js';
import type { ReadOptions } from './reader.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'masq-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function messageFor(name: string, content: string, options: ReadOptions = {}): Promise<string> {
  await writeFile(join(folder, name), content);
  const { problems } = await readRecordings(join(folder, name), options);
  expect(problems).toHaveLength(1);
  return problems[0].message;
}

it('its first cell is quoted, with what to do if that is a slip, before all where it is the only channel', async () => {
  expect(await messageFor('typo.csv', 'id,label,x\nr1,a,O.5\nr1,a,2\n')).toBe(
    'column "x" begins with "O.5" on line 2, which is no number, so it is no channel. If that is a slip, write a number there.',
  );
  expect(await messageFor('truth.csv', 'id,label,subject,x,on\nr1,a,p,1,True\n')).toBe(
    'column "on" begins with "True" on line 2, which is no number, so it is no channel. Write 0 and 1 for false and true. In the config ' +
      'of a run: to leave it out, list the channels with data.columns.channels.',
  );
});

it('the first cell is the first that is not missing, as far as the first rows go', async () => {
  const empty = 'r1,1,\nr1,2,NaN\n';
  expect(await messageFor('late.csv', `id,x,note\n\n${empty}r1,3,walk\nr1,4,run\n`)).toMatch(
    /^column "note" begins with "walk" on line 5, which is no number/,
  );
  expect(await messageFor('later.csv', `id,x,note\n${empty.repeat(9000)}r1,3,walk\n`)).toBe(
    'recording "r1", channel "note": "walk" is not a number.',
  );
});

it('a run that is done is not told to change its config, and files that are recordings have no class by their columns', async () => {
  const content = 'id,label,x,device\nr1,a,1,phone\n';
  expect(await messageFor('done.csv', content, { groups: 'ignore' })).toMatch(
    /If that is a slip, write a number there\. Otherwise remove the column from the file\.$/,
  );
  expect(await messageFor('class.csv', 'id,x,activity\nr1,1,walk\n', { groups: 'ignore' })).toMatch(
    /there\. If it is the class, call it "label"; otherwise remove the column from the file\.$/,
  );
  await mkdir(join(folder, 'walk'));
  await writeFile(join(folder, 'walk', 'a.csv'), 'x,device\n1,phone\n');
  expect(await messageFor('table.csv', 'file,label\nwalk/a.csv,a\n')).toMatch(
    /there\. In the config of a run: to leave it out, list the channels with data\.columns\.channels\.$/,
  );
});
