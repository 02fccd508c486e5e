// A NumPy array somewhere in a file or an archive, read from its start to its end.
import { ByteStream } from './byteSource.js';
import { entriesOf, formatShape, type NpyHeader, readNpyHeader } from './npyHeader.js';
import { FatalProblem } from './problems.js';

/** Where an array's bytes are. */
export interface ArrayBytes {
  /** What messages call it. */
  readonly name: string;
  /** With its header, in bytes. */
  readonly size: number;
  /** All bytes, in pieces of bounded size. */
  readonly pieces: () => AsyncGenerator<Buffer>;
  /** Bytes `start … end`; only where they can be read without those before them. */
  readonly read?: (start: number, end: number) => Promise<Buffer>;
}

/** Entries that are read at a time. */
const ENTRIES_AT_ONCE = 1 << 16;

/** An array whose header is read, but not its entries. */
export interface NpyArray extends NpyHeader {
  readonly bytes: ArrayBytes;
}

/** @throws FatalProblem where the array cannot be read */
export async function openNpyArray(bytes: ArrayBytes): Promise<NpyArray> {
  const stream = new ByteStream(bytes.pieces());
  try {
    return { ...(await readNpyHeader(stream, bytes.name, bytes.size)), bytes };
  } finally {
    await stream.close();
  }
}

/**
 * The entries in the order in which they are stored, `count` at a time (the last time as many as are left), as float32; those
 * beyond its range are infinite.
 */
export async function* numbersOf(array: NpyArray, count: number): AsyncGenerator<Float32Array> {
  const { bytes, type, start } = array;
  const stream = new ByteStream(bytes.pieces());
  try {
    await stream.take(start);
    const entries = entriesOf(array);
    for (let done = 0; done < entries;) {
      const numbers = new Float32Array(Math.min(count, entries - done));
      const view = viewOf(await stream.take(numbers.length * type.size));
      for (let i = 0; i < numbers.length; i++) numbers[i] = type.number(view, i);
      done += numbers.length;
      yield numbers;
    }
    // What stands at the end, a checksum say, is looked at only there.
    await stream.take(1);
  } finally {
    await stream.close();
  }
}

/**
 * So many entries from one on, in the order in which they are stored, as `numbersOf` gives them.
 *
 * @throws Error where the array cannot be read from anywhere
 */
export async function numbersAt(
  { bytes, type, start }: NpyArray,
  first: number,
  count: number,
): Promise<Float32Array> {
  const from = start + first * type.size;
  const read = await bytes.read?.(from, from + count * type.size);
  if (read === undefined) throw new Error(`${bytes.name} cannot be read in parts`);
  const view = viewOf(read);
  const numbers = new Float32Array(count);
  for (let i = 0; i < count; i++) numbers[i] = type.number(view, i);
  return numbers;
}

/**
 * Reads all entries in the order in which they are stored.
 *
 * @param take is given where an entry is in `view`, and its position among all
 */
export async function readEntries(
  array: NpyArray,
  take: (view: DataView, index: number, at: number) => void,
): Promise<void> {
  const { bytes, type, start } = array;
  const stream = new ByteStream(bytes.pieces());
  try {
    await stream.take(start);
    const entries = entriesOf(array);
    for (let done = 0; done < entries;) {
      const count = Math.min(ENTRIES_AT_ONCE, entries - done);
      const view = viewOf(await stream.take(count * type.size));
      for (let i = 0; i < count; i++) take(view, i, done + i);
      done += count;
    }
    // What stands at the end, a checksum say, is looked at only there.
    await stream.take(1);
  } finally {
    await stream.close();
  }
}

/** All entries of a list: an array with one axis. */
export async function readList<Entry>(
  array: NpyArray,
  read: (view: DataView, index: number) => Entry,
): Promise<Entry[]> {
  const { bytes, shape } = array;
  if (shape.length !== 1) {
    throw new FatalProblem(
      0,
      `${bytes.name} has the shape ${formatShape(shape)}, expected a list, with one axis.`,
    );
  }
  const list: Entry[] = [];
  await readEntries(array, (view, index) => void list.push(read(view, index)));
  return list;
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
