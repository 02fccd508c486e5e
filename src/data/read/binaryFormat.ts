// What a binary format is: a header somewhere in the file, and parts that are read one after another.
import type { FileHeader } from './collect.js';
import type { ByteSource } from './byteSource.js';
import type { Parts } from './parts.js';
import type { ReadOptions } from './reader.js';

/**
 * How a binary format is read. Such files have no lines: problems are at line 0, and name recording or row. Sizes that a file
 * declares are checked against those that it has before anything is made as large.
 */
export interface BinaryFormat<Layout extends FileHeader> {
  /**
   * Reads what the file says of itself.
   *
   * @throws FatalProblem where what follows could not be understood
   */
  readonly readHeader: (source: ByteSource, options: ReadOptions) => Promise<Layout>;
  /**
   * The recordings, in parts of some megabytes.
   *
   * @throws FatalProblem where the file turns out to be damaged
   */
  readonly readParts: (source: ByteSource, layout: Layout) => AsyncIterable<Parts>;
}

/** Once a part has as many values, the next one is begun. */
export const PART_VALUES = 1 << 20;
