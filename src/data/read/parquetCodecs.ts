// How the pages of a Parquet file are compressed: with Snappy mostly, or with what Node unpacks by itself.
import zlib from 'node:zlib';
import type { CompressionCodec } from 'hyparquet';
import { messageOf } from '../../shared/errors.js';
import { FatalProblem } from './problems.js';
import { checkExpansion } from './expansion.js';
import { invalidParquet } from './parquetFooter.js';

type Unpack = (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;

// Node has it from 22.15 on.
const { zstdDecompressSync } = zlib as typeof zlib & { zstdDecompressSync?: Unpack };

/**
 * The bytes of a page.
 *
 * @param size that they have, as the page declares it
 * @throws FatalProblem where they cannot be unpacked
 */
export function unpackPage(bytes: Uint8Array, codec: CompressionCodec | undefined, size: number): Uint8Array {
  if (!(size >= 0)) throw invalidParquet('a page has no size');
  checkExpansion(size, bytes.length, 'a page', 'Write it without compression, if it is right.');
  const unpacked = unpack(bytes, codec, size);
  if (unpacked.length === size) return unpacked;
  throw invalidParquet(
    `a page of ${size.toLocaleString('en')} bytes unpacks to ${unpacked.length.toLocaleString('en')}`,
  );
}

function unpack(bytes: Uint8Array, codec: CompressionCodec | undefined, size: number): Uint8Array {
  switch (codec) {
    case 'UNCOMPRESSED':
      return bytes;
    case 'SNAPPY':
      return unpackSnappy(bytes, size);
    case 'GZIP':
      return unpackWith((...args) => zlib.gunzipSync(...args), bytes, size);
    case 'BROTLI':
      return unpackWith((...args) => zlib.brotliDecompressSync(...args), bytes, size);
    case 'ZSTD':
      if (zstdDecompressSync !== undefined) return unpackWith(zstdDecompressSync, bytes, size);
      throw new FatalProblem(
        0,
        `compressed with zstd, which Node ${process.versions.node} does not unpack. Use Node 22.15 or later, or write the file ` +
          "with compression='snappy'.",
      );
    case undefined:
      throw invalidParquet('its compression is of no kind that there is');
    default:
      throw new FatalProblem(
        0,
        `compressed with ${codec}, which is not read; write the file with compression='snappy'.`,
      );
  }
}

function unpackWith(unpacker: Unpack, bytes: Uint8Array, size: number): Uint8Array {
  try {
    return size === 0 ? new Uint8Array(0) : unpacker(bytes, { maxOutputLength: size });
  } catch (error) {
    throw invalidParquet(`a page cannot be unpacked (${messageOf(error)})`);
  }
}

/** Snappy's format: literals, and copies of what has been unpacked (format_description.txt of google/snappy). */
export function unpackSnappy(bytes: Uint8Array, size: number): Uint8Array {
  const damaged = invalidParquet('a page cannot be unpacked (damaged Snappy data)');
  let at = 0;
  const number = (length: number): number => {
    if (at + length > bytes.length) throw damaged;
    let value = 0;
    for (let i = 0; i < length; i++) value += bytes[at++] * 2 ** (8 * i);
    return value;
  };
  // The length of the content, seven bits a byte, is declared by the page, too.
  while (number(1) >= 0x80);
  const unpacked = new Uint8Array(size);
  let written = 0;
  while (at < bytes.length) {
    const tag = number(1);
    const kind = tag & 3;
    if (kind === 0) {
      const short = tag >> 2;
      const length = 1 + (short < 60 ? short : number(short - 59));
      if (at + length > bytes.length || written + length > size) throw damaged;
      unpacked.set(bytes.subarray(at, at + length), written);
      at += length;
      written += length;
      continue;
    }
    const length = kind === 1 ? 4 + ((tag >> 2) & 7) : 1 + (tag >> 2);
    const distance = kind === 1 ? (tag >> 5) * 256 + number(1) : number(kind === 2 ? 2 : 4);
    if (distance === 0 || distance > written || written + length > size) throw damaged;
    // Byte by byte, since a copy may go on into what it writes.
    for (let i = 0; i < length; i++, written++) unpacked[written] = unpacked[written - distance];
  }
  return unpacked.subarray(0, written);
}
