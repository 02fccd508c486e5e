// What readers find wrong with a file. A reader goes on after a problem where it can, so that all are seen at once.

/** One thing that is wrong with a file. */
export interface Problem {
  /** The file, where it is one of several that were read as one. */
  readonly file?: string;
  /** The line, from 1; 0 where the file as a whole is meant. */
  readonly line: number;
  /** What was found and what was expected; where it helps, what to do. */
  readonly message: string;
}

/** At most this many problems of a file are kept; the others are only counted. */
export const PROBLEMS_KEPT = 20;

/** Goes at the end of what is wrong with a last line that has no line break, and so may lack its end. */
export const CUT_OFF = ' The last line has no line break: the file may have been cut off.';

/** Collects the problems of one file in bounded memory. */
export class ProblemList {
  readonly kept: Problem[] = [];
  total = 0;

  /** @param message or what makes it, for one that takes time: called only where the problem is kept */
  add(line: number, message: string | (() => string), file?: string): void {
    this.total++;
    if (this.kept.length >= PROBLEMS_KEPT) return;
    const text = typeof message === 'string' ? message : message();
    this.kept.push({ line, message: text, ...(file !== undefined && { file }) });
  }

  /** Adds what tells more than all that was added. */
  addFirst(line: number, message: string): void {
    this.total++;
    this.kept.unshift({ line, message });
    this.kept.splice(PROBLEMS_KEPT);
  }

  /** Adds the problems of another list: those that it kept, and the number of all. */
  addAll(kept: readonly Problem[], total: number): void {
    for (const { line, message, file } of kept) this.add(line, message, file);
    this.total += total - kept.length;
  }
}

/** A problem that no reader can go on after. Readers throw it inside; their callers get it in the list. */
export class FatalProblem extends Error {
  override readonly name = 'FatalProblem';
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/** That a header does not end in what was read of a file: only more of the file can tell what is wrong. */
export class UnfinishedHeader extends FatalProblem {}

/** `text` in quotes, cut to a length that fits a message, control characters escaped. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
