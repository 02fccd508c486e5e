// Opens a packed file: what belongs to each recording is read at once, values where they are asked for. Everything is checked against its
// checksum: tables when the file is opened, values when a block of them is read first.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { UserError } from '../../shared/errors.js';
import { crc32 } from '../read/crc32.js';
import {
  blockBytes,
  type Footer,
  magic,
  type TableName,
  tableTypes,
  trailerBytes,
  trailerMagic,
  valuesStart,
} from './layout.js';
import type { RecordingTable } from './writePacked.js';

/** A packed file that is open. */
export interface PackedFile extends RecordingTable {
  /** The moments of each recording, `[recordings, channels, 2]`: see `MomentSums`. */
  readonly moments: Float64Array;
  /**
   * The values of recording `index`, `[time, channels]`. They stay until the next call.
   *
   * @throws UserError where they are not what was written
   */
  readonly read: (index: number) => Float32Array;
  readonly close: () => void;
}

/** @throws UserError where it is no packed file, damaged, cut off, or of another version */
export function openPacked(path: string): PackedFile {
  const file = openSync(path, 'r');
  try {
    return openFile(file, path);
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** Whether a file begins as packed files do. */
export function looksPacked(start: Uint8Array): boolean {
  return magic.equals(start.subarray(0, magic.length));
}

function openFile(file: number, path: string): PackedFile {
  const damaged = (what: string): UserError =>
    new UserError(`${what}: the packed file is damaged or was cut off. Prepare it again.`, { file: path });
  const { size } = fstatSync(file);
  if (size < valuesStart + trailerBytes) throw damaged(`the file has ${size.toLocaleString('en')} bytes`);
  const readBytes = (start: number, length: number): Buffer => {
    const bytes = Buffer.from(new ArrayBuffer(length));
    readAll(file, bytes, start, () => damaged('it ends too soon'));
    return bytes;
  };
  const trailer = readBytes(size - trailerBytes, trailerBytes);
  const start = trailer.readDoubleLE(0);
  const isRight =
    trailer.subarray(12).equals(trailerMagic) &&
    Number.isSafeInteger(start) &&
    start >= valuesStart &&
    start < size - trailerBytes;
  if (!isRight || !looksPacked(readBytes(0, magic.length)))
    throw damaged('it does not begin and end as packed files do');
  const text = readBytes(start, size - trailerBytes - start);
  if (crc32(text) !== trailer.readUInt32LE(8)) throw damaged('its list of contents has another checksum');
  const footer = JSON.parse(text.toString()) as Footer;
  const table = <Name extends TableName>(name: Name): InstanceType<(typeof tableTypes)[Name]> => {
    const place = footer.tables[name];
    if (place === undefined) throw damaged(`it has no ${name}`);
    const type = tableTypes[name];
    const bytes = readBytes(place.start, place.length * type.BYTES_PER_ELEMENT);
    if (crc32(bytes) !== place.crc32) throw damaged(`its ${name} have another checksum`);
    return new type(bytes.buffer as ArrayBuffer, 0, place.length) as InstanceType<(typeof tableTypes)[Name]>;
  };
  const {
    channels,
    steps,
    groupNames,
    recordings,
    channelNames,
    classes,
    files,
    numbered,
    missing,
    firstMissing,
  } = footer;
  const rest = { channelNames, classes, files, numbered, missing, firstMissing };
  const offsets = table('offsets');
  const blocks = table('blocks');
  const bytesOfValues = steps * channels * 4;
  if (blocks.length !== Math.ceil(bytesOfValues / blockBytes)) throw damaged('it has too few checksums');
  const checked = new Uint8Array(blocks.length);
  const block = Buffer.alloc(blockBytes);
  const check = (first: number, last: number): void => {
    for (let i = first; i <= last; i++) {
      if (checked[i] === 1) continue;
      const bytes = block.subarray(0, Math.min(blockBytes, bytesOfValues - i * blockBytes));
      readAll(file, bytes, valuesStart + i * blockBytes, () => damaged('it ends too soon'));
      if (crc32(bytes) !== blocks[i]) throw damaged(`values in block ${i} have another checksum`);
      checked[i] = 1;
    }
  };
  let values = new Float32Array(0);
  return {
    ...rest,
    channels,
    offsets,
    labels: table('labels'),
    lines: table('lines'),
    fileIndices: table('fileIndices'),
    moments: table('moments'),
    groups: groupNames === null ? null : Array.from(table('groups'), (group) => groupNames[group]),
    ids: rest.numbered
      ? Array.from({ length: recordings }, (_, i) => String(i))
      : readIds(table('ids'), table('idEnds')),
    read: (index) => {
      const from = offsets[index] * channels * 4;
      const to = offsets[index + 1] * channels * 4;
      if (to === from) return new Float32Array(0);
      check(Math.floor(from / blockBytes), Math.floor((to - 1) / blockBytes));
      if (values.byteLength < to - from) values = new Float32Array((to - from) / 2);
      const bytes = Buffer.from(values.buffer, 0, to - from);
      readAll(file, bytes, valuesStart + from, () => damaged('it ends too soon'));
      return values.subarray(0, (to - from) / 4);
    },
    close: () => {
      closeSync(file);
    },
  };
}

function readIds(bytes: Uint8Array, ends: Float64Array): string[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from(ends, (end, i) => text.toString('utf8', i === 0 ? 0 : ends[i - 1], end));
}

function readAll(file: number, bytes: Buffer, position: number, ended: () => Error): void {
  for (let done = 0; done < bytes.length;) {
    const read = readSync(file, bytes, done, bytes.length - done, position + done);
    if (read === 0) throw ended();
    done += read;
  }
}
