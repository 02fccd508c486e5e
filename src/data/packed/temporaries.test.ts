import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { removeLeftovers, temporaryBeside } from './temporaries.js';

it('temporary files are removed where their maker is gone, or on another machine did nothing for a day', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'masq-leftovers-'));
  const own = basename(temporaryBeside(join(folder, 'set.masq'), 'runs'));
  const [machine, pid] = own.split('.')[2].split('-');
  const files = {
    own,
    dead: `set.masq.${machine}-${pid}-1-00000000.packing.tmp`,
    elsewhere: `set.masq.ffffffff-${pid}-1-00000000.moments.tmp`,
    elsewhereLongAgo: `set.masq.ffffffff-${pid}-1-00000001.moments.tmp`,
    ofOthers: 'set.masq.tmp',
  };
  for (const name of Object.values(files)) writeFileSync(join(folder, name), '');
  for (const name of [files.own, files.elsewhereLongAgo, files.ofOthers])
    utimesSync(join(folder, name), 1, 1);
  await removeLeftovers(folder);
  expect(readdirSync(folder).sort()).toEqual([files.own, files.elsewhere, files.ofOthers].sort());
  rmSync(folder, { recursive: true });
});
