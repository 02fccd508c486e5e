import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { startOf } from '../../shared/node/processes.js';
import { removeLeftovers, temporaryBeside } from './temporaries.js';

/** As a system answers that hides the process that started this one. */
const hiding = (pid: number): string | null => (pid === process.ppid ? null : startOf(pid));

it('temporary files are removed where their maker is gone, or cannot be looked at and did nothing for a day', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'masq-leftovers-'));
  const own = basename(temporaryBeside(join(folder, 'set.masq'), 'runs'));
  const [machine, pid] = own.split('.')[2].split('-');
  const files = {
    own,
    dead: `set.masq.${machine}-${pid}-1-00000000.packing.tmp`,
    ended: `set.masq.${machine}-${spawnSync('true').pid}-1-00000000.runs.tmp`,
    hidden: `set.masq.${machine}-${process.ppid}-1-00000000.runs.tmp`,
    hiddenLongAgo: `set.masq.${machine}-${process.ppid}-1-00000001.runs.tmp`,
    elsewhere: `set.masq.ffffffff-${pid}-1-00000000.moments.tmp`,
    elsewhereLongAgo: `set.masq.ffffffff-${pid}-1-00000001.moments.tmp`,
    ofOthers: 'set.masq.tmp',
  };
  for (const name of Object.values(files)) writeFileSync(join(folder, name), '');
  for (const name of [files.own, files.hiddenLongAgo, files.elsewhereLongAgo, files.ofOthers])
    utimesSync(join(folder, name), 1, 1);
  await removeLeftovers(folder, hiding);
  const left = [files.own, files.hidden, files.elsewhere, files.ofOthers];
  expect(readdirSync(folder).sort()).toEqual(left.sort());
  rmSync(folder, { recursive: true });
});
