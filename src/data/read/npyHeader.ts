// The header of a NumPy array: magic bytes, version, and a Python dictionary that says what the bytes after it are
// (numpy.lib.format, versions 1 to 3).
import type { ByteStream } from './byteSource.js';
import { parseNpyType, type NpyType } from './npyType.js';
import { FatalProblem, quote } from './problems.js';

export const NPY_MAGIC = Buffer.from('\x93NUMPY', 'latin1');

/** Bytes of a header; NumPy itself reads no more than 10,000 characters of one that it does not trust. */
const LONGEST = 1 << 16;

/** What a header says. */
export interface NpyHeader {
  readonly type: NpyType;
  readonly shape: readonly number[];
  /** Whether the first axis changes fastest, not the last. */
  readonly fortranOrder: boolean;
  /** Where the entries start, in bytes from the start of the array. */
  readonly start: number;
}

/**
 * Reads the header that stands at the start of `stream`.
 *
 * @param what the array is called in messages
 * @param size of the array with its header, in bytes
 * @throws FatalProblem where it is none, or its entries are not as many as it says
 */
export async function readNpyHeader(stream: ByteStream, what: string, size: number): Promise<NpyHeader> {
  const start = await stream.take(8);
  if (!start.subarray(0, 6).equals(NPY_MAGIC) || start.length < 8) {
    throw new FatalProblem(0, `${what} is not a NumPy array: it does not begin with \\x93NUMPY.`);
  }
  const version = start[6];
  if (version < 1 || version > 3) {
    throw new FatalProblem(0, `${what} is of version ${version} of the .npy format, expected 1, 2 or 3.`);
  }
  const sized = await stream.take(version === 1 ? 2 : 4);
  const cutOff = new FatalProblem(0, `${what} ends within its header; the file has been cut off.`);
  if (sized.length < (version === 1 ? 2 : 4)) throw cutOff;
  const length = version === 1 ? sized.readUInt16LE() : sized.readUInt32LE();
  if (length > LONGEST) {
    throw new FatalProblem(
      0,
      `${what} has a header of ${length.toLocaleString('en')} bytes; the file is damaged.`,
    );
  }
  const bytes = await stream.take(length);
  if (bytes.length < length) throw cutOff;
  const header = parseHeader(bytes.toString(version === 3 ? 'utf8' : 'latin1'), what);
  const dataStart = start.length + sized.length + length;
  checkSize(header, size - dataStart, what);
  return { ...header, start: dataStart };
}

/** The number of entries. */
export function entriesOf({ shape }: Pick<NpyHeader, 'shape'>): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** A shape as Python writes it: `(4,)`, `(4, 20, 3)`. */
export function formatShape(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
}

function checkSize(header: Omit<NpyHeader, 'start'>, bytes: number, what: string): void {
  // An axis of a length that float64 does not hold is refused with the others: no file is as large.
  const needed = entriesOf(header) * header.type.size;
  if (needed === bytes) return;
  throw new FatalProblem(
    0,
    `${what} has the shape ${formatShape(header.shape)}, which takes ${needed.toLocaleString('en')} bytes, but ` +
      `${bytes.toLocaleString('en')} follow its header. ` +
      (needed > bytes ? 'The file has been cut off or is damaged.' : 'One array a file is expected.'),
  );
}

/** The keys of a header's dictionary, each once, with what may follow them. */
const ENTRIES = {
  descr: /'[^'\\]*'|"[^"\\]*"|\[/y,
  fortran_order: /True|False/y,
  shape: /\([-\d,L\s]*\)/y,
};

type Key = keyof typeof ENTRIES;

function parseHeader(text: string, what: string): Omit<NpyHeader, 'start'> {
  const malformed = new FatalProblem(
    0,
    `the header of ${what} is not as NumPy writes it: ${quote(text.trim())}.`,
  );
  let at = 0;
  const next = (pattern: RegExp): RegExpExecArray => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) throw malformed;
    at = pattern.lastIndex;
    return match;
  };
  const found = new Map<Key, RegExpExecArray>();
  next(/\s*\{\s*/y);
  while (text[at] !== '}') {
    const key = next(/(['"])(\w+)\1\s*:\s*/y)[2];
    if (!isKey(key) || found.has(key)) throw malformed;
    found.set(key, next(ENTRIES[key]));
    if (key === 'descr' && text[at - 1] === '[') {
      throw new FatalProblem(
        0,
        `${what} is a structured array, expected plain numbers. Save its fields one by one.`,
      );
    }
    next(/\s*(?:,\s*)?/y);
  }
  next(/\}\s*$/y);
  const [descr, order, shape] = [found.get('descr'), found.get('fortran_order'), found.get('shape')];
  if (descr === undefined || order === undefined || shape === undefined) throw malformed;
  const axes = shape[0]
    .slice(1, -1)
    .split(',')
    .map((axis) => axis.trim());
  // A tuple may end with a comma, and an empty one is of no axis.
  if (axes.at(-1) === '') axes.pop();
  if (!axes.every((axis) => /^-?\d+L?$/.test(axis))) throw malformed;
  const lengths = axes.map((axis) => Number(axis.replace('L', '')));
  if (lengths.some((length) => length < 0)) {
    throw new FatalProblem(
      0,
      `${what} has the shape ${formatShape(lengths)}; no axis can be of negative length.`,
    );
  }
  return {
    type: parseNpyType(descr[0].slice(1, -1), what),
    fortranOrder: order[0] === 'True',
    shape: lengths,
  };
}

function isKey(key: string): key is Key {
  return Object.hasOwn(ENTRIES, key);
}
