// Reads one data file of any supported format.
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { codeOf, messageOf } from '../../shared/errors.js';
import { didYouMean } from '../../shared/nearest.js';
import type { BinaryFormat } from './binaryFormat.js';
import { withByteSource } from './byteSource.js';
import { Collector, type FileHeader } from './collect.js';
import { type BinaryFormatName, detectBinaryFormat } from './detectBinary.js';
import { npyFormat } from './npy.js';
import { npzFormat } from './npz.js';
import { parquetFormat } from './parquet.js';
import { FatalProblem, ProblemList } from './problems.js';
import { readText } from './readText.js';
import { emptyResult, type Format, type ReadOptions, type ReadResult } from './reader.js';

/**
 * Reads a data file; its format is told from the content, else from the name. Whatever is wrong, a missing file included, is
 * returned as `problems`.
 */
export async function readRecordings(file: string, options: ReadOptions = {}): Promise<ReadResult> {
  const problems = new ProblemList();
  let format: Format | null = null;
  try {
    const binary = await tellingWhy(file, () => binaryFormatOf(file));
    if (binary !== null) {
      format = binary;
      return await tellingWhy(file, () => readBinary(binary, file, problems, options));
    }
    return await tellingWhy(file, () =>
      readText(file, problems, options, (told) => {
        format = told;
      }),
    );
  } catch (error) {
    if (!(error instanceof FatalProblem)) throw error;
    problems.add(error.line, error.message);
    return emptyResult(file, format, problems);
  }
}

/** Null where the file is text. */
async function binaryFormatOf(file: string): Promise<BinaryFormatName | null> {
  // Not everything that can be read has a size: what is piped in does not.
  return (await stat(file)).isFile() ? withByteSource(file, detectBinaryFormat) : null;
}

function readBinary(
  format: BinaryFormatName,
  file: string,
  problems: ProblemList,
  options: ReadOptions,
): Promise<ReadResult> {
  const readAs = <Layout extends FileHeader>({
    readHeader,
    readParts,
  }: BinaryFormat<Layout>): Promise<ReadResult> =>
    withByteSource(file, async (source) => {
      const layout = await readHeader(source, options);
      const collector = new Collector(file, problems);
      for await (const parts of readParts(source, layout)) collector.add(parts, 0, layout.channelNames);
      return collector.finish(layout);
    });
  switch (format) {
    case 'npy':
      return readAs(npyFormat);
    case 'npz':
      return readAs(npzFormat);
    case 'parquet':
      return readAs(parquetFormat);
  }
}

/** Says plainly why a file cannot be read. */
async function tellingWhy<Result>(file: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof FatalProblem) throw error;
    switch (codeOf(error)) {
      case 'ENOENT':
      case 'ENOTDIR':
        throw new FatalProblem(0, `no such file.${await nearby(file)}`);
      case 'EISDIR':
        throw new FatalProblem(0, `this is a folder, expected a data file.${await filesIn(file)}`);
      case 'EACCES':
      case 'EPERM':
        throw new FatalProblem(0, 'the file may not be read: its permissions do not allow it.');
      case undefined:
        throw error;
      default:
        throw new FatalProblem(0, `the file cannot be read: ${messageOf(error)}.`);
    }
  }
}

/** What lies where a missing file was expected. */
async function nearby(file: string): Promise<string> {
  const folder = dirname(file);
  try {
    const guess = didYouMean(basename(file), await readdir(folder));
    return guess === '' ? await filesIn(folder) : guess;
  } catch {
    return ` The folder ${folder} does not exist either.`;
  }
}

async function filesIn(folder: string): Promise<string> {
  const names = (await readdir(folder))
    .filter((name) => /\.(npy|npz|parquet|(ts|arff|csv|tsv|txt|jsonl|ndjson)(\.gz)?)$/i.test(name))
    .sort();
  if (names.length === 0) return ` ${folder} holds no data files.`;
  return ` ${folder} holds ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}.`;
}
