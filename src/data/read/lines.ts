// The lines of text, as formats with a recording a line read them.
import { isBlank } from './numbers.js';

/** A line with something on it: `bytes[from … end)`, blanks at its end left out. */
export interface Line {
  readonly from: number;
  readonly end: number;
  /** Where the next line begins. */
  readonly next: number;
  /** Its number in the stretch, from 1. */
  readonly line: number;
}

export function* linesOf(bytes: Buffer): Generator<Line, void, undefined> {
  let line = 0;
  for (let start = 0; start < bytes.length;) {
    line++;
    const newline = bytes.indexOf(0x0a, start);
    const end = trimEnd(bytes, start, newline < 0 ? bytes.length : newline);
    const from = start;
    start = newline < 0 ? bytes.length : newline + 1;
    if (end > from) yield { from, end, next: start, line };
  }
}

/** Where `bytes[start … end)` ends without the blanks at its end. */
export function trimEnd(bytes: Buffer, start: number, end: number): number {
  while (end > start && isBlank(bytes[end - 1])) end--;
  return end;
}
