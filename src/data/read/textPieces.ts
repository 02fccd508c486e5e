// The text of a file, piece by piece, unpacked where it is gzipped.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { codeOf, messageOf } from '../../shared/errors.js';
import { checkExpansion } from './expansion.js';
import { FatalProblem } from './problems.js';

/** Bytes of a piece. */
const PIECE = 1 << 20;

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Text in pieces of about a megabyte, without a byte order mark. The first of them begins with the text's first 64 KiB, or
 * with all of it where it is shorter.
 *
 * @param content of the file, where it has been read
 * @param onBytes hears of the bytes that are read from the file
 * @throws FatalProblem where a gzipped file is damaged, cut off, or grows beyond what recordings do
 */
export async function* textPieces(
  file: string,
  content: Buffer | null,
  onBytes?: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const raw = content === null ? createReadStream(file, { highWaterMark: PIECE }) : Readable.from([content]);
  const chunks = heard(raw, onBytes);
  try {
    const first = await take(chunks, 2);
    const pieces = isGzip(first) ? gunzipped(first, chunks, file) : joined(first, chunks);
    const start = await take(pieces, 1 << 16);
    yield start.subarray(0, BOM.length).equals(BOM) ? start.subarray(BOM.length) : start;
    yield* pieces;
  } finally {
    raw.destroy();
  }
}

async function* heard(
  chunks: AsyncIterable<Buffer>,
  onBytes: ((bytes: number) => void) | undefined,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    onBytes?.(chunk.length);
    yield chunk;
  }
}

/** The first pieces as one of at least `bytes` bytes, or all of them. */
async function take(pieces: AsyncIterator<Buffer>, bytes: number): Promise<Buffer> {
  const taken: Buffer[] = [];
  for (let length = 0; length < bytes;) {
    const next = await pieces.next();
    if (next.done === true) break;
    taken.push(next.value);
    length += next.value.length;
  }
  return taken.length === 1 ? taken[0] : Buffer.concat(taken);
}

async function* joined(first: Buffer, others: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  for (let next = await others.next(); next.done !== true; next = await others.next()) yield next.value;
}

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

async function* gunzipped(
  first: Buffer,
  others: AsyncIterator<Buffer>,
  file: string,
): AsyncGenerator<Buffer> {
  if (/\.(npy|npz|parquet)\.gz$/i.test(file)) {
    throw new FatalProblem(0, 'only text is read from gzipped files; unpack this one first.');
  }
  const { size } = await stat(file);
  let length = 0;
  try {
    // What goes wrong in either stream is thrown by the loop.
    for await (const piece of pipeline(
      Readable.from(joined(first, others)),
      createGunzip({ chunkSize: PIECE }),
      () => undefined,
    )) {
      length += (piece as Buffer).length;
      checkExpansion(length, size, 'the file', 'Unpack it, if it is right.');
      yield piece as Buffer;
    }
  } catch (error) {
    if (error instanceof FatalProblem || !isOfZlib(error)) throw error;
    throw new FatalProblem(0, `the gzipped file is damaged or was cut off (${messageOf(error)}).`);
  }
}

/** Whether unpacking went wrong, rather than reading. */
function isOfZlib(error: unknown): boolean {
  return /^Z_|^ERR_/.test(codeOf(error) ?? '');
}
