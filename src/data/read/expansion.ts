// How large the content of a packed file may be. A few kilobytes can stand for gigabytes, so that without a limit a damaged file,
// or one made for that, would take all memory.
import { FatalProblem } from './problems.js';

/** Content of any file may take as many bytes. */
const ALWAYS = 256 * 2 ** 20;

/** More than that, it may take as many times the bytes of the file: padding packs well, but not all of it is padding. */
const RATIO = 200;

/**
 * @param bytes of the content
 * @param packed bytes that it is made from
 * @throws FatalProblem where it is larger than that of any file of recordings
 */
export function checkExpansion(bytes: number, packed: number, what: string, advice: string): void {
  if (bytes <= Math.max(ALWAYS, packed * RATIO)) return;
  throw new FatalProblem(
    0,
    `${what} would grow from ${packed.toLocaleString('en')} to ${bytes.toLocaleString('en')} bytes, which no recordings do: ` +
      `the file is damaged, or made to fill the memory. ${advice}`,
  );
}
