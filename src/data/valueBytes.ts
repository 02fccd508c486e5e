// How many bytes the values of a file take in memory, float32, as far as its headers or its first bytes tell.
import { constants, gunzipSync } from 'node:zlib';
import { type ByteSource, ByteStream, piecesOf, withByteSource } from './read/byteSource.js';
import { detectBinaryFormat } from './read/detectBinary.js';
import { entriesOf, readNpyHeader } from './read/npyHeader.js';
import { readParquetFooter } from './read/parquetFooter.js';
import { readZipEntries, readZipEntry } from './read/zip.js';

/** Bytes of text, or of gzipped text, that are looked at. */
const SAMPLE = 1 << 16;

/** Of float32. */
const VALUE = 4;

/**
 * An estimate that is no lower than the file is large and, where it goes on as it begins, no lower than what its values take. Only its size
 * for a file that cannot be read.
 */
export async function estimateValueBytes(path: string, size: number): Promise<number> {
  try {
    const values = await withByteSource(path, numbersIn);
    return Math.max(size, Math.ceil(VALUE * values));
  } catch {
    // What is wrong with it is said where it is read.
    return size;
  }
}

async function numbersIn(source: ByteSource): Promise<number> {
  switch (await detectBinaryFormat(source, undefined)) {
    case 'npy':
      return numbersOfArray(piecesOf(source, 0, source.size), source.size);
    case 'npz': {
      let numbers = 0;
      for (const entry of await readZipEntries(source)) {
        if (entry.name.endsWith('.npy')) {
          numbers += await numbersOfArray(readZipEntry(source, entry, ''), entry.size);
        }
      }
      return numbers;
    }
    case 'parquet': {
      const { groups } = await readParquetFooter(source);
      const chunks = groups.flatMap(({ columns }) => columns);
      return chunks.reduce((sum, { meta_data: data }) => sum + Number(data?.num_values ?? 0), 0);
    }
    case 'packed':
      // Its values stay where they are.
      return 0;
    case null:
      return numbersOfText(source);
  }
}

async function numbersOfArray(pieces: AsyncGenerator<Buffer>, size: number): Promise<number> {
  const stream = new ByteStream(pieces);
  try {
    return entriesOf(await readNpyHeader(stream, 'the array', size));
  } finally {
    await stream.close();
  }
}

/** At least one for each byte of float32 that the text is long, unpacked, and as many as there are in its beginning. */
async function numbersOfText(source: ByteSource): Promise<number> {
  const sample = await source.read(0, Math.min(source.size, SAMPLE));
  if (sample.length === 0) return 0;
  const isGzip = sample[0] === 0x1f && sample[1] === 0x8b;
  const text = isGzip ? gunzipSync(sample, { finishFlush: constants.Z_SYNC_FLUSH }) : sample;
  const numbers = Math.max(cellsIn(text), text.length / VALUE);
  return (numbers / sample.length) * source.size;
}

/** What separators of any format end, but for spaces. */
const ENDS = new Set(Buffer.from('\n\t,:;|'));

/** Cells of text, empty ones included; spaces in a row are one. */
function cellsIn(text: Buffer): number {
  let cells = 1;
  let before = 0;
  for (const byte of text) {
    if (ENDS.has(byte) || (byte === 0x20 && before > 0x20)) cells++;
    before = byte;
  }
  return cells;
}
