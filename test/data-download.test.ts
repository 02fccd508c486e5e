// `masq data download`, run as a user runs it, from a server on this machine.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { archiveServer } from './support/archiveServer.js';
import { ended, masq, startMasq } from './support/masq.js';
import { zip } from './support/npyFiles.js';

const folder = mkdtempSync(join(tmpdir(), 'masq-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const file = (name: string): Buffer => readFileSync(join('data/GunPoint', name));
const content = {
  'GunPoint_TRAIN.ts': file('GunPoint_TRAIN.ts'),
  'GunPoint_TEST.ts': file('GunPoint_TEST.ts'),
};
const archive = zip(content, { deflate: true });

test('a download that Ctrl-C interrupts exits with 130, and the same command goes on and says what there is', async () => {
  const server = await archiveServer(archive);
  server.stopAfter = 40_000;
  const args = ['data', 'download', 'GunPoint', '--url', server.url, '--out', folder];
  const { child, stderr } = startMasq(...args);
  await vi.waitFor(() => {
    expect(statSync(join(folder, 'GunPoint.part/archive.zip')).size).toBe(40_000);
  }, 60_000);
  child.kill('SIGINT');
  expect(await ended(child)).toBe(130);
  expect(stderr()).toContain(
    'What has arrived is kept: the same command goes on from there, where the server can.',
  );
  expect(readdirSync(folder)).toEqual(['GunPoint.part']);

  server.stopAfter = Infinity;
  const resumed = await masq(...args);
  expect(resumed.stderr).toContain('Going on after 40 kB that are there.\n');
  expect(resumed.stdout).toBe(
    `${folder}/GunPoint: 50 recordings to train on, 150 to test on; 1 channel, 2 classes, 150 steps.\n`,
  );
  expect(resumed.status).toBe(0);
  expect(server.requests[1].range).toBe('bytes=40000-');
  for (const [name, bytes] of Object.entries(content)) {
    expect(readFileSync(join(folder, 'GunPoint', name))).toEqual(bytes);
  }

  const again = await masq(...args);
  expect(again.stdout).toContain('GunPoint was there already: 50 recordings');
  expect(server.requests).toHaveLength(2);
});

test('data that are wrong are told with file and line, and a damaged archive exits with 1', async () => {
  const wrong = { ...content, 'GunPoint_TEST.ts': Buffer.from('@classLabel true 1 2\n@data\n1,2:3\n') };
  const server = await archiveServer(zip(wrong));
  const out = join(folder, 'other');
  const args = ['data', 'download', 'GunPoint', `--url=${server.url}`, `--out=${out}`];
  const first = await masq(...args);
  expect(first.status).toBe(2);
  expect(first.stderr).toContain(
    `${out}/GunPoint/GunPoint_TEST.ts:3: class "3" is not declared by @classLabel (1 2). Did you mean "1"? ` +
      `"masq data describe ${out}/GunPoint" lists what is wrong with the data; they are as the archive has them.`,
  );
  server.body = zip(content, { checksum: 5 });
  const damaged = await masq(...args, '--force');
  expect(damaged.status).toBe(1);
  expect(damaged.stderr).toContain('the checksum of "GunPoint_TRAIN.ts" is wrong');
});
