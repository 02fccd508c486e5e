// Writes a packed file: values as they come, and at the end what belongs to each recording. It gets its name when it is whole.
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { randomUUID } from 'node:crypto';
import { syncFolder } from '../../shared/node/files.js';
import { MomentSums } from '../moments.js';
import { crc32 } from '../read/crc32.js';
import type { MissingValue } from '../read/reader.js';
import type { Recordings } from '../recordings.js';
import {
  aligned,
  blockBytes,
  type Footer,
  magic,
  type TableName,
  type TablePlace,
  trailerBytes,
  trailerMagic,
  valuesStart,
} from './layout.js';

/** All of a set but its values. */
export interface RecordingTable extends Omit<Recordings, 'values'> {
  /** Whether ids are positions. */
  readonly numbered: boolean;
  /** Number of missing values. */
  readonly missing: number;
  readonly firstMissing: MissingValue | null;
}

/** A packed file that is being written. */
export interface PackedWriter {
  /** Begins the next recording. */
  readonly begin: () => void;
  /** Adds steps to the recording that was begun last, `[steps, channels]`. */
  readonly append: (values: Float32Array) => void;
  /** Writes the rest and gives the file its name. */
  readonly finish: (table: RecordingTable) => Promise<void>;
  /** Removes what was written. */
  readonly abort: () => Promise<void>;
}

/** Begins a packed file in the folder of `path`, which is made if needed. */
export async function startPacked(path: string, channels: number): Promise<PackedWriter> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID().slice(0, 8)}.tmp`;
  const file = openSync(temporary, 'wx');
  const out = new BlockWriter(file);
  const sums = new MomentSums(channels);
  const moments = new GrowingTable();
  const moment = new Float64Array(2 * channels);
  let begun = false;
  const endRecording = (): void => {
    if (!begun) return;
    sums.finish(moment);
    moments.push(moment);
  };
  return {
    begin: () => {
      endRecording();
      begun = true;
    },
    append: (values) => {
      sums.add(values);
      out.write(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    },
    finish: async (table) => {
      endRecording();
      const end = out.flush();
      writeTables(file, end, { table, channels, moments: moments.toArray(), blocks: out.checksums });
      fsyncSync(file);
      closeSync(file);
      await rename(temporary, path);
      await syncFolder(dirname(path));
    },
    abort: async () => {
      closeSync(file);
      await rm(temporary, { force: true });
    },
  };
}

/** Writes values block by block, each with its checksum. */
class BlockWriter {
  private readonly block = Buffer.alloc(blockBytes);
  private filled = 0;
  private at = valuesStart;
  readonly checksums: number[] = [];

  constructor(private readonly file: number) {
    const head = Buffer.alloc(valuesStart);
    magic.copy(head);
    writeAll(file, head, 0);
  }

  write(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length;) {
      const part = bytes.subarray(from, from + blockBytes - this.filled);
      this.block.set(part, this.filled);
      this.filled += part.length;
      from += part.length;
      if (this.filled === blockBytes) this.flush();
    }
  }

  /** Returns where values end. */
  flush(): number {
    if (this.filled > 0) {
      const bytes = this.block.subarray(0, this.filled);
      this.checksums.push(crc32(bytes));
      writeAll(this.file, bytes, this.at);
      this.at += this.filled;
      this.filled = 0;
    }
    return this.at;
  }
}

interface Content {
  readonly table: RecordingTable;
  readonly channels: number;
  readonly moments: Float64Array;
  readonly blocks: readonly number[];
}

function writeTables(file: number, end: number, { table, channels, moments, blocks }: Content): void {
  const { labels, lines, fileIndices, offsets, groups, ids, numbered } = table;
  const groupNames = groups === null ? null : [...new Set(groups)];
  const groupIndex = new Map(groupNames?.map((name, i) => [name, i]));
  const idBytes = numbered ? [] : ids.map((id) => Buffer.from(id));
  let idEnd = 0;
  const tables: Partial<Record<TableName, TablePlace>> = {};
  let at = aligned(end);
  const put = (name: TableName, array: Float64Array | Int32Array | Uint32Array | Uint8Array): void => {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    writeAll(file, bytes, at);
    tables[name] = { start: at, length: array.length, crc32: crc32(bytes) };
    at = aligned(at + bytes.length);
  };
  put('offsets', offsets);
  put('labels', labels);
  put('lines', lines);
  put('fileIndices', fileIndices);
  put('moments', moments);
  if (groups !== null)
    put(
      'groups',
      Int32Array.from(groups, (name) => groupIndex.get(name) ?? -1),
    );
  if (!numbered) {
    put(
      'idEnds',
      Float64Array.from(idBytes, ({ length }) => (idEnd += length)),
    );
    put('ids', Buffer.concat(idBytes));
  }
  put('blocks', Uint32Array.from(blocks));
  const footer: Footer = {
    channels,
    steps: offsets[labels.length],
    recordings: labels.length,
    channelNames: table.channelNames,
    classes: table.classes,
    groupNames,
    files: table.files,
    numbered,
    missing: table.missing,
    firstMissing: table.firstMissing,
    tables,
  };
  const text = Buffer.from(JSON.stringify(footer));
  const trailer = Buffer.alloc(trailerBytes);
  trailer.writeDoubleLE(at, 0);
  trailer.writeUInt32LE(crc32(text), 8);
  trailerMagic.copy(trailer, 12);
  writeAll(file, Buffer.concat([text, trailer]), at);
}

function writeAll(file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(file, bytes, done, bytes.length - done, position + done);
  }
}

/** Rows of numbers, one after another. */
class GrowingTable {
  private data = new Float64Array(1 << 10);
  private length = 0;

  push(row: Float64Array): void {
    if (this.length + row.length > this.data.length) {
      const larger = new Float64Array(Math.max(2 * this.data.length, this.length + row.length));
      larger.set(this.data.subarray(0, this.length));
      this.data = larger;
    }
    this.data.set(row, this.length);
    this.length += row.length;
  }

  toArray(): Float64Array {
    return this.data.slice(0, this.length);
  }
}
