// The footer of a Parquet file: which columns it has, and where in the file each row group has them.
import { parquetMetadata, parquetSchema, type FileMetaData, type RowGroup, type SchemaTree } from 'hyparquet';
import type { ByteSource } from './byteSource.js';
import { FatalProblem, quote } from './problems.js';

export const PARQUET_MAGIC = Buffer.from('PAR1');

/** Stands at the end in place of `PAR1` where the footer is encrypted. */
const ENCRYPTED_MAGIC = Buffer.from('PARE');

/** The footer's length and the magic bytes. */
const TAIL = 8;

/** Bytes of a footer; in memory it takes many times as much. */
const LONGEST_FOOTER = 64 * 2 ** 20;

/** What masq makes of a column's values. */
export type ColumnKind = 'number' | 'boolean' | 'time' | 'text' | 'other';

/** A column at the top of the schema. */
export interface ParquetColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  /** 0 for one value a row, 1 for a list of values, 2 for a list of lists. */
  readonly depth: number;
  /** From the root of the schema to the column's values. */
  readonly path: readonly SchemaTree[];
}

/** What the footer says. */
export interface ParquetFooter {
  readonly columns: readonly ParquetColumn[];
  readonly groups: readonly RowGroup[];
}

/** @throws FatalProblem where the file is cut off, damaged or encrypted */
export async function readParquetFooter(source: ByteSource): Promise<ParquetFooter> {
  const { size } = source;
  const tail = await source.read(Math.max(0, size - TAIL), size);
  const magic = tail.subarray(-PARQUET_MAGIC.length);
  if (magic.equals(ENCRYPTED_MAGIC))
    throw new FatalProblem(0, 'the file is encrypted; write it without encryption.');
  if (size < TAIL + PARQUET_MAGIC.length || !magic.equals(PARQUET_MAGIC)) {
    throw invalidParquet('it does not end with PAR1; it may have been cut off');
  }
  const length = tail.readUInt32LE();
  if (length > size - TAIL - PARQUET_MAGIC.length || length > LONGEST_FOOTER) {
    throw invalidParquet(`its footer cannot be of ${length.toLocaleString('en')} bytes`);
  }
  const bytes = await source.read(size - TAIL - length, size);
  const metadata = parsing('its footer', () => parquetMetadata(bytes, { geoparquet: false }));
  return { columns: columnsOf(metadata), groups: metadata.row_groups };
}

export function invalidParquet(what: string): FatalProblem {
  return new FatalProblem(0, `not a valid Parquet file: ${what}.`);
}

/** Calls hyparquet, which throws errors of any class where the file is damaged; they speak to its programmers. */
export function parsing<Result>(what: string, parse: () => Result): Result {
  try {
    return parse();
  } catch (error) {
    if (error instanceof FatalProblem) throw error;
    throw invalidParquet(`${what} cannot be understood`);
  }
}

function columnsOf(metadata: FileMetaData): ParquetColumn[] {
  // hyparquet lets it pass that there is none.
  if (metadata.schema.some(({ name }: { name?: string }) => name === undefined)) {
    throw invalidParquet('a column has no name');
  }
  const root = parsing('its schema', () => parquetSchema(metadata));
  return (
    root.children
      .map((child) => columnOf([root, child]))
      // An index without a name, which pandas stores but does not count among the columns.
      .filter(({ name }) => !/^__index_level_\d+__$/.test(name))
  );
}

function columnOf(path: readonly SchemaTree[]): ParquetColumn {
  const [, { element }] = path;
  const last = path[path.length - 1];
  if (last.children.length > 1) return { name: element.name, kind: 'other', depth: 0, path };
  if (last.children.length === 1) return columnOf([...path, last.children[0]]);
  const depth = path.slice(1).filter((node) => node.element.repetition_type === 'REPEATED').length;
  // What is nested but repeats nothing is a struct.
  const isPlain = depth <= 2 && (depth > 0 || path.length === 2);
  return { name: element.name, kind: isPlain ? kindOf(last) : 'other', depth, path };
}

function kindOf({ element }: SchemaTree): ColumnKind {
  const { type, converted_type: converted, logical_type: logical } = element;
  switch (type) {
    case 'BOOLEAN':
      return 'boolean';
    case 'INT96':
      return 'time';
    case 'INT32':
    case 'INT64': {
      const isTime = converted === 'DATE' || converted?.startsWith('TIMESTAMP') === true;
      return isTime || logical?.type === 'TIMESTAMP' || logical?.type === 'DATE' ? 'time' : 'number';
    }
    case 'FLOAT':
    case 'DOUBLE':
      return 'number';
    case 'BYTE_ARRAY':
      if (converted === 'DECIMAL') return 'number';
      if (converted === undefined || converted === 'UTF8' || converted === 'ENUM') return 'text';
      return 'other';
    case 'FIXED_LEN_BYTE_ARRAY':
      return converted === 'DECIMAL' || logical?.type === 'FLOAT16' ? 'number' : 'other';
    default:
      return 'other';
  }
}

/** The column at a position that was searched for, undefined for -1. */
export function columnAt(columns: readonly ParquetColumn[], position: number): ParquetColumn | undefined {
  return position < 0 ? undefined : columns[position];
}

/** Whether the values of a column, one a row, are texts. */
export function holdsTexts({ kind, depth }: ParquetColumn): boolean {
  return kind === 'text' && depth === 0;
}

/** What messages call the values of a column. */
export function describeColumn({ name, kind, depth }: ParquetColumn): string {
  const values = {
    number: 'numbers',
    boolean: 'truth values',
    time: 'times',
    text: 'texts',
    other: 'something else',
  };
  return `column ${quote(name)} holds ${depth > 0 ? 'lists of ' : ''}${values[kind]}`;
}
