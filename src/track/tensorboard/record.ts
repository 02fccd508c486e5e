// The framing of a TFRecord file, in which each record has its length and checksums around it.
import { maskedCrc32c } from './crc32c.js';

/**
 * One record: length (uint64), masked CRC-32C of the length (uint32), data, masked CRC-32C of the data (uint32), all
 * little-endian.
 */
export function frameRecord(data: Uint8Array): Buffer {
  const framed = Buffer.alloc(8 + 4 + data.length + 4);
  framed.writeBigUInt64LE(BigInt(data.length), 0);
  framed.writeUInt32LE(maskedCrc32c(framed.subarray(0, 8)), 8);
  framed.set(data, 12);
  framed.writeUInt32LE(maskedCrc32c(data), 12 + data.length);
  return framed;
}
