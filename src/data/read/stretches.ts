// Cuts text into stretches of whole lines.
import { FatalProblem } from './problems.js';
import type { Stretch } from './textFormat.js';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;

/** Bytes of one line; more would not fit a string. */
const LONGEST_LINE = 2 ** 29;

/** How text is cut. */
export interface Cutting {
  /** Bytes of a stretch, or more where one line has more. */
  readonly size: number;
  /** Whether a line break in double quotes is part of a value. */
  readonly quoted: boolean;
}

/**
 * Pieces of text as stretches of whole lines, each with its bytes in a buffer of its own. Text without a byte has none.
 *
 * @throws FatalProblem where no line ends within 512 MiB
 */
export async function* stretchesOf(
  pieces: AsyncIterable<Buffer>,
  { size, quoted }: Cutting,
): AsyncGenerator<Stretch> {
  let waiting: Buffer[] = [];
  let length = 0;
  let enough = size;
  for await (const piece of pieces) {
    waiting.push(piece);
    length += piece.length;
    if (length < enough) continue;
    const bytes = together(waiting, length);
    const cut = quoted ? lastBreakOutsideQuotes(bytes) : bytes.lastIndexOf(LINE_FEED) + 1;
    if (cut === 0 && length > LONGEST_LINE) {
      const why = quoted
        ? 'in 512 MiB no line ends, or a quote is opened and never closed.'
        : 'a line is longer than 512 MiB, expected one recording a line.';
      throw new FatalProblem(0, why);
    }
    // Without a line break, twice as much is waited for, so that long lines are not copied again and again.
    enough = cut > 0 ? size : 2 * length;
    waiting = cut < length ? [Buffer.from(bytes.subarray(cut))] : [];
    length -= cut;
    if (cut > 0) yield { bytes: bytes.subarray(0, cut), last: false };
  }
  if (length > 0) yield { bytes: together(waiting, length), last: true };
}

/** In a buffer that is not part of Node's pool, so that it can be given away. */
function together(pieces: readonly Buffer[], length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length);
  let at = 0;
  for (const piece of pieces) at += piece.copy(bytes, at);
  return bytes;
}

/** Where the line after the last line break starts that has an even number of quotes before it. */
function lastBreakOutsideQuotes(bytes: Buffer): number {
  let at = bytes.indexOf(QUOTE);
  if (at < 0) return bytes.lastIndexOf(LINE_FEED) + 1;
  let cut = 0;
  for (let from = 0; ;) {
    // From here to the next quote, line breaks are outside.
    const end = at < 0 ? bytes.length : at;
    const lineBreak = bytes.subarray(from, end).lastIndexOf(LINE_FEED);
    if (lineBreak >= 0) cut = from + lineBreak + 1;
    if (at < 0) return cut;
    const closing = bytes.indexOf(QUOTE, at + 1);
    if (closing < 0) return cut;
    from = closing + 1;
    at = bytes.indexOf(QUOTE, from);
  }
}

/** The number of line breaks. */
export function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) lines++;
  return lines;
}

/** The line with which a whole text ends, from 1, where it has no line break; else null. */
export function openLineOf(bytes: Buffer): number | null {
  const last = bytes.at(-1);
  return last === undefined || last === LINE_FEED || last === CARRIAGE_RETURN ? null : countLines(bytes) + 1;
}
