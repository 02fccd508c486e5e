// `masq data prepare`: data files, or those of a config, as one packed file that training reads with little memory.
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  expandPatterns,
  filesRead,
  packFiles,
  type PackingProgress,
  type Preparation,
} from '../data/index.js';
import { groupsOfTest } from '../train/index.js';
import { UserError } from '../shared/errors.js';
import { checkOutputFolder } from '../shared/node/outputFolder.js';
import type { CommandContext, DataPrepareArguments } from './context.js';
import { dataSource, type DataSource } from './dataSource.js';
import { formatBytes } from '../shared/formatBytes.js';
import { showPacking } from './packingProgress.js';

/** Without a config, recordings are packed as they are. */
const asTheyAre: Preparation = {
  timestamps: { duplicates: 'error', unordered: 'error' },
  missing: 'error',
  resampling: 'none',
  windows: 'none',
};

export async function run(
  { files, out, set, format, force }: DataPrepareArguments,
  context: CommandContext,
): Promise<void> {
  if (out === undefined || out === '') {
    throw new UserError('--out is missing: which file to make, e.g. --out data/set.masq.');
  }
  const there = await stat(out).catch(() => null);
  if (there === null && out.endsWith('/')) {
    throw new UserError('this names a folder; name a file in it with --out, e.g. set.masq.', { file: out });
  }
  // A folder or a device would not become a file, but be lost.
  if (there !== null && !there.isFile()) {
    const what = there.isDirectory() ? 'a folder' : 'no ordinary file';
    throw new UserError(`this is ${what}, and a file is to be made. Name another one with --out.`, {
      file: out,
    });
  }
  if (there !== null && !force) {
    throw new UserError(
      'this file exists already. Name another one with --out, or replace it with --force.',
      { file: out },
    );
  }
  await checkOutputFolder(dirname(out));
  const source = await dataSource(files, format);
  const names = namesOf(source, set);
  const { columns, format: given, resolved } = source;
  // As a run reads them: test files need not have groups.
  const groups = set === 'test' && resolved !== null ? groupsOfTest(resolved.data) : 'read';
  const reading = { columns, format: given, groups };
  const sources = await sizesOf(names, reading);
  const same = sources.find(({ dev, ino }) => there !== null && there.dev === dev && there.ino === ino);
  if (same !== undefined) {
    throw new UserError('this file is to be packed, and would be lost. Name another one with --out.', {
      file: out,
    });
  }
  const total = sources.reduce((sum, { size }) => sum + size, 0);
  const show = showPacking(context);
  let pass: PackingProgress['pass'] = 1;
  let done = 0;
  try {
    await packFiles(names, resolved?.data ?? asTheyAre, out, {
      ...reading,
      ...{ labels: 'optional', signal: context.signal },
      onSecondPass: () => {
        [pass, done] = [2, 0];
      },
      onBytes: (bytes) => {
        done += bytes;
        show.update({ done: Math.min(done, total), total, pass, isWaiting: false });
      },
    });
  } finally {
    show.stop();
  }
  const { size } = await stat(out);
  context.out(`${out}: ${formatBytes(size)}. Name it as data.${set ?? 'train'} in a config.`);
}

/** The names of the data to pack. */
function namesOf({ train, test, config }: DataSource, set: DataPrepareArguments['set']): readonly string[] {
  if (config === null && set !== undefined)
    throw new UserError('--set says which data of a config are meant, but data files are named.');
  if (set !== 'test') return train;
  if (test.length > 0) return test;
  throw new UserError('data.test names no files of its own, so there is nothing to prepare.', {
    file: config ?? undefined,
  });
}

/** What the file system says of the files to read; those that are missing are told when they are read. */
async function sizesOf(names: readonly string[], options: Parameters<typeof filesRead>[1]): Promise<Stats[]> {
  const found: Stats[] = [];
  for (const name of await expandPatterns(names)) {
    for (const file of await filesRead(name, options)) {
      const stats = await stat(file).catch(() => null);
      if (stats !== null) found.push(stats);
    }
  }
  return found;
}
