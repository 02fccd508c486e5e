// The text of files, gzipped or not, unpacked in memory.
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { messageOf } from '../../shared/errors.js';
import { checkExpansion } from './expansion.js';
import { FatalProblem } from './problems.js';

/** Bytes that unpacking gives at a time. */
const PIECE = 1 << 18;

/** Bytes of text that can be read. */
const LONGEST_TEXT = 2 ** 31;

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * The text of a file as bytes, unpacked, without a byte order mark.
 *
 * @throws FatalProblem where it is packed and damaged or cut off, grows beyond what recordings do, or is no text
 */
export async function unpackText(content: Buffer, file: string): Promise<Buffer> {
  const isGzip = content[0] === 0x1f && content[1] === 0x8b;
  if (isGzip && /\.(npy|npz|parquet)\.gz$/i.test(file)) {
    throw new FatalProblem(0, 'only text is read from gzipped files; unpack this one first.');
  }
  const bytes = isGzip ? await gunzip(content) : content;
  return bytes.subarray(0, 3).equals(BOM) ? bytes.subarray(3) : bytes;
}

async function gunzip(packed: Buffer): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    // What goes wrong in either stream is thrown by the loop.
    for await (const piece of pipeline(
      Readable.from([packed]),
      createGunzip({ chunkSize: PIECE }),
      () => undefined,
    )) {
      length += (piece as Buffer).length;
      checkExpansion(length, packed.length, 'the file', 'Unpack it, if it is right.');
      if (length > LONGEST_TEXT) {
        throw new FatalProblem(0, 'the file is larger than 2 GiB unpacked. Split it and name all its parts.');
      }
      pieces.push(piece as Buffer);
    }
  } catch (error) {
    if (error instanceof FatalProblem) throw error;
    throw new FatalProblem(0, `the gzipped file is damaged or was cut off (${messageOf(error)}).`);
  }
  return Buffer.concat(pieces);
}
