// Files as bytes that are read where they are needed, so that a file may be larger than the memory.
import { open, type FileHandle } from 'node:fs/promises';
import { FatalProblem } from './problems.js';

/** Bytes in one piece of a file that is read from start to end. */
const PIECE = 1 << 20;

/** A file that is read piece by piece. */
export interface ByteSource {
  readonly file: string;
  /** In bytes. */
  readonly size: number;
  /** Bytes `start … end`, the last one not included, which lie within the file. */
  readonly read: (start: number, end: number) => Promise<Buffer>;
}

/** Opens a file for as long as `use` takes. */
export async function withByteSource<Result>(
  file: string,
  use: (source: ByteSource) => Promise<Result>,
): Promise<Result> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    return await use({ file, size, read: (start, end) => readBytes(handle, start, end) });
  } finally {
    await handle.close();
  }
}

/** A file that has been read. */
export function sourceOf(file: string, bytes: Buffer): ByteSource {
  return { file, size: bytes.length, read: (start, end) => Promise.resolve(bytes.subarray(start, end)) };
}

async function readBytes(handle: FileHandle, start: number, end: number): Promise<Buffer> {
  // Not from Node's pool, where numbers would not be aligned.
  const bytes = Buffer.allocUnsafeSlow(end - start);
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done);
    if (bytesRead === 0) throw new FatalProblem(0, 'the file became shorter while it was read.');
    done += bytesRead;
  }
  return bytes;
}

/** Bytes `start … end` in pieces. */
export async function* piecesOf(source: ByteSource, start: number, end: number): AsyncGenerator<Buffer> {
  for (let at = start; at < end; at += PIECE) yield await source.read(at, Math.min(at + PIECE, end));
}

/** Takes bytes from pieces, in the amounts that are asked for. */
export class ByteStream {
  private rest: Buffer = Buffer.alloc(0);

  constructor(private readonly pieces: AsyncGenerator<Buffer>) {}

  /** The next `n` bytes, or as many as there are. */
  async take(n: number): Promise<Buffer> {
    const taken: Buffer[] = [];
    let length = 0;
    while (length < n) {
      if (this.rest.length === 0) {
        const next = await this.pieces.next();
        if (next.done === true) break;
        this.rest = next.value;
        continue;
      }
      const head = this.rest.subarray(0, n - length);
      this.rest = this.rest.subarray(head.length);
      taken.push(head);
      length += head.length;
    }
    return taken.length === 1 ? taken[0] : Buffer.concat(taken);
  }

  /** Reads no further. */
  async close(): Promise<void> {
    await this.pieces.return(undefined);
  }
}
