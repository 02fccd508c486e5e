// NumPy arrays and zip archives as bytes, written by hand so that tests can write wrong ones, too.
import { deflateRawSync } from 'node:zlib';
import { crc32 } from '../../src/data/read/crc32.js';

/** A `.npy` file; `shape` as Python writes it. */
export function npy(descr: string, shape: string, entries: Uint8Array, order = 'False'): Buffer {
  return npyWithHeader(`{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`, entries);
}

/** A `.npy` file with any header. */
export function npyWithHeader(header: string, entries: Uint8Array): Buffer {
  const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`;
  const start = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, padded.length & 0xff, padded.length >> 8]);
  return Buffer.concat([start, Buffer.from(padded, 'latin1'), entries]);
}

/** Float32 entries. */
export function floats(...values: number[]): Buffer {
  return Buffer.from(Float32Array.from(values).buffer);
}

/** Float64 entries. */
export function doubles(...values: number[]): Buffer {
  return Buffer.from(Float64Array.from(values).buffer);
}

/** Int32 entries. */
export function integers(...values: number[]): Buffer {
  return Buffer.from(Int32Array.from(values).buffer);
}

/** What of an entry of a zip archive is to be other than it should. */
export interface ZipOptions {
  readonly deflate?: boolean;
  /** The size that the archive declares. */
  readonly size?: number;
  readonly checksum?: number;
}

/** A zip archive. */
export function zip(entries: Readonly<Record<string, Buffer>>, options: ZipOptions = {}): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(entries)) {
    const packed = options.deflate === true ? deflateRawSync(content) : content;
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(options.deflate === true ? 8 : 0, 4);
    shared.writeUInt32LE(options.checksum ?? crc32(content), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(options.size ?? content.length, 18);
    shared.writeUInt16LE(name.length, 22);
    const start = Buffer.alloc(4);
    start.writeUInt32LE(at);
    const file = Buffer.concat([Buffer.from('PK\x03\x04'), shared, Buffer.from(name), packed]);
    directory.push(
      Buffer.concat([Buffer.from('PK\x01\x02\x14\0'), shared, Buffer.alloc(10), start, Buffer.from(name)]),
    );
    files.push(file);
    at += file.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(
    directory.reduce((sum, { length }) => sum + length, 0),
    12,
  );
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...files, ...directory, end]);
}
