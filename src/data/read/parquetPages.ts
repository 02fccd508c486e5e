// The pages of a column in a row group: levels that say which rows they belong to and which are null, and the values.
import type { ColumnMetaData, DecodedArray, PageHeader, RowGroup } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { convert } from 'hyparquet/src/convert.js';
import { deltaBinaryUnpack, deltaByteArray, deltaLengthByteArray } from 'hyparquet/src/delta.js';
import { byteStreamSplit } from 'hyparquet/src/encoding.js';
import { readPlain } from 'hyparquet/src/plain.js';
import type { ByteSource } from './byteSource.js';
import { checkExpansion } from './expansion.js';
import { unpackPage } from './parquetCodecs.js';
import { invalidParquet, type ParquetColumn, parsing } from './parquetFooter.js';
import { readHybrid } from './parquetLevels.js';
import { FatalProblem, quote } from './problems.js';

/** Bytes that a page's header may take. */
const LONGEST_HEADER = 1 << 16;

/** Bytes read at a time, where pages are smaller. */
const WINDOW = 1 << 20;

/** A page of values. */
export interface Page {
  /** Entries, those that are null or stand for an empty list included. */
  readonly count: number;
  /** How far up each entry goes on with a list of the one before; null where no list is. */
  readonly repetition: Int32Array | null;
  /** How much of its path each entry has; null where nothing can be null. */
  readonly definition: Int32Array | null;
  /** Of the entries that have their whole path. Times are in seconds. */
  readonly values: DecodedArray;
}

const parsers = {
  timestampFromMilliseconds: (value: bigint) => Number(value) / 1e3,
  timestampFromMicroseconds: (value: bigint) => Number(value) / 1e6,
  timestampFromNanoseconds: (value: bigint) => Number(value) / 1e9,
  dateFromDays: (days: number) => days * 86400,
  stringFromBytes: (bytes: Uint8Array) => new TextDecoder('utf-8', { fatal: true }).decode(bytes),
  jsonFromBytes: unexpected,
  geometryFromBytes: unexpected,
  geographyFromBytes: unexpected,
  uuidFromBytes: unexpected,
};

function unexpected(): never {
  throw new Error('a column of another kind');
}

/** Levels of a column's path that may be absent, and those that repeat. */
export function levelsOf({ path }: ParquetColumn): { definition: number; repetition: number } {
  const nodes = path.slice(1).map(({ element }) => element.repetition_type);
  return {
    definition: nodes.filter((type) => type !== 'REQUIRED').length,
    repetition: nodes.filter((type) => type === 'REPEATED').length,
  };
}

const chunks = new WeakMap<RowGroup, ReadonlyMap<string, RowGroup['columns'][number]>>();

/** The columns of a row group by their paths. */
function chunksOf(group: RowGroup): ReadonlyMap<string, RowGroup['columns'][number]> {
  const known = chunks.get(group);
  if (known !== undefined) return known;
  const byPath = new Map(
    group.columns.map((chunk) => [JSON.stringify(chunk.meta_data?.path_in_schema ?? []), chunk]),
  );
  chunks.set(group, byPath);
  return byPath;
}

/** Where a row group has a column. */
export function chunkOf(group: RowGroup, { name, path }: ParquetColumn): ColumnMetaData {
  const chunk = chunksOf(group).get(JSON.stringify(path.slice(1).map(({ element }) => element.name)));
  if (chunk?.meta_data === undefined) throw invalidParquet(`a row group lacks column ${quote(name)}`);
  if (chunk.file_path !== undefined) {
    throw new FatalProblem(
      0,
      `column ${quote(name)} is in another file, ${quote(chunk.file_path)}; write one file.`,
    );
  }
  return chunk.meta_data;
}

/** @throws FatalProblem where the column is damaged, or compressed or encoded in a way that is not read */
export async function* readPages(
  source: ByteSource,
  chunk: ColumnMetaData,
  column: ParquetColumn,
): AsyncGenerator<Page> {
  const what = `column ${quote(column.name)}`;
  const start = Number(chunk.dictionary_page_offset ?? 0) || Number(chunk.data_page_offset);
  const end = start + Number(chunk.total_compressed_size);
  if (!(start >= 0 && start <= end && end <= source.size)) {
    throw invalidParquet(`${what} is not where the footer says`);
  }
  const window = windowOf(source, end);
  let dictionary: DecodedArray | null = null;
  let left = Number(chunk.num_values);
  for (let at = start; left > 0;) {
    if (at >= end) throw invalidParquet(`${what} ends early`);
    const bytes = await window(at, Math.min(at + LONGEST_HEADER, end));
    const { header, length } = parsing(`a page header of ${what}`, () => parseHeader(bytes));
    const { compressed_page_size: size, type } = header;
    at += length;
    if (!(size >= 0 && at + size <= end)) throw invalidParquet(`a page of ${what} is longer than its column`);
    const packed = await window(at, at + size);
    at += size;
    if (type === 'DICTIONARY_PAGE') {
      dictionary = readDictionary(packed, header, chunk, column);
    } else if (type === 'DATA_PAGE' || type === 'DATA_PAGE_V2') {
      const page = readDataPage(packed, header, chunk, column, dictionary, left);
      left -= page.count;
      yield page;
    }
  }
}

