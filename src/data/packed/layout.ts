// The layout of a packed file: a magic number, the values of all recordings one after another, tables with an entry a recording, and a
// footer in JSON that says where everything is. All numbers are little-endian.
//
//   0            "masq packed 1\n" and zeros up to byte 4,096
//   4,096        values, float32 [steps of all recordings, channels]
//   …            tables, each beginning at a multiple of 8
//   …            footer: JSON
//   last 16      the footer's start (float64), its CRC-32 (uint32), "masq"

import type { MissingValue } from '../read/reader.js';

/** Raised where files of before cannot be read any more. */
export const packedRevision = 1;

/** What every packed file begins with, whatever its revision. */
export const packedMagic = Buffer.from('masq packed ');
export const magic = Buffer.from(`masq packed ${packedRevision}\n`);
export const valuesStart = 4096;
export const trailerBytes = 16;
export const trailerMagic = Buffer.from('masq');

/** Values are checked by blocks of so many bytes: small ones, so that the first reading of a recording reads little more than it. */
export const blockBytes = 1 << 16;

/** What the tables hold. */
export const tableTypes = {
  /** Where each recording starts, in steps, and where the last one ends. */
  offsets: Float64Array,
  labels: Int32Array,
  groups: Int32Array,
  splits: Int32Array,
  lines: Int32Array,
  fileIndices: Int32Array,
  /** See `Moments`. `[recordings, channels, 3]` */
  moments: Float64Array,
  /** See `ValueHash`. */
  hashes: Int32Array,
  /** The class of each step, where it changes within a recording. */
  stepLabels: Int32Array,
  /** Where each id ends among the bytes of all. */
  idEnds: Float64Array,
  ids: Uint8Array,
  /** CRC-32 of each block of values. */
  blocks: Uint32Array,
} as const;

export type TableName = keyof typeof tableTypes;

/** Where a table is. */
export interface TablePlace {
  readonly start: number;
  /** Entries. */
  readonly length: number;
  readonly crc32: number;
}

/** What the footer says. */
export interface Footer {
  readonly channels: number;
  readonly steps: number;
  readonly recordings: number;
  readonly channelNames: readonly string[] | null;
  readonly classes: readonly string[];
  readonly groupNames: readonly string[] | null;
  readonly splitNames: readonly string[] | null;
  readonly files: readonly string[];
  /** Whether ids are positions, so that there is no table of them. */
  readonly numbered: boolean;
  readonly missing: number;
  readonly firstMissing: MissingValue | null;
  /** What was done to the recordings before they were written, as JSON. */
  readonly prepared: unknown;
  readonly tables: Partial<Record<TableName, TablePlace>>;
}

/** `bytes` rounded up to a multiple of 8. */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}
