// What a format of text is: a header, and lines that can be read a stretch at a time.
import type { FileHeader } from './collect.js';
import type { Parts } from './parts.js';
import type { ProblemList } from './problems.js';
import type { ReadOptions } from './reader.js';

/** Where a header ends. */
export interface HeaderEnd {
  /** The byte after it, and the number of its lines. */
  readonly start: number;
  readonly lines: number;
}

/** A stretch of whole lines. */
export interface Stretch {
  readonly bytes: Buffer;
  /** Whether the file ends with it. */
  readonly last: boolean;
}

/** What is known of the recordings of a file once all are read. */
export interface AllRecordings {
  /** The classes that occur. */
  readonly labels: ReadonlySet<string>;
  /** Steps of the longest; 0 where there is none. */
  readonly longest: number;
  /** Rows of recordings that are on another row already, where a recording is one. */
  readonly repeats: number;
}

/** How the text of a format is read. */
export interface TextFormat<Layout extends FileHeader> {
  /**
   * Reads what stands before the recordings. Adds to `problems` what is wrong there.
   *
   * @param bytes of the file's first lines, or of all
   * @throws UnfinishedHeader where the header goes on after `bytes`; another FatalProblem where what follows could not be understood,
   * whatever comes after `bytes`
   */
  readonly readHeader: (
    bytes: Buffer,
    problems: ProblemList,
    options: ReadOptions,
  ) => { readonly layout: Layout; readonly end: HeaderEnd };
  /**
   * Reads lines. What a layout leaves open (the number of channels, say) is fixed in it by the first stretch, and the others are
   * held to that.
   */
  readonly readLines: (stretch: Stretch, layout: Layout) => Parts;
  /** Settles in the layout what only all recordings tell, and adds to `problems` what is wrong with that. */
  readonly finish?: (layout: Layout, all: AllRecordings, problems: ProblemList) => void;
  /** What is wrong with a file that ends with its header. */
  readonly nothingAfterHeader: string;
}
