// Zip archives: the list of entries at the end, and the content of an entry in pieces (APPNOTE.TXT of PKWARE, with zip64).
import { pipeline, Readable } from 'node:stream';
import { createInflateRaw } from 'node:zlib';
import { messageOf } from '../../shared/errors.js';
import { type ByteSource, piecesOf } from './byteSource.js';
import { crc32 } from './crc32.js';
import { checkExpansion } from './expansion.js';
import { FatalProblem, quote } from './problems.js';

/** A file in an archive. */
export interface ZipEntry {
  readonly name: string;
  /** Bytes of its content, as the archive declares them. */
  readonly size: number;
  /** Bytes that it takes in the archive. */
  readonly packedSize: number;
  readonly method: number;
  readonly encrypted: boolean;
  readonly checksum: number;
  /** Where the entry's own header is. */
  readonly start: number;
}

const END = 0x06054b50;
const END_SIZE = 22;
const LONGEST_COMMENT = 0xffff;
const ZIP64_LOCATOR = 0x07064b50;
const ZIP64_LOCATOR_SIZE = 20;
const ZIP64_END = 0x06064b50;
const ZIP64_END_SIZE = 56;
const DIRECTORY_ENTRY = 0x02014b50;
const DIRECTORY_ENTRY_SIZE = 46;
const LOCAL_HEADER = 0x04034b50;
const LOCAL_HEADER_SIZE = 30;
const ZIP64_EXTRA = 1;

const STORED = 0;
const DEFLATED = 8;

/** Bytes of the list of entries: some hundred thousand of them. */
const LONGEST_DIRECTORY = 16 * 2 ** 20;

/** Deflate makes at most 1032 bytes of one (a match of 258 from two bits). */
const DEFLATE_RATIO = 1032;

/** Bytes that inflating gives at a time. */
const INFLATED = 1 << 18;

const DAMAGED = 'the archive is damaged';

/** @throws FatalProblem where the archive is cut off or damaged */
export async function readZipEntries(source: ByteSource): Promise<ZipEntry[]> {
  const { start, size, count } = await findDirectory(source);
  if (start + size > source.size) {
    throw new FatalProblem(0, `${DAMAGED}: its list of entries is not where it says.`);
  }
  if (size > LONGEST_DIRECTORY) {
    throw new FatalProblem(
      0,
      `the archive has a list of entries of ${size.toLocaleString('en')} bytes; too many.`,
    );
  }
  const bytes = await source.read(start, start + size);
  const entries: ZipEntry[] = [];
  for (let at = 0; entries.length < count;) {
    if (at + DIRECTORY_ENTRY_SIZE > size || bytes.readUInt32LE(at) !== DIRECTORY_ENTRY) {
      throw new FatalProblem(0, `${DAMAGED}: its list of entries ends early.`);
    }
    const nameLength = bytes.readUInt16LE(at + 28);
    const extraLength = bytes.readUInt16LE(at + 30);
    const next = at + DIRECTORY_ENTRY_SIZE + nameLength + extraLength + bytes.readUInt16LE(at + 32);
    if (next > size) throw new FatalProblem(0, `${DAMAGED}: its list of entries ends early.`);
    const nameStart = at + DIRECTORY_ENTRY_SIZE;
    entries.push({
      name: bytes.toString('utf8', nameStart, nameStart + nameLength),
      method: bytes.readUInt16LE(at + 10),
      encrypted: (bytes.readUInt16LE(at + 8) & 1) === 1,
      checksum: bytes.readUInt32LE(at + 16),
      ...sizesOf(bytes, at, bytes.subarray(nameStart + nameLength, nameStart + nameLength + extraLength)),
    });
    at = next;
  }
  return entries;
}

async function findDirectory(source: ByteSource): Promise<{ start: number; size: number; count: number }> {
  const cutOff = new FatalProblem(
    0,
    'it is no zip archive, or has been cut off: the list of entries at its end is missing.',
  );
  const tailStart = Math.max(0, source.size - END_SIZE - LONGEST_COMMENT);
  const tail = await source.read(tailStart, source.size);
  let at = tail.length - END_SIZE;
  while (at >= 0 && tail.readUInt32LE(at) !== END) at--;
  if (at < 0) throw cutOff;
  const start = tail.readUInt32LE(at + 16);
  const size = tail.readUInt32LE(at + 12);
  const count = tail.readUInt16LE(at + 10);
  const locatorStart = tailStart + at - ZIP64_LOCATOR_SIZE;
  if (locatorStart < 0 || (start < 0xffffffff && size < 0xffffffff && count < 0xffff)) {
    return { start, size, count };
  }
  const locator = await source.read(locatorStart, locatorStart + ZIP64_LOCATOR_SIZE);
  if (locator.readUInt32LE(0) !== ZIP64_LOCATOR) return { start, size, count };
  const endStart = Number(locator.readBigUInt64LE(8));
  if (endStart + ZIP64_END_SIZE > source.size) throw cutOff;
  const end = await source.read(endStart, endStart + ZIP64_END_SIZE);
  if (end.readUInt32LE(0) !== ZIP64_END) throw cutOff;
  return {
    start: Number(end.readBigUInt64LE(48)),
    size: Number(end.readBigUInt64LE(40)),
    count: Number(end.readBigUInt64LE(32)),
  };
}

