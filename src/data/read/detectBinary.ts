// Tells binary formats by their first and last bytes, else by the name.
import { extname } from 'node:path';
import type { ByteSource } from './byteSource.js';
import { NPY_MAGIC } from './npyHeader.js';
import { isArray } from './npz.js';
import { PARQUET_MAGIC } from './parquetFooter.js';
import { FatalProblem } from './problems.js';
import type { Format } from './reader.js';
import { readZipEntries } from './zip.js';

export type BinaryFormatName = Extract<Format, 'npy' | 'npz' | 'parquet'>;

/** Of an archive's first entry, and of an archive without entries. */
const ZIP_MAGICS = [Buffer.from('PK\x03\x04'), Buffer.from('PK\x05\x06')];

/**
 * The format of a binary file; null where it is another one, or text.
 *
 * @throws FatalProblem where it is an archive of other things
 */
export async function detectBinaryFormat(source: ByteSource): Promise<BinaryFormatName | null> {
  const { file, size } = source;
  const start = await source.read(0, Math.min(6, size));
  const extension = extname(file).toLowerCase();
  if (start.equals(NPY_MAGIC)) return 'npy';
  if (ZIP_MAGICS.some((magic) => magic.equals(start.subarray(0, 4)))) {
    if (extension === '.npz' || (await readZipEntries(source)).some(isArray)) return 'npz';
    throw new FatalProblem(0, 'the file is a zip archive, and not one of NumPy arrays; unpack it first.');
  }
  const end = await source.read(Math.max(0, size - 4), size);
  if (start.subarray(0, 4).equals(PARQUET_MAGIC) && end.equals(PARQUET_MAGIC)) return 'parquet';
  switch (extension) {
    case '.npy':
      return 'npy';
    case '.npz':
      return 'npz';
    case '.parquet':
      return 'parquet';
    default:
      return null;
  }
}
