// Whether bytes are text that can be read.
import { isUtf8 } from 'node:buffer';
import { counted } from '../../shared/counted.js';
import { FatalProblem } from './problems.js';
import type { Format } from './reader.js';

/** The byte that comments begin with. */
const COMMENTS: Partial<Record<Format, number>> = { ts: 0x23, arff: 0x25 };

/**
 * @throws FatalProblem where content is empty or not UTF-8 text, but for comments: the archive has some in Latin-1
 */
export function checkText(bytes: Buffer, format: Format): void {
  if (bytes.length === 0) throw new FatalProblem(0, 'the file is empty.');
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const nul = bytes.indexOf(0);
  if (utf16 || nul === 0 || nul === 1) {
    throw new FatalProblem(1, 'the text is encoded as UTF-16; save it as UTF-8.');
  }
  if (nul >= 0) throw new FatalProblem(lineAt(bytes, nul), 'binary content (a zero byte), expected text.');
  if (isUtf8(bytes)) return;
  const lines = invalidLines(bytes, COMMENTS[format]);
  if (lines.length === 0) return;
  const others = lines.length > 1 ? ` (and ${counted(lines.length - 1, 'more line')})` : '';
  throw new FatalProblem(lines[0], `bytes that are not UTF-8${others}; save the file as UTF-8.`);
}

/** Lines that are not UTF-8, from 1; those that begin with the byte `comment` do not count. */
function invalidLines(bytes: Buffer, comment: number | undefined): number[] {
  const lines: number[] = [];
  for (let start = 0, line = 1; start < bytes.length; line++) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    if (bytes[start] !== comment && !isUtf8(bytes.subarray(start, end))) lines.push(line);
    start = end + 1;
  }
  return lines;
}

function lineAt(bytes: Buffer, position: number): number {
  let line = 1;
  for (let at = bytes.indexOf(0x0a); at >= 0 && at < position; at = bytes.indexOf(0x0a, at + 1)) line++;
  return line;
}
