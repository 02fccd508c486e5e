// The values of a packed file, read where they are asked for. Each block is checked against its checksum when it is read first.
import { closeSync, openSync, readSync } from 'node:fs';
import { messageOf, UserError } from '../../shared/errors.js';
import { MOMENTS, type Moments } from '../moments.js';
import { crc32 } from '../read/crc32.js';
import { blockBytes, valuesStart } from './layout.js';

/** The values of a packed file, and what reading them needs. */
export interface PackedValues {
  readonly kind: 'packed';
  readonly path: string;
  readonly channels: number;
  /** Where each recording starts, in steps, and where the last one ends. */
  readonly offsets: Float64Array;
  /** CRC-32 of each block. */
  readonly blocks: Uint32Array;
  /** See `ValueHash`; one a recording. */
  readonly hashes: Int32Array;
  /** The byte at which the table of moments starts. */
  readonly momentsStart: number;
}

/** Values of a file that is open. What is given stays until the next call. */
export interface OpenValues {
  /**
   * Steps `from … to` of recording `index`, `[steps, channels]`.
   *
   * @throws UserError where they are not what was written
   */
  readonly read: (index: number, from: number, to: number) => Float32Array;
  /** The moments of recording `index`. */
  readonly moments: (index: number) => Moments;
}

const open = new WeakMap<PackedValues, OpenValues>();

/** Files are closed when nobody reads them any more. */
const closing = new FinalizationRegistry(closeSync);

/** @throws UserError where the file cannot be opened */
export function openValues(values: PackedValues): OpenValues {
  let opened = open.get(values);
  if (opened === undefined) {
    opened = openFile(values);
    open.set(values, opened);
  }
  return opened;
}

/** What is said of a packed file that is not what was written. */
export function damaged(what: string): string {
  return `${what}: the packed file is damaged or was cut off. Prepare it again; in the cache folder, remove it, and the next run makes it anew.`;
}

function openFile({ path, channels, offsets, blocks, momentsStart }: PackedValues): OpenValues {
  const file = openAgain(path);
  const bytesOfValues = offsets[offsets.length - 1] * channels * 4;
  const checked = new Uint8Array(blocks.length);
  const block = Buffer.alloc(blockBytes);
  const fill = (bytes: Buffer, position: number): void => {
    if (!readAll(file, bytes, position)) throw new UserError(damaged('it ends too soon'), { file: path });
  };
  const check = (first: number, last: number): void => {
    for (let i = first; i <= last; i++) {
      if (checked[i] === 1) continue;
      const bytes = block.subarray(0, Math.min(blockBytes, bytesOfValues - i * blockBytes));
      fill(bytes, valuesStart + i * blockBytes);
      if (crc32(bytes) !== blocks[i]) {
        throw new UserError(damaged(`values in block ${i} have another checksum`), { file: path });
      }
      checked[i] = 1;
    }
  };
  let values = new Float32Array(0);
  const moments = new Float64Array(MOMENTS * channels);
  const opened: OpenValues = {
    read: (index, from, to) => {
      const start = (offsets[index] + from) * channels * 4;
      const end = (offsets[index] + to) * channels * 4;
      if (start === end) return new Float32Array(0);
      check(Math.floor(start / blockBytes), Math.floor((end - 1) / blockBytes));
      if (values.byteLength < end - start) values = new Float32Array((end - start) / 2);
      fill(Buffer.from(values.buffer, 0, end - start), valuesStart + start);
      return values.subarray(0, (end - start) / 4);
    },
    moments: (index) => {
      fill(Buffer.from(moments.buffer), momentsStart + index * moments.byteLength);
      return moments;
    },
  };
  closing.register(opened.read, file);
  return opened;
}

function openAgain(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw new UserError(`the packed file cannot be opened any more: ${messageOf(error)}.`, { file: path });
  }
}

/** Fills `bytes` from `position` on; false where the file ends before. */
export function readAll(file: number, bytes: Uint8Array, position: number): boolean {
  for (let done = 0; done < bytes.length;) {
    const read = readSync(file, bytes, done, bytes.length - done, position + done);
    if (read === 0) return false;
    done += read;
  }
  return true;
}
