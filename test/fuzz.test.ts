// A short run of scripts/fuzz.mjs, which `npm run fuzz` makes with 10,000 cases of each kind.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';

it('files damaged at random are read as a plain reader reads them, or refused in plain words', async () => {
  const child = spawn(process.execPath, ['scripts/fuzz.mjs', '--cases', '60'], { stdio: 'pipe' });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [status] = (await once(child, 'close')) as [number];
  expect({ status, output }).toMatchObject({
    status: 0,
    output: expect.stringMatching(/No failures\.\n$/) as string,
  });
  const lines = [...output.matchAll(/^(\S+) +(\d+) accepted, of which (\d+) compared; (\d+) refused/gm)];
  expect(lines).toHaveLength(18);
  for (const [, kind, accepted, compared, refused] of lines) {
    expect(Number(accepted) + Number(refused), kind).toBe(60);
    // A gzip file has a checksum, so that hardly any is accepted.
    if (kind !== 'gzip') expect(Number(compared), kind).toBeGreaterThan(0);
  }
});
