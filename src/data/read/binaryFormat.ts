// What a binary format is: a header somewhere in the file, and parts that are read one after another.
import type { FileHeader } from './collect.js';
import type { Parts } from './parts.js';
import type { ProblemList } from './problems.js';
import type { ReadOptions } from './reader.js';

/** A file that is read piece by piece. */
export interface ByteSource {
  readonly file: string;
  /** In bytes. */
  readonly size: number;
  /** Bytes `start … end)`, which lie within the file. */
  readonly read: (start: number, end: number) => Promise<Buffer>;
}

/** How a binary format is read. Such files have no lines: problems are at line 0, and name recording or row. */
export interface BinaryFormat<Layout extends FileHeader> {
  /**
   * Reads what the file says of itself. Sizes that it declares are checked against the file's before anything is made as large.
   *
   * @throws FatalProblem where what follows could not be understood
   */
  readonly readHeader: (source: ByteSource, problems: ProblemList, options: ReadOptions) => Promise<Layout>;
  /** The recordings, in parts of some megabytes. */
  readonly readParts: (source: ByteSource, layout: Layout) => AsyncIterable<Parts>;
}
