// Writes a packed file: values as they come, and at the end what belongs to each recording. It gets its name when it is whole.
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../../shared/node/files.js';
import { MomentSums } from '../moments.js';
import { crc32 } from '../read/crc32.js';
import type { Recordings } from '../recordings.js';
import { ValueHash } from '../valueHash.js';
import { GrowingNumbers } from '../growingNumbers.js';
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
import type { PackedContent } from './openPacked.js';
import { readAll } from './openValues.js';
import { temporaryBeside } from './temporaries.js';
import { writeErrorOf, writing } from './writing.js';

/** All of a set but its values. */
export interface PackedTable extends Omit<PackedContent, 'recordings'> {
  readonly recordings: Omit<Recordings, 'values' | 'times' | 'offsets'>;
}

/** A packed file that is being written. */
export interface PackedWriter {
  /** Adds steps to the recording that is being written, `[steps, channels]`. */
  readonly append: (values: Float32Array) => void;
  /** Ends the recording. */
  readonly end: () => void;
  /** Writes the rest and gives the file its name. */
  readonly finish: (table: PackedTable) => Promise<void>;
  /** Removes what was written. */
  readonly abort: () => void;
}

/**
 * Begins a packed file in the folder of `path`, which is made if needed.
 *
 * @throws PackWriteError or UserError, as all that the writer does, where the file cannot be written
 */
export function startPacked(path: string, channels: number): PackedWriter {
  const writer = writing(path, () => start(path, channels));
  return {
    append: (values) => {
      writing(path, () => {
        writer.append(values);
      });
    },
    end: () => {
      writing(path, writer.end);
    },
    finish: (table) =>
      writer.finish(table).catch((error: unknown) => {
        throw writeErrorOf(path, error);
      }),
    abort: writer.abort,
  };
}

function start(path: string, channels: number): PackedWriter {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = temporaryBeside(path, 'packing');
  const aside = temporaryBeside(path, 'moments');
  const open: number[] = [];
  const close = (): void => {
    for (const file of open.splice(0)) closeSync(file);
  };
  const discard = (): void => {
    close();
    for (const name of [temporary, aside]) rmSync(name, { force: true });
  };
  try {
    for (const name of [temporary, aside]) open.push(openSync(name, 'wx+'));
    const head = Buffer.alloc(valuesStart);
    magic.copy(head);
    writeAll(open[0], head, 0);
  } catch (error) {
    discard();
    throw error;
  }
  const [file, momentsFile] = open;
  const values = new BlockWriter(file, valuesStart);
  const moments = new BlockWriter(momentsFile, 0);
  const sums = new MomentSums(channels);
  const hash = new ValueHash();
  const offsets = new GrowingNumbers(Float64Array);
  const hashes = new GrowingNumbers(Int32Array);
  let steps = 0;
  offsets.push(0);
  return {
    append: (added) => {
      sums.add(added);
      hash.add(added);
      values.write(new Uint8Array(added.buffer, added.byteOffset, added.byteLength));
      steps += added.length / channels;
    },
    end: () => {
      moments.write(new Uint8Array(sums.finish().buffer));
      hashes.push(hash.finish());
      offsets.push(steps);
    },
    finish: async (table) => {
      const tables = new TableWriter(file, values.flush());
      tables.copy('moments', momentsFile, moments.flush());
      tables.put('offsets', offsets.toArray());
      tables.put('hashes', hashes.toArray());
      tables.put('blocks', Uint32Array.from(values.checksums));
      writeTables(tables, { table, channels, steps });
      fsyncSync(file);
      close();
      await rm(aside);
      await rename(temporary, path);
      await syncFolder(dirname(path));
    },
    abort: discard,
  };
}

/** Writes bytes one after another, block by block, each with its checksum. */
class BlockWriter {
  private readonly block = Buffer.alloc(blockBytes);
  private filled = 0;
  readonly checksums: number[] = [];

  constructor(
    private readonly file: number,
    private at: number,
  ) {}

  write(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length;) {
      const part = bytes.subarray(from, from + blockBytes - this.filled);
      this.block.set(part, this.filled);
      this.filled += part.length;
      from += part.length;
      if (this.filled === blockBytes) this.flush();
    }
  }

  /** Returns where what was written ends. */
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

/** Writes tables one after another. */
class TableWriter {
  readonly places: Partial<Record<TableName, TablePlace>> = {};
  at: number;

  constructor(
    readonly file: number,
    end: number,
  ) {
    this.at = aligned(end);
  }

  put(name: TableName, array: Float64Array | Int32Array | Uint32Array | Uint8Array): void {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    writeAll(this.file, bytes, this.at);
    this.places[name] = { start: this.at, length: array.length, crc32: crc32(bytes) };
    this.at = aligned(this.at + bytes.length);
  }

  /** A table of float64 that was written to another file. */
  copy(name: TableName, from: number, length: number): void {
    const piece = Buffer.alloc(blockBytes);
    let sum = 0;
    for (let at = 0; at < length; at += blockBytes) {
      const bytes = piece.subarray(0, Math.min(blockBytes, length - at));
      if (!readAll(from, bytes, at)) throw new Error('the file of moments became shorter');
      sum = crc32(bytes, sum);
      writeAll(this.file, bytes, this.at + at);
    }
    this.places[name] = { start: this.at, length: length / 8, crc32: sum };
    this.at = aligned(this.at + length);
  }
}

interface Content {
  readonly table: PackedTable;
  readonly channels: number;
  readonly steps: number;
}

function writeTables(tables: TableWriter, { table, channels, steps }: Content): void {
  const { recordings, numbered, missing, firstMissing, prepared } = table;
  const { labels, lines, fileIndices, ids, channelNames, classes, files, stepLabels } = recordings;
  tables.put('labels', labels);
  tables.put('lines', lines);
  tables.put('fileIndices', fileIndices);
  if (stepLabels !== undefined) tables.put('stepLabels', stepLabels);
  const named = (name: 'groups' | 'splits'): string[] | null => {
    const names = recordings[name];
    if (names === null) return null;
    const indices = new Map<string, number>();
    for (const each of names) if (!indices.has(each)) indices.set(each, indices.size);
    tables.put(
      name,
      Int32Array.from(names, (each) => indices.get(each) ?? -1),
    );
    return [...indices.keys()];
  };
  const [groupNames, splitNames] = [named('groups'), named('splits')];
  if (!numbered) {
    const bytes = ids.map((id) => Buffer.from(id));
    let end = 0;
    tables.put(
      'idEnds',
      Float64Array.from(bytes, ({ length }) => (end += length)),
    );
    tables.put('ids', Buffer.concat(bytes));
  }
  const footer: Footer = {
    ...{ channels, steps, recordings: labels.length, channelNames, classes, groupNames, splitNames, files },
    ...{ numbered, missing, firstMissing, prepared, tables: tables.places },
  };
  const text = Buffer.from(JSON.stringify(footer));
  const trailer = Buffer.alloc(trailerBytes);
  trailer.writeDoubleLE(tables.at, 0);
  trailer.writeUInt32LE(crc32(text), 8);
  trailerMagic.copy(trailer, 12);
  writeAll(tables.file, Buffer.concat([text, trailer]), tables.at);
}

function writeAll(file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(file, bytes, done, bytes.length - done, position + done);
  }
}
