// Takes the files of a data set out of an archive in the layout of the UCR/UEA archive.
import { open, statfs } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { withByteSource, type ByteSource } from '../read/byteSource.js';
import { FatalProblem, quote } from '../read/problems.js';
import { readZipEntries, readZipEntry, type ZipEntry } from '../read/zip.js';

/** Text that masq reads may have as many bytes. */
const LARGEST_FILE = 2 * 2 ** 30;

/**
 * Writes `NAME_TRAIN.ts`, `NAME_TEST.ts` and variants of them as `NAME_eq_TRAIN.ts` from an archive to an empty folder, whatever
 * folder of the archive they are in; nothing else of it.
 *
 * @returns the names of the files
 * @throws FatalProblem where the archive is damaged, or holds what it should not
 */
export async function unpackDataSet(
  archive: string,
  name: string,
  folder: string,
  signal?: AbortSignal,
): Promise<string[]> {
  return await withByteSource(archive, async (source) => {
    const entries = chooseEntries(await readZipEntries(source), name);
    await checkRoom(folder, entries);
    for (const entry of entries) await unpack(source, entry, join(folder, basename(entry.name)), signal);
    return entries.map((entry) => basename(entry.name));
  });
}

/** The entries that are wanted: of several with one name the one in the fewest folders. */
function chooseEntries(entries: readonly ZipEntry[], name: string): ZipEntry[] {
  const outside = entries.find((entry) => leavesFolder(entry.name));
  if (outside !== undefined) {
    throw new FatalProblem(
      0,
      `it names a path outside of the folder that it is unpacked to: ${quote(outside.name)}.`,
    );
  }
  const chosen = new Map<string, ZipEntry>();
  const wanted = new RegExp(`^${name.replaceAll('.', '\\.')}(_\\w+)?_(TRAIN|TEST)\\.ts$`);
  for (const entry of entries.toSorted((a, b) => depthOf(a) - depthOf(b))) {
    const file = basename(entry.name);
    if (!wanted.test(file)) continue;
    const other = chosen.get(file);
    if (other === undefined) chosen.set(file, entry);
    else if (depthOf(other) === depthOf(entry))
      throw new FatalProblem(0, `it holds two files called ${file}.`);
  }
  for (const part of ['TRAIN', 'TEST']) {
    if (!chosen.has(`${name}_${part}.ts`)) {
      throw new FatalProblem(0, `it holds no ${name}_${part}.ts, but ${listEntries(entries)}.`);
    }
  }
  const large = [...chosen.values()].find(({ size }) => size > LARGEST_FILE);
  if (large !== undefined) {
    throw new FatalProblem(
      0,
      `${quote(large.name)} has ${large.size.toLocaleString('en')} bytes; text is read up to 2 GiB.`,
    );
  }
  return [...chosen.values()];
}

function leavesFolder(path: string): boolean {
  return /^(?:[A-Za-z]:|[\\/])/.test(path) || path.split(/[\\/]/).includes('..');
}

function depthOf({ name }: ZipEntry): number {
  return name.split('/').length;
}

function listEntries(entries: readonly ZipEntry[]): string {
  const names = entries.map(({ name }) => name).filter((name) => !name.endsWith('/'));
  if (names.length === 0) return 'nothing';
  return names.slice(0, 6).join(', ') + (names.length > 6 ? `, … (${names.length} files)` : '');
}

async function checkRoom(folder: string, entries: readonly ZipEntry[]): Promise<void> {
  const needed = entries.reduce((sum, { size }) => sum + size, 0);
  const { bavail, bsize } = await statfs(folder);
  if (needed <= bavail * bsize) return;
  const free = (bavail * bsize).toLocaleString('en');
  throw new Error(
    `The disk of ${folder} has ${free} bytes free; unpacked, the data need ${needed.toLocaleString('en')}. ` +
      'Make room, and run the command again.',
  );
}

async function unpack(
  source: ByteSource,
  entry: ZipEntry,
  file: string,
  signal?: AbortSignal,
): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    for await (const piece of readZipEntry(source, entry, 'Expected files of recordings.')) {
      signal?.throwIfAborted();
      await handle.writeFile(piece);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}
