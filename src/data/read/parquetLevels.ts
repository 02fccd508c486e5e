// Parquet's encoding of small whole numbers: runs of one of them, and groups of eight packed into bits. hyparquet's own trusts the
// lengths of runs, so that a few damaged bytes make it fill the memory.
import { invalidParquet } from './parquetFooter.js';

/**
 * Reads `count` numbers of `width` bits.
 *
 * @throws FatalProblem where there are fewer
 */
export function readHybrid(bytes: Uint8Array, width: number, count: number): Int32Array {
  const values = new Int32Array(count);
  if (width === 0) return values;
  const damaged = invalidParquet('levels or indices end early');
  if (width > 32) throw damaged;
  let at = 0;
  for (let done = 0; done < count;) {
    let header = 0;
    for (let shift = 0, byte = 0x80; byte >= 0x80; shift += 7) {
      if (at === bytes.length || shift > 28) throw damaged;
      byte = bytes[at++];
      header += (byte & 0x7f) * 2 ** shift;
    }
    const length = Math.floor(header / 2);
    if (header % 2 === 0) {
      const valueBytes = Math.ceil(width / 8);
      if (at + valueBytes > bytes.length) throw damaged;
      let value = 0;
      for (let i = 0; i < valueBytes; i++) value |= bytes[at++] << (8 * i);
      values.fill(value, done, done + length);
      done += length;
    } else {
      const packed = bytes.subarray(at, at + length * width);
      const end = Math.min(count, done + 8 * length);
      if (packed.length * 8 < (end - done) * width) throw damaged;
      unpackBits(packed, width, values.subarray(done, end));
      at += packed.length;
      done += 8 * length;
    }
  }
  return values;
}

function unpackBits(bytes: Uint8Array, width: number, values: Int32Array): void {
  let at = 0;
  let bit = 0;
  for (let i = 0; i < values.length; i++) {
    let value = 0;
    for (let got = 0; got < width;) {
      const taken = Math.min(8 - bit, width - got);
      value |= ((bytes[at] >> bit) & ((1 << taken) - 1)) << got;
      got += taken;
      bit += taken;
      if (bit === 8) {
        bit = 0;
        at++;
      }
    }
    values[i] = value;
  }
}
