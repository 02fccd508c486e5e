// NumPy arrays and archives as NumPy writes them.
import { crc32 } from '../../dist/data/read/crc32.js';
import { deflateRawSync } from 'node:zlib';

/** A `.npy` file of the entries of a typed array. */
export function npyFile(descr, shape, entries) {
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${axes}), }`;
  const header = Buffer.from(`${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`);
  const start = Buffer.from('\x93NUMPY\x01\0\0\0', 'latin1');
  start.writeUInt16LE(header.length, 8);
  return Buffer.concat([start, header, Buffer.from(entries.buffer, entries.byteOffset, entries.byteLength)]);
}

/** An `.npz` archive of arrays by name. */
export function zipFile(arrays, { deflate = false } = {}) {
  const files = [];
  const directory = [];
  let at = 0;
  for (const [array, content] of Object.entries(arrays)) {
    const name = Buffer.from(`${array}.npy`);
    const packed = deflate ? deflateRawSync(content) : content;
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(deflate ? 8 : 0, 4);
    shared.writeUInt32LE(crc32(content), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(content.length, 18);
    shared.writeUInt16LE(name.length, 22);
    const position = Buffer.alloc(4);
    position.writeUInt32LE(at);
    directory.push(Buffer.from('PK\x01\x02\x14\0', 'latin1'), shared, Buffer.alloc(10), position, name);
    const file = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), shared, name, packed]);
    files.push(file);
    at += file.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(Object.keys(arrays).length, 8);
  end.writeUInt16LE(Object.keys(arrays).length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...files, entries, end]);
}
