// Tells binary formats by their first and last bytes, else by the name.
import { extname } from 'node:path';
import type { ByteSource } from './byteSource.js';
import { packedMagic } from '../packed/layout.js';
import { looksPacked } from '../packed/openPacked.js';
import { NPY_MAGIC } from './npyHeader.js';
import { isArray } from './npz.js';
import { PARQUET_MAGIC } from './parquetFooter.js';
import { FatalProblem } from './problems.js';
import type { Format } from './reader.js';
import { readZipEntries } from './zip.js';

const BINARY_FORMATS = ['npy', 'npz', 'parquet', 'packed'] as const;

export type BinaryFormatName = (typeof BINARY_FORMATS)[number];

const EXTENSIONS = { npy: '.npy', npz: '.npz', parquet: '.parquet', packed: '.masq' } as const;

/** Of an archive's first entry, and of an archive without entries. */
const ZIP_MAGICS = [Buffer.from('PK\x03\x04'), Buffer.from('PK\x05\x06')];

/**
 * The format of a binary file; null where it is another one, or text.
 *
 * @param named the format that the file should have
 * @throws FatalProblem where it is an archive of other things, or not what it should be
 */
export async function detectBinaryFormat(
  source: ByteSource,
  named: Format | undefined,
): Promise<BinaryFormatName | null> {
  const extension = extname(source.file).toLowerCase();
  const found = await formatOfBytes(source, extension);
  if (named === undefined) {
    return found ?? BINARY_FORMATS.find((format) => extension === EXTENSIONS[format]) ?? null;
  }
  const expected = BINARY_FORMATS.find((format) => format === named) ?? null;
  if (found === expected) return found;
  throw new FatalProblem(
    0,
    contradiction(named, found === null ? 'no such file' : `a file of the format ${found}`),
  );
}

/** What is wrong with content that is not what it should be. */
export function contradiction(named: Format, found: string): string {
  return `by its content this is ${found}, but the format is given as ${named}.`;
}

async function formatOfBytes(source: ByteSource, extension: string): Promise<BinaryFormatName | null> {
  const { size } = source;
  const start = await source.read(0, Math.min(packedMagic.length, size));
  if (looksPacked(start)) return 'packed';
  if (start.subarray(0, NPY_MAGIC.length).equals(NPY_MAGIC)) return 'npy';
  if (ZIP_MAGICS.some((magic) => magic.equals(start.subarray(0, 4)))) {
    if (extension === '.npz' || (await readZipEntries(source)).some(isArray)) return 'npz';
    throw new FatalProblem(0, 'the file is a zip archive, and not one of NumPy arrays; unpack it first.');
  }
  const end = await source.read(Math.max(0, size - 4), size);
  return start.subarray(0, 4).equals(PARQUET_MAGIC) && end.equals(PARQUET_MAGIC) ? 'parquet' : null;
}
