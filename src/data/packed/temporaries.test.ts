import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, it, vi } from 'vitest';
import type * as processes from '../../shared/node/processes.js';
import { removeLeftovers, temporaryBeside } from './temporaries.js';

/** The process that started this one, as a system shows it that hides the processes of other users. */
vi.mock('../../shared/node/processes.js', async (actual) => {
  const { startOf, ...others } = await actual<typeof processes>();
  return { ...others, startOf: (pid: number) => (pid === process.ppid ? null : startOf(pid)) };
});

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
  await removeLeftovers(folder);
  const left = [files.own, files.hidden, files.elsewhere, files.ofOthers];
  expect(readdirSync(folder).sort()).toEqual(left.sort());
  rmSync(folder, { recursive: true });
});
