// CRC-32C (Castagnoli), the checksum of TFRecord files, as RFC 3720 defines it in appendix B.4.

/** The Castagnoli polynomial with its bits reversed. */
const polynomial = 0x82f63b78;

/** The checksum's change for each value of a byte. */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let change = byte;
  for (let bit = 0; bit < 8; bit++) change = change & 1 ? (change >>> 1) ^ polynomial : change >>> 1;
  return change;
});

/** The CRC-32C of bytes, unsigned. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = table[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/**
 * The checksum as TFRecord files store it: rotated right by 15 bits plus a constant, so that a checksum of data which
 * hold checksums is of use (tensorflow/core/lib/hash/crc32c.h).
 */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
