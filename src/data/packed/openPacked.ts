// Opens a packed file: what belongs to each recording is read at once and checked against its checksums, values where they are asked for.
import { closeSync, fstatSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { crc32 } from '../read/crc32.js';
import { FatalProblem } from '../read/problems.js';
import type { MissingValue } from '../read/reader.js';
import type { Recordings } from '../recordings.js';
import {
  blockBytes,
  type Footer,
  magic,
  packedMagic,
  type TableName,
  tableTypes,
  trailerBytes,
  trailerMagic,
  valuesStart,
} from './layout.js';
import { damaged, readAll } from './openValues.js';

/** What a packed file holds. */
export interface PackedContent {
  readonly recordings: Recordings;
  /** Whether ids are positions. */
  readonly numbered: boolean;
  /** Number of missing values, and the first. */
  readonly missing: number;
  readonly firstMissing: MissingValue | null;
  /** What was done to the recordings before they were written. */
  readonly prepared: unknown;
}

/** Bytes of a table that are checked at a time. */
const PIECE = 1 << 20;

/** Whether a file begins as packed files do. */
export function looksPacked(start: Uint8Array): boolean {
  return packedMagic.equals(start.subarray(0, packedMagic.length));
}

/** Whether there is a packed file. */
export async function looksPackedFile(path: string): Promise<boolean> {
  const file = await open(path).catch(() => null);
  if (file === null) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(packedMagic.length), 0, packedMagic.length, 0);
    return looksPacked(buffer.subarray(0, bytesRead));
  } catch {
    return false;
  } finally {
    await file.close();
  }
}

/** What was done to the recordings of a packed file before they were written; null for other files, and for those that cannot be read. */
export async function preparedIn(path: string): Promise<unknown> {
  if (!(await looksPackedFile(path))) return null;
  const file = openSync(path, 'r');
  try {
    return readFooter(readerOf(file), fstatSync(file).size).prepared;
  } catch (error) {
    if (error instanceof FatalProblem) return null;
    throw error;
  } finally {
    closeSync(file);
  }
}

/** @throws FatalProblem where it is no packed file, damaged, cut off, or of another revision */
export function openPacked(path: string): PackedContent {
  const file = openSync(path, 'r');
  try {
    return readContent(file, path);
  } finally {
    closeSync(file);
  }
}

function readContent(file: number, path: string): PackedContent {
  const readBytes = readerOf(file);
  const footer = readFooter(readBytes, fstatSync(file).size);
  const place = (name: TableName): NonNullable<Footer['tables'][TableName]> => {
    const found = footer.tables[name];
    if (found === undefined) throw wrong(`it has no ${name}`);
    return found;
  };
  const table = <Name extends TableName>(name: Name): InstanceType<(typeof tableTypes)[Name]> => {
    const { start, length, crc32: expected } = place(name);
    const type = tableTypes[name];
    const bytes = readBytes(start, length * type.BYTES_PER_ELEMENT);
    if (crc32(bytes) !== expected) throw wrong(`its ${name} have another checksum`);
    return new type(bytes.buffer as ArrayBuffer, 0, length) as InstanceType<(typeof tableTypes)[Name]>;
  };
  const names = (of: 'groups' | 'splits', all: readonly string[] | null): string[] | null =>
    all && Array.from(table(of), (name) => all[name]);
  const { channels, steps, recordings, channelNames, classes, files, numbered, prepared } = footer;
  const { missing, firstMissing } = footer;
  const [offsets, blocks] = [table('offsets'), table('blocks')];
  if (blocks.length !== Math.ceil((steps * channels * 4) / blockBytes))
    throw wrong('it has too few checksums');
  const moments = place('moments');
  // Those of all recordings together may be large, and are read one by one.
  checkTable(readBytes, moments.start, moments.length * 8, moments.crc32);
  return {
    recordings: {
      ...{ files, channelNames, channels, classes, offsets },
      values: {
        ...({ kind: 'packed', path, channels, offsets, blocks } as const),
        ...{ hashes: table('hashes'), momentsStart: moments.start },
      },
      labels: table('labels'),
      ...(footer.tables.stepLabels && { stepLabels: table('stepLabels') }),
      ids: numbered
        ? Array.from({ length: recordings }, (_, i) => String(i))
        : readIds(table('ids'), table('idEnds')),
      groups: names('groups', footer.groupNames),
      splits: names('splits', footer.splitNames),
      fileIndices: table('fileIndices'),
      lines: table('lines'),
    },
    ...{ numbered, missing, firstMissing, prepared },
  };
}

/** Reads bytes of a file. @throws FatalProblem where it has not as many */
function readerOf(file: number): (start: number, length: number) => Buffer {
  const { size } = fstatSync(file);
  return (start, length) => {
    if (!(start >= 0 && length >= 0 && start + length <= size)) throw wrong('it ends too soon');
    const bytes = Buffer.from(new ArrayBuffer(length));
    if (!readAll(file, bytes, start)) throw wrong('it ends too soon');
    return bytes;
  };
}

function readFooter(readBytes: (start: number, length: number) => Buffer, size: number): Footer {
  if (size < valuesStart + trailerBytes) throw wrong(`the file has ${size.toLocaleString('en')} bytes`);
  const head = readBytes(0, magic.length);
  if (looksPacked(head) && !head.equals(magic)) {
    const revision = head.subarray(packedMagic.length).toString('latin1').trim();
    throw new FatalProblem(
      0,
      `this packed file has revision ${JSON.stringify(revision)}, expected 1: another version of masq wrote it. Prepare it again.`,
    );
  }
  const trailer = readBytes(size - trailerBytes, trailerBytes);
  const start = trailer.readDoubleLE(0);
  const isRight =
    head.equals(magic) &&
    trailer.subarray(12).equals(trailerMagic) &&
    Number.isSafeInteger(start) &&
    start >= valuesStart &&
    start < size - trailerBytes;
  if (!isRight) throw wrong('it does not begin and end as packed files do');
  const text = readBytes(start, size - trailerBytes - start);
  if (crc32(text) !== trailer.readUInt32LE(8)) throw wrong('its list of contents has another checksum');
  return JSON.parse(text.toString()) as Footer;
}

function checkTable(
  readBytes: (start: number, length: number) => Buffer,
  start: number,
  length: number,
  expected: number,
): void {
  let found = 0;
  for (let at = 0; at < length; at += PIECE) {
    found = crc32(readBytes(start + at, Math.min(PIECE, length - at)), found);
  }
  if (found !== expected) throw wrong('its moments have another checksum');
}

function wrong(what: string): FatalProblem {
  return new FatalProblem(0, damaged(what));
}

function readIds(bytes: Uint8Array, ends: Float64Array): string[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from(ends, (end, i) => text.toString('utf8', i === 0 ? 0 : ends[i - 1], end));
}