/** Reads stretches of a file that follow one another closely, with fewer calls than there are stretches. */
function windowOf(source: ByteSource, last: number): (start: number, end: number) => Promise<Buffer> {
  let bytes: Buffer = Buffer.alloc(0);
  let bytesStart = 0;
  return async (start, end) => {
    if (start < bytesStart || end > bytesStart + bytes.length) {
      bytes = await source.read(start, Math.min(last, Math.max(end, start + WINDOW)));
      bytesStart = start;
    }
    return bytes.subarray(start - bytesStart, end - bytesStart);
  };
}

function parseHeader(bytes: Buffer): { header: PageHeader; length: number } {
  const reader = readerOf(bytes);
  const header = parquetHeader(reader);
  const { data_page_header: v1, data_page_header_v2: v2, dictionary_page_header: dictionary } = header;
  const sizes: unknown[] = [header.compressed_page_size, header.uncompressed_page_size];
  // What declares itself wider than it should be is a BigInt, with which numbers do not mix.
  if (
    [...sizes, ...[v1, v2, dictionary].map((page) => page?.num_values)].some(
      (size) => typeof size === 'bigint',
    )
  ) {
    throw new RangeError('a size of 64 bits');
  }
  return { header, length: reader.offset };
}

function readerOf(bytes: Uint8Array): { view: DataView; offset: number } {
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
}

function readDictionary(
  packed: Uint8Array,
  { uncompressed_page_size: size, dictionary_page_header: header }: PageHeader,
  { codec, type }: ColumnMetaData,
  column: ParquetColumn,
): DecodedArray {
  const bytes = unpackPage(packed, codec, size);
  const what = `the dictionary of column ${quote(column.name)}`;
  return parsing(what, () => {
    if (!hasRoomFor(header?.num_values, bytes)) throw invalidParquet(`${what} ends early`);
    const { element } = column.path[column.path.length - 1];
    return converted(
      readPlain(readerOf(ownBytes(bytes)), type, header.num_values, element.type_length),
      column,
    );
  });
}

/** Whether bytes may hold as many plain values: of none, one takes less than a bit. */
function hasRoomFor(count: number | undefined, bytes: Uint8Array): count is number {
  return count !== undefined && count >= 0 && count <= bytes.length * 8;
}

function readDataPage(
  packed: Uint8Array,
  header: PageHeader,
  chunk: ColumnMetaData,
  column: ParquetColumn,
  dictionary: DecodedArray | null,
  left: number,
): Page {
  const what = `a page of column ${quote(column.name)}`;
  const count = (header.data_page_header_v2 ?? header.data_page_header)?.num_values ?? -1;
  if (!(count >= 0 && count <= left)) throw invalidParquet(`the number of values of ${what} is wrong`);
  return parsing(what, () => {
    const { definition, repetition, bytes, encoding } = splitPage(packed, header, chunk, column, count);
    const deepest = levelsOf(column).definition;
    const present =
      definition === null ? count : definition.reduce((n, level) => (level === deepest ? n + 1 : n), 0);
    const values = readValues(bytes, encoding, present, chunk, column, dictionary);
    if (values.length < present) throw invalidParquet(`${what} ends early`);
    return { count, repetition, definition, values };
  });
}

interface SplitPage {
  readonly repetition: Int32Array | null;
  readonly definition: Int32Array | null;
  readonly bytes: Uint8Array;
  readonly encoding: string | undefined;
}