/** Sizes and start of an entry; those that 32 bits do not hold stand in an extra field, in this order. */
function sizesOf(bytes: Buffer, at: number, extra: Buffer): Pick<ZipEntry, 'size' | 'packedSize' | 'start'> {
  const long = extraField(extra, ZIP64_EXTRA);
  let next = 0;
  const size = (position: number): number => {
    const short = bytes.readUInt32LE(position);
    if (short < 0xffffffff || next + 8 > long.length) return short;
    next += 8;
    return Number(long.readBigUInt64LE(next - 8));
  };
  const content = size(at + 24);
  const packedSize = size(at + 20);
  return { size: content, packedSize, start: size(at + 42) };
}

function extraField(extra: Buffer, id: number): Buffer {
  for (let at = 0; at + 4 <= extra.length;) {
    const length = extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === id) return extra.subarray(at + 4, at + 4 + length);
    at += 4 + length;
  }
  return extra.subarray(0, 0);
}

/**
 * The content of an entry, in pieces of bounded size.
 *
 * @param advice for one whose content would be larger than any recordings
 * @throws FatalProblem where it cannot be unpacked, or is not what the archive says of it
 */
export async function* readZipEntry(
  source: ByteSource,
  entry: ZipEntry,
  advice: string,
): AsyncGenerator<Buffer> {
  const { name, size, checksum } = entry;
  const packed = await packedPieces(source, entry, advice);
  const pieces = entry.method === STORED ? packed : inflate(packed, name);
  let length = 0;
  let sum = 0;
  for await (const piece of pieces) {
    length += piece.length;
    if (length > size) {
      throw new FatalProblem(
        0,
        `${DAMAGED}: ${quote(name)} holds more than the ${size.toLocaleString('en')} bytes it declares.`,
      );
    }
    sum = crc32(piece, sum);
    yield piece;
  }
  if (length < size) {
    const found = length.toLocaleString('en');
    throw new FatalProblem(
      0,
      `${DAMAGED}: ${quote(name)} holds ${found} bytes, not the ${size.toLocaleString('en')} it declares.`,
    );
  }
  if (sum !== checksum) throw new FatalProblem(0, `${DAMAGED}: the checksum of ${quote(name)} is wrong.`);
}

async function packedPieces(
  source: ByteSource,
  entry: ZipEntry,
  advice: string,
): Promise<AsyncGenerator<Buffer>> {
  const { name, size, packedSize, method, encrypted, start } = entry;
  if (encrypted)
    throw new FatalProblem(0, `${quote(name)} is encrypted; save the archive without a password.`);
  if (method !== STORED && method !== DEFLATED) {
    throw new FatalProblem(
      0,
      `${quote(name)} is packed in a way that is not read (method ${method}), expected stored or deflated.`,
    );
  }
  if (start + LOCAL_HEADER_SIZE > source.size) {
    throw new FatalProblem(0, `${DAMAGED}: ${quote(name)} is not where it says.`);
  }
  const header = await source.read(start, start + LOCAL_HEADER_SIZE);
  const dataStart = start + LOCAL_HEADER_SIZE + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (header.readUInt32LE(0) !== LOCAL_HEADER || dataStart + packedSize > source.size) {
    throw new FatalProblem(0, `${DAMAGED}: ${quote(name)} is not where it says.`);
  }
  if (method === STORED ? size !== packedSize : size > packedSize * DEFLATE_RATIO) {
    throw new FatalProblem(
      0,
      `${DAMAGED}: ${quote(name)} declares ${size.toLocaleString('en')} bytes, which ` +
        `${packedSize.toLocaleString('en')} packed ones cannot hold.`,
    );
  }
  checkExpansion(size, packedSize, quote(name), advice);
  return piecesOf(source, dataStart, dataStart + packedSize);
}

async function* inflate(packed: AsyncGenerator<Buffer>, name: string): AsyncGenerator<Buffer> {
  // What goes wrong in either stream is thrown by the loop.
  const inflated = pipeline(
    Readable.from(packed),
    createInflateRaw({ chunkSize: INFLATED }),
    () => undefined,
  );
  try {
    for await (const piece of inflated) yield piece as Buffer;
  } catch (error) {
    if (error instanceof FatalProblem) throw error;
    throw new FatalProblem(0, `${DAMAGED}: ${quote(name)} cannot be unpacked (${messageOf(error)}).`);
  }
}
