// Reads a file of text: the header and the first recordings here, the rest of a large one in threads.
import { extname } from 'node:path';
import { checkText } from './checkText.js';
import { Collector, type FileHeader } from './collect.js';
import { FatalProblem, ProblemList } from './problems.js';
import { hasReaders, readInThreads } from './readPool.js';
import { type ReadStretch, readStretch, textFormat, type TextFormatName } from './readStretch.js';
import type { Format, ReadOptions, ReadResult } from './reader.js';
import { count } from '../recordings.js';
import { stretchesOf } from './stretches.js';
import type { HeaderEnd, Stretch, TextFormat } from './textFormat.js';
import { textPieces } from './textPieces.js';
import { looksLikeUcr } from './ucr.js';

/** Bytes that are read at a time. A file of fewer is read in this thread. */
const STRETCH = 1 << 21;

/** Bytes in which a header must end. */
const LONGEST_HEADER = 1 << 27;

/** Reads text; its format is told from the content, else from the name, and told to `onFormat`. */
export async function readText(
  file: string,
  problems: ProblemList,
  options: ReadOptions,
  onFormat: (format: Format) => void,
): Promise<ReadResult> {
  const pieces = textPieces(file);
  try {
    const start = await pieces.next();
    if (start.done === true || start.value.length === 0) throw new FatalProblem(0, 'the file is empty.');
    const name = detectTextFormat(start.value, file);
    onFormat(name);
    const stretches = stretchesOf(following(start.value, pieces), { size: STRETCH, quoted: name === 'csv' });
    return await readStretches(file, stretches, name, problems, options);
  } finally {
    await pieces.return(undefined);
  }
}

async function* following(first: Buffer, others: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* others;
}

async function readStretches(
  file: string,
  stretches: AsyncGenerator<Stretch>,
  name: TextFormatName,
  problems: ProblemList,
  options: ReadOptions,
): Promise<ReadResult> {
  const format = textFormat(name);
  const { layout, end, rest } = await readHeader(name, format, stretches, problems, options);
  const collector = new Collector(file, problems);
  let { lines } = end;
  const add = (read: ReadStretch): void => {
    collector.add(read.parts, lines, layout.channelNames);
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
  } catch (error) {
    if (!(error instanceof FatalProblem) || error.line === 0) throw error;
    throw new FatalProblem(lines + error.line, error.message);
  }
  const result = collector.finish(layout);
  if (result.problemCount > 0 || count(result.recordings) > 0) return result;
  problems.add(end.lines, format.nothingAfterHeader);
  return collector.finish(layout);
}

/** The header, and what stands behind it in the stretches that it takes. */
async function readHeader(
  name: TextFormatName,
  { readHeader: read }: TextFormat<FileHeader>,
  stretches: AsyncGenerator<Stretch>,
  problems: ProblemList,
  options: ReadOptions,
): Promise<{ layout: FileHeader; end: HeaderEnd; rest: Stretch }> {
  let bytes: Buffer = Buffer.alloc(0);
  for (;;) {
    const next = await stretches.next();
    const last = next.done === true || next.value.last;
    if (next.done !== true)
      bytes = bytes.length === 0 ? next.value.bytes : Buffer.concat([bytes, next.value.bytes]);
    checkText(bytes, name);
    const found = new ProblemList();
    try {
      const { layout, end } = read(bytes, found, options);
      problems.addAll(found.kept, found.total);
      return { layout, end, rest: { bytes: bytes.subarray(end.start), last } };
    } catch (error) {
      // It may go on in the next stretch.
      if (!(error instanceof FatalProblem) || last || bytes.length > LONGEST_HEADER) {
        problems.addAll(found.kept, found.total);
        throw error;
      }
    }
  }
}

/** Goes on with the others where it is left. */
async function* beginningWith(first: Stretch, others: AsyncGenerator<Stretch>): AsyncGenerator<Stretch> {
  yield first;
  for (let next = await others.next(); next.done !== true; next = await others.next()) yield next.value;
}

function detectTextFormat(bytes: Buffer, file: string): TextFormatName {
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
