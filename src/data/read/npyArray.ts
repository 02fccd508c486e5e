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
}

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

/** All entries of a list: an array with one axis. */
export async function readList<Entry>(
  array: NpyArray,
  read: (view: DataView, index: number) => Entry,
): Promise<Entry[]> {
  const { bytes, type, start, shape } = array;
  if (shape.length !== 1) {
    throw new FatalProblem(
      0,
      `${bytes.name} has the shape ${formatShape(shape)}, expected a list, with one axis.`,
    );
  }
  const stream = new ByteStream(bytes.pieces());
  try {
    await stream.take(start);
    const view = viewOf(await stream.take(shape[0] * type.size));
    await stream.take(1);
    return Array.from({ length: shape[0] }, (_, index) => read(view, index));
  } finally {
    await stream.close();
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
