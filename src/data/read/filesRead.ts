// Every file that is read for a name: the file itself, what lies beside it, or all that a folder or a table of files stands for.
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { withByteSource } from './byteSource.js';
import { firstCells, firstRow } from './csvRows.js';
import { formatByName, signOf } from './detectText.js';
import { readFileTable } from './fileTable.js';
import { findFileColumn } from './fileTableColumns.js';
import { filesInFolder } from './folder.js';
import { unpackText } from './gunzip.js';
import { ProblemList } from './problems.js';
import type { ReadOptions } from './reader.js';
import { COMPANIONS } from './recordingArrays.js';

/** Bytes of a file that are looked at to tell a table of files. */
const LOOKED_AT = 1 << 20;

/** The files that reading `path` reads, those of a folder sorted, a table first. Only `path` where it cannot be read. */
export async function filesRead(path: string, options: ReadOptions = {}): Promise<string[]> {
  try {
    const info = await stat(path);
    if (info.isDirectory()) return (await filesInFolder(path)).map((name) => join(path, name));
    if (!info.isFile()) return [path];
    if (/\.npy$/i.test(path)) return [path, ...companionsOf(path)];
    if (!(await isFileTable(path, options))) return [path];
    const bytes = await unpackText(await readFile(path), path);
    const files = await readFileTable(bytes, path, new ProblemList(), options);
    return [path, ...files.map((file) => file.path)];
  } catch {
    // What is wrong with it is said where it is read.
    return [path];
  }
}

function companionsOf(path: string): string[] {
  const stem = path.slice(0, -'.npy'.length);
  return COMPANIONS.map((name) => `${stem}.${name}.npy`).filter((file) => existsSync(file));
}

async function isFileTable(path: string, options: ReadOptions): Promise<boolean> {
  if (options.format !== undefined) return options.format === 'csv-files';
  const start = /\.gz$/i.test(path)
    ? await readFile(path)
    : await withByteSource(path, ({ size, read }) => read(0, Math.min(size, LOOKED_AT)));
  const bytes = await unpackText(start, path);
  if (bytes.includes(0) || formatByName(bytes, path, signOf(bytes)) !== 'csv') return false;
  const { cells: header, end, separator } = firstRow(bytes);
  if (header === null) return false;
  const second = firstCells(bytes.subarray(end.start), { separator });
  return second !== null && findFileColumn(header, end.lines, second, options) >= 0;
}
