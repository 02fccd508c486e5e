// Reads one data file of any supported format.
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { codeOf, messageOf } from '../../shared/errors.js';
import { firstOf } from '../../shared/listed.js';
import { didYouMean } from '../../shared/nearest.js';
import { isPattern } from '../../shared/node/globs.js';
import type { BinaryFormat } from './binaryFormat.js';
import { type ByteSource, sourceOf, withByteSource } from './byteSource.js';
import { Collector, type FileHeader } from './collect.js';
import { type BinaryFormatName, detectBinaryFormat } from './detectBinary.js';
import { readFileTable } from './fileTable.js';
import { DATA_FILE, recordingsOfFolder } from './folder.js';
import { withGroupsAsked } from './groupsRead.js';
import { npyFormat } from './npy.js';
import { npzFormat } from './npz.js';
import { parquetFormat } from './parquet.js';
import { FatalProblem, ProblemList } from './problems.js';
import { readText, wholeText, withText } from './readText.js';
import { openPacked } from '../packed/openPacked.js';
import { emptyResult, type FoundFormat, type ReadOptions, type ReadResult } from './reader.js';
import { readRecordingFiles } from './recordingFiles.js';
import { giveTo, type RecordingSink } from './sink.js';

/** Bytes of a file that is read at once, as there may be thousands of them. */
const SMALL = 1 << 20;

/**
 * Reads a data file, or what stands for many: a folder or a table of files, one a recording. The format is told from the content,
 * else from the name, unless it is given. Whatever is wrong, a missing file included, is returned as `problems`.
 *
 * @param sink takes the recordings one by one while the file is read; their values are not in the result then
 */
export async function readRecordings(
  file: string,
  options: ReadOptions = {},
  sink: RecordingSink | null = null,
): Promise<ReadResult> {
  const problems = new ProblemList();
  let format: FoundFormat | null = null;
  try {
    if (await tellingWhy(file, () => isFolder(file, options))) {
      format = 'folder';
      const files = await tellingWhy(file, () => recordingsOfFolder(file, problems, options));
      return await readRecordingFiles(file, format, files, problems, oneEach(options), readRecordings, sink);
    }
    const content = await tellingWhy(file, () => contentOf(file, options));
    if (typeof content === 'string') {
      format = content;
      return await tellingWhy(file, () => readBinary(content, file, problems, options, sink));
    }
    const many = oneEach(withoutTable(options));
    return await tellingWhy(file, () =>
      withText(file, content, options, async (text) => {
        format = text.format;
        if (text.format !== 'csv-files') return readText(file, text, text.format, problems, options, sink);
        const files = await readFileTable(await wholeText(text), file, problems, options);
        return readRecordingFiles(file, text.format, files, problems, many, readRecordings, sink);
      }),
    );
  } catch (error) {
    if (!(error instanceof FatalProblem)) throw error;
    problems.add(error.line, error.message);
    return emptyResult(file, format, problems);
  }
}

/** Whether a path is a folder of recordings; one that is met where a file should be is an error as for any reader. */
async function isFolder(path: string, { recordings }: ReadOptions): Promise<boolean> {
  return recordings !== 'one' && (await stat(path)).isDirectory();
}

/** Of parts of binary files. */
const NO_LINES = { before: 0, open: null };

/** How each of many files is read. Labels and groups may be told without it. */
function oneEach(options: ReadOptions): ReadOptions {
  return { ...options, recordings: 'one', labels: 'optional' };
}

/** The options for the files that a table names: the columns of the table are not in them, and the format is not theirs. */
function withoutTable({ columns: { time, channels } = {}, ...options }: ReadOptions): ReadOptions {
  return { ...options, format: undefined, columns: { time, channels } };
}

/** The content of a small file of text, null for a larger one, or the format of a binary one; both are read piece by piece. */
async function contentOf(file: string, { format }: ReadOptions): Promise<Buffer | BinaryFormatName | null> {
  // Not everything that can be read has a size: what is piped in does not.
  if (!(await stat(file)).isFile()) return null;
  return withByteSource(file, async (source) => {
    const { size } = source;
    const isSmall = size > 0 && size <= SMALL;
    const bytes = isSmall ? await source.read(0, size) : null;
    const binary = await detectBinaryFormat(bytes === null ? source : sourceOf(file, bytes), format);
    return binary ?? bytes;
  });
}

function readBinary(
  format: BinaryFormatName,
  file: string,
  problems: ProblemList,
  options: ReadOptions,
  sink: RecordingSink | null,
): Promise<ReadResult> {
  const readAs = <Layout extends FileHeader>({
    readHeader,
    readParts,
  }: BinaryFormat<Layout>): Promise<ReadResult> =>
    withByteSource(file, async (opened) => {
      const source = heard(opened, options.onBytes);
      const layout = await readHeader(source, options);
      const collector = new Collector(file, problems, options, sink);
      try {
        for await (const parts of readParts(source, layout))
          collector.add(parts, NO_LINES, layout.channelNames);
        return await collector.finish(layout);
      } finally {
        collector.close();
      }
    });
  switch (format) {
    case 'npy':
      return readAs(npyFormat);
    case 'npz':
      return readAs(npzFormat);
    case 'parquet':
      return readAs(parquetFormat);
    case 'packed':
      return Promise.resolve(readPacked(file, problems, options, sink));
  }
}

/** A file whose readings are heard of. */
function heard(source: ByteSource, onBytes: ReadOptions['onBytes']): ByteSource {
  if (onBytes === undefined) return source;
  return {
    ...source,
    read: async (start, end) => {
      const bytes = await source.read(start, end);
      onBytes(bytes.length);
      return bytes;
    },
  };
}

/** @throws FatalProblem where the file is damaged */
function readPacked(
  file: string,
  problems: ProblemList,
  options: ReadOptions,
  sink: RecordingSink | null,
): ReadResult {
  const { recordings: all, numbered, missing, firstMissing, prepared } = openPacked(file);
  const recordings = withGroupsAsked(all, options);
  if (sink !== null) giveTo(sink, recordings, numbered);
  const { kept, total } = problems;
  return {
    ...{ format: 'packed', recordings, numbered, missing, firstMissing, prepared },
    ...{ problems: kept, problemCount: total },
  };
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
        if (isPattern(file)) throw new FatalProblem(0, 'no file matches this pattern.');
        throw new FatalProblem(0, `no such file.${await nearby(file)}`);
      case 'EISDIR':
        throw new FatalProblem(0, 'this is a folder, expected a data file.');
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
  const names = (await readdir(folder)).filter((name) => DATA_FILE.test(name)).sort();
  const where = folder === '.' ? 'This folder' : folder;
  if (names.length === 0) return ` ${where} holds no data files.`;
  return ` ${where} holds ${firstOf(names, 5)}.`;
}
