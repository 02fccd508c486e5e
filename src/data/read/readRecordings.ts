// Reads one data file of any supported format.
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import { codeOf, messageOf } from '../../shared/errors.js';
import { didYouMean } from '../../shared/nearest.js';
import { arffFormat } from './arff.js';
import type { BinaryFormat } from './binaryFormat.js';
import { withByteSource } from './byteSource.js';
import { checkText } from './checkText.js';
import { Collector, type FileHeader } from './collect.js';
import { type BinaryFormatName, detectBinaryFormat } from './detectBinary.js';
import { gunzipText, isGzip } from './gunzip.js';
import { jsonLinesFormat } from './jsonLines.js';
import { longCsvFormat } from './longCsv.js';
import { npyFormat } from './npy.js';
import { npzFormat } from './npz.js';
import { parquetFormat } from './parquet.js';
import { FatalProblem, ProblemList } from './problems.js';
import { emptyResult, type Format, type ReadOptions, type ReadResult } from './reader.js';
import { count } from '../recordings.js';
import type { TextFormat } from './textFormat.js';
import { tsFormat } from './ts.js';
import { looksLikeUcr, ucrFormat } from './ucr.js';

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

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
    const packed = await tellingWhy(file, () => readFile(file));
    const content = isGzip(packed) ? await gunzipText(packed, file) : packed;
    const bytes = content.subarray(0, 3).equals(BOM) ? content.subarray(3) : content;
    const text = detectFormat(bytes, file);
    format = text;
    checkText(bytes, text);
    switch (text) {
      case 'ts':
        return readText(tsFormat, bytes, file, problems, options);
      case 'arff':
        return readText(arffFormat, bytes, file, problems, options);
      case 'ucr':
        return readText(ucrFormat, bytes, file, problems, options);
      case 'jsonl':
        return readText(jsonLinesFormat, bytes, file, problems, options);
      case 'csv':
        return readText(longCsvFormat, bytes, file, problems, options);
    }
  } catch (error) {
    const fatal =
      codeOf(error) === 'ERR_STRING_TOO_LONG'
        ? new FatalProblem(0, 'a line is longer than 512 MiB, expected one recording a line.')
        : error;
    if (!(fatal instanceof FatalProblem)) throw fatal;
    problems.add(fatal.line, fatal.message);
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
      const collector = new Collector(file, problems, options);
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

function readText<Layout extends FileHeader>(
  format: TextFormat<Layout>,
  bytes: Buffer,
  file: string,
  problems: ProblemList,
  options: ReadOptions,
): ReadResult {
  const { layout, end } = format.readHeader(bytes, problems, options);
  const collector = new Collector(file, problems, options);
  collector.add(
    format.readLines({ bytes: bytes.subarray(end.start), last: true }, layout),
    end.lines,
    layout.channelNames,
  );
  const result = collector.finish(layout);
  if (result.problemCount > 0 || count(result.recordings) > 0) return result;
  problems.add(end.lines, format.nothingAfterHeader);
  return collector.finish(layout);
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
      case 'ERR_FS_FILE_TOO_LARGE':
        throw new FatalProblem(0, 'the file is larger than 2 GiB. Split it and name all its parts.');
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

function detectFormat(bytes: Buffer, file: string): Exclude<Format, BinaryFormatName> {
  const start = bytes.toString('latin1', 0, 1 << 16);
  const key = /^(?:[ \t\r]*(?:[#%][^\n]*)?\n)*[ \t]*@(\w+)/.exec(start)?.[1];
  const extension = extname(file.replace(/\.gz$/i, '')).toLowerCase();
  if (key?.toLowerCase() === 'relation' || extension === '.arff') return 'arff';
  if (extension === '.json') {
    throw new FatalProblem(
      0,
      '.json files, which are one document, are not supported; write one object a line, a recording each, as .jsonl.',
    );
  }
  if (key !== undefined || extension === '.ts') return 'ts';
  if (['.jsonl', '.ndjson'].includes(extension) || /^\s*\{/.test(start)) return 'jsonl';
  // A long CSV that lacks its header may look like the text of the UCR archive, so that is never called .csv.
  return extension !== '.csv' && looksLikeUcr(bytes) ? 'ucr' : 'csv';
}
