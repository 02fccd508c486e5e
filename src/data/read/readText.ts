// Reads a file of text: the header and the first recordings here, the rest of a large one in threads.
import { checkText } from './checkText.js';
import { Collector, type FileHeader } from './collect.js';
import { detectTextFormat, signOf, type TextFormatName } from './detectText.js';
import { FatalProblem, ProblemList, UnfinishedHeader } from './problems.js';
import { hasReaders, readInThreads } from './readPool.js';
import { type ReadStretch, readStretch, type RecordingsFormatName, textFormat } from './readStretch.js';
import type { ReadOptions, ReadResult } from './reader.js';
import type { RecordingSink } from './sink.js';
import { count } from '../recordings.js';
import { stretchesOf } from './stretches.js';
import type { HeaderEnd, Stretch, TextFormat } from './textFormat.js';
import { textPieces } from './textPieces.js';

/** Bytes that are read at a time. A file of fewer is read in this thread. */
const STRETCH = 1 << 20;

/** Bytes in which a header must end. */
const LONGEST_HEADER = 1 << 24;

/** A text whose format is known. */
export interface OpenText {
  readonly format: TextFormatName;
  /** Its lines from the first on. */
  readonly stretches: AsyncGenerator<Stretch>;
}

/**
 * Opens a text for as long as `use` takes.
 *
 * @param content of the file, where it has been read
 * @throws FatalProblem where it is no text, or not of the format that is named
 */
export async function withText<Result>(
  file: string,
  content: Buffer | null,
  options: ReadOptions,
  use: (text: OpenText) => Promise<Result>,
): Promise<Result> {
  const pieces = textPieces(file, content, options.onBytes);
  try {
    const start = await pieces.next();
    const cutting = { size: STRETCH, quoted: start.done !== true && signOf(start.value) === null };
    const stretches = stretchesOf(start.done === true ? pieces : beginningWith(start.value, pieces), cutting);
    const first = await stretches.next();
    if (first.done === true) throw new FatalProblem(0, 'the file is empty.');
    const format = detectTextFormat(first.value, file, options);
    return await use({ format, stretches: beginningWith(first.value, stretches) });
  } finally {
    await pieces.return(undefined);
  }
}

/** All of a text. */
export async function wholeText({ stretches }: OpenText): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const { bytes } of stretches) all.push(bytes);
  return Buffer.concat(all);
}

/** Reads a text that holds recordings. */
export async function readText(
  file: string,
  { stretches }: OpenText,
  name: RecordingsFormatName,
  problems: ProblemList,
  options: ReadOptions,
  sink: RecordingSink | null,
): Promise<ReadResult> {
  const format = textFormat(name);
  const { layout, end, rest } = await readHeader(name, format, stretches, problems, options);
  const collector = new Collector(file, problems, options, sink);
  let { lines } = end;
  const add = (read: ReadStretch): void => {
    collector.add(read.parts, { before: lines, open: read.openLine }, layout.channelNames);
    lines += read.lines;
  };
  try {
    // What the header leaves open is fixed by the first recordings, which threads must know.
    for await (const stretch of beginningWith(rest, stretches)) {
      const read = readStretch(stretch, name, layout);
      add(read);
      if (read.parts.lengths.length > 0 && hasReaders()) break;
    }
    for await (const read of readInThreads(stretches, { format: name, layout })) add(read);
    format.finish?.(layout, collector, problems);
    const result = await collector.finish(layout);
    if (result.problemCount > 0 || count(result.recordings) > 0) return result;
    problems.add(end.lines, format.nothingAfterHeader);
    return await collector.finish(layout);
  } catch (error) {
    if (!(error instanceof FatalProblem) || error.line === 0) throw error;
    throw new FatalProblem(lines + error.line, error.message);
  } finally {
    collector.close();
  }
}

/**
 * The header, and what stands behind it in the stretches that it takes.
 *
 * @throws FatalProblem where it is wrong, or does not end within `LONGEST_HEADER`
 */
async function readHeader(
  name: RecordingsFormatName,
  format: TextFormat<FileHeader>,
  stretches: AsyncGenerator<Stretch>,
  problems: ProblemList,
  options: ReadOptions,
): Promise<{ layout: FileHeader; end: HeaderEnd; rest: Stretch }> {
  // Of a header that goes on, twice as much is read each time.
  for (let bytes: Buffer = Buffer.alloc(0), size = 1; ; size = 2 * bytes.length) {
    const read = [bytes];
    let last = false;
    for (let length = bytes.length; length < size && !last;) {
      const next = await stretches.next();
      last = next.done === true || next.value.last;
      if (next.done === true) break;
      read.push(next.value.bytes);
      length += next.value.bytes.length;
    }
    bytes = Buffer.concat(read);
    checkText(bytes, name);
    const found = new ProblemList();
    try {
      const { layout, end } = format.readHeader(bytes, found, options);
      problems.addAll(found.kept, found.total);
      return { layout, end, rest: { bytes: bytes.subarray(end.start), last } };
    } catch (error) {
      if (error instanceof UnfinishedHeader && !last) {
        if (bytes.length < LONGEST_HEADER) continue;
        throw new FatalProblem(
          error.line,
          'after 16 MiB the header has not ended: this is no file of recordings.',
        );
      }
      problems.addAll(found.kept, found.total);
      throw error;
    }
  }
}

/** Goes on with the others where it is left. */
async function* beginningWith<Item>(first: Item, others: AsyncGenerator<Item>): AsyncGenerator<Item> {
  yield first;
  for (let next = await others.next(); next.done !== true; next = await others.next()) yield next.value;
}