function splitPage(
  packed: Uint8Array,
  { uncompressed_page_size: size, data_page_header: v1, data_page_header_v2: v2 }: PageHeader,
  { codec }: ColumnMetaData,
  column: ParquetColumn,
  count: number,
): SplitPage {
  const deepest = levelsOf(column);
  const levels = (bytes: Uint8Array, highest: number): Int32Array | null =>
    highest === 0 ? null : readHybrid(bytes, 32 - Math.clz32(highest), count);
  if (v2 !== undefined) {
    const { repetition_levels_byte_length: first, definition_levels_byte_length: second, is_compressed } = v2;
    if (!(first >= 0 && second >= 0 && first + second <= packed.length))
      throw new Error('levels are longer than the page');
    const rest = packed.subarray(first + second);
    const isPacked = is_compressed !== false && rest.length > 0;
    return {
      repetition: levels(packed.subarray(0, first), deepest.repetition),
      definition: levels(packed.subarray(first, first + second), deepest.definition),
      bytes: isPacked ? unpackPage(rest, codec, size - first - second) : rest,
      encoding: v2.encoding,
    };
  }
  let bytes = unpackPage(packed, codec, size);
  // Each kind of level has its length before it, where there is any.
  const next = (highest: number, encoding: string | undefined): Int32Array | null => {
    if (highest === 0) return null;
    if (encoding !== 'RLE')
      throw invalidParquet(`the levels of column ${quote(column.name)} are not encoded as RLE`);
    const length = readerOf(bytes).view.getUint32(0, true);
    const found = levels(bytes.subarray(4, 4 + length), highest);
    bytes = bytes.subarray(4 + length);
    return found;
  };
  const repetition = next(deepest.repetition, v1?.repetition_level_encoding);
  const definition = next(deepest.definition, v1?.definition_level_encoding);
  return { repetition, definition, bytes, encoding: v1?.encoding };
}

function readValues(
  bytes: Uint8Array,
  encoding: string | undefined,
  count: number,
  { type }: ColumnMetaData,
  column: ParquetColumn,
  dictionary: DecodedArray | null,
): DecodedArray {
  if (count === 0) return [];
  const { element } = column.path[column.path.length - 1];
  const own = ownBytes(bytes);
  const reader = readerOf(own);
  switch (encoding) {
    case 'PLAIN_DICTIONARY':
    case 'RLE_DICTIONARY':
      return lookedUp(readHybrid(own.subarray(1), reader.view.getUint8(0), count), dictionary ?? []);
    case 'RLE': {
      // Of truth values, with their length before them.
      const runs = own.subarray(4, 4 + reader.view.getUint32(0, true));
      return Array.from(readHybrid(runs, 1, count), (value) => value === 1);
    }
    case 'PLAIN':
      if (!hasRoomFor(count, own)) throw new Error('it ends early');
      return converted(readPlain(reader, type, count, element.type_length), column);
    case 'BYTE_STREAM_SPLIT':
      if (!hasRoomFor(count, own)) throw new Error('it ends early');
      return converted(byteStreamSplit(reader, count, type, element.type_length), column);
    case 'DELTA_BINARY_PACKED': {
      const numbers = type === 'INT32' ? new Int32Array(count) : new BigInt64Array(count);
      deltaBinaryUnpack(reader, count, numbers);
      return converted(numbers, column);
    }
    case 'DELTA_LENGTH_BYTE_ARRAY':
    case 'DELTA_BYTE_ARRAY': {
      if (encoding === 'DELTA_BYTE_ARRAY') checkPrefixes(own, count, column);
      const texts: Uint8Array[] = [];
      (encoding === 'DELTA_BYTE_ARRAY' ? deltaByteArray : deltaLengthByteArray)(reader, count, texts);
      return converted(texts, column);
    }
    case undefined:
      throw invalidParquet(`column ${quote(column.name)} is encoded in no way that there is`);
    default:
      throw new FatalProblem(0, `column ${quote(column.name)} is encoded as ${encoding}, which is not read.`);
  }
}

/** A copy that starts and ends with its buffer, so that nothing beside the page can be read. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

function lookedUp(indices: Int32Array, dictionary: DecodedArray): DecodedArray {
  const outside = indices.find((index) => index < 0 || index >= dictionary.length);
  if (outside !== undefined) throw new Error(`value ${outside} of a dictionary of ${dictionary.length}`);
  return Array.from(indices, (index): unknown => dictionary[index]);
}

function converted(values: DecodedArray, { path }: ParquetColumn): DecodedArray {
  const { element } = path[path.length - 1];
  return convert(values, {
    ...{ element, parsers, schemaPath: [...path] },
    ...{ pathInSchema: [], type: element.type ?? 'BYTE_ARRAY', codec: 'UNCOMPRESSED' },
  });
}

/** Each text goes on from the start of the one before, so that few bytes can stand for very many. */
function checkPrefixes(bytes: Uint8Array, count: number, { name }: ParquetColumn): void {
  const reader = readerOf(bytes);
  const [prefixes, suffixes] = [new Int32Array(count), new Int32Array(count)];
  deltaBinaryUnpack(reader, count, prefixes);
  deltaBinaryUnpack(reader, count, suffixes);
  let [length, total] = [0, 0];
  for (const [i, prefix] of prefixes.entries()) {
    if (!(prefix >= 0 && prefix <= length && suffixes[i] >= 0)) throw new Error('no such prefix');
    length = prefix + suffixes[i];
    total += length;
  }
  checkExpansion(total, bytes.length, `column ${quote(name)}`, 'Write it as plain texts, if it is right.');
}
