// The values of a column in a row group, page after page: numbers or texts, one a row or in lists.
import type { RowGroup } from 'hyparquet';
import type { ByteSource } from './byteSource.js';
import { describeColumn, invalidParquet, type ParquetColumn } from './parquetFooter.js';
import { chunkOf, levelsOf, readPages } from './parquetPages.js';
import { FatalProblem, quote } from './problems.js';
import { truthClass } from './reader.js';

/** Numbers of a column, those of all rows one after another; what is null is NaN. */
export interface ColumnNumbers<Numbers extends Float32Array | Float64Array> {
  readonly values: Numbers;
  /** How many belong to each row: 1 where the column holds no lists, 0 where the list is null. */
  readonly lengths: Int32Array;
  /** Of lists of lists: how many belong to each list in a list. */
  readonly inner: Int32Array;
}

/**
 * @param make an array for so many numbers
 * @throws FatalProblem where the column holds none, or is damaged
 */
export async function readNumbers<Numbers extends Float32Array | Float64Array>(
  source: ByteSource,
  group: RowGroup,
  column: ParquetColumn,
  make: (length: number) => Numbers,
): Promise<ColumnNumbers<Numbers>> {
  const { kind, depth } = column;
  if (kind === 'text' || kind === 'other')
    throw new FatalProblem(0, `${describeColumn(column)}, expected numbers.`);
  const chunk = chunkOf(group, column);
  const deepest = levelsOf(column).definition;
  const present = repeatedLevels(column);
  const values = make(Number(chunk.num_values));
  const lengths = new Int32Array(Number(group.num_rows));
  const inner = new Int32Array(depth === 2 ? values.length : 0);
  let row = -1;
  let written = 0;
  let lists = 0;
  for await (const { count, repetition, definition, values: found } of readPages(source, chunk, column)) {
    for (let i = 0, next = 0; i < count; i++) {
      const level = definition === null ? deepest : definition[i];
      const repeats = repetition === null ? 0 : repetition[i];
      if (repeats === 0) row++;
      // An entry that lacks the inner list stands for a list in a list without entries.
      if (depth === 2 && repeats < 2 && level >= present[0]) {
        lengths[row]++;
        lists++;
      }
      if (level < (present.at(-1) ?? 0)) continue;
      if (depth === 2) inner[lists - 1]++;
      else lengths[row]++;
      values[written++] = level === deepest ? Number(found[next++]) : NaN;
    }
  }
  checkRows(row + 1, group, column);
  const numbers = values.subarray(0, written) as Numbers;
  return { values: numbers, lengths, inner: inner.subarray(0, lists) };
}

/** The level from which on an entry belongs to a list, for each list around it. */
function repeatedLevels({ path }: ParquetColumn): number[] {
  const types = path.slice(1).map(({ element }) => element.repetition_type);
  return types.flatMap((type, i) =>
    type === 'REPEATED' ? [types.slice(0, i + 1).filter((other) => other !== 'REQUIRED').length] : [],
  );
}

/**
 * Texts of a column, one a row; whole numbers in all their digits, truth values as Python writes them, times as ISO 8601, and
 * empty what is null.
 *
 * @param hint is added to the message where the column holds lists
 * @throws FatalProblem where the column holds lists or other numbers, or is damaged
 */
export async function readTexts(
  source: ByteSource,
  group: RowGroup,
  column: ParquetColumn,
  hint = '',
): Promise<string[]> {
  if (column.depth > 0 || column.kind === 'other') {
    throw new FatalProblem(
      0,
      `${describeColumn(column)}, expected one text or number a row.${column.depth === 1 ? hint : ''}`,
    );
  }
  const deepest = levelsOf(column).definition;
  const texts: string[] = [];
  for await (const { count, definition, values } of readPages(source, chunkOf(group, column), column)) {
    for (let i = 0, next = 0; i < count; i++) {
      const isNull = definition !== null && definition[i] < deepest;
      texts.push(isNull ? '' : textOf(values[next++], column));
    }
  }
  checkRows(texts.length, group, column);
  return texts;
}

/** Texts of a column of lists, those of all rows one after another, written as by {@link readTexts}. */
export interface ListedTexts {
  readonly texts: readonly string[];
  /** How many belong to each row; 0 where the list is null. */
  readonly lengths: Int32Array;
}

/** @throws FatalProblem where the column holds no lists, or those of something else, or is damaged */
export async function readListedTexts(
  source: ByteSource,
  group: RowGroup,
  column: ParquetColumn,
): Promise<ListedTexts> {
  if (column.depth !== 1 || column.kind === 'other') {
    throw new FatalProblem(0, `${describeColumn(column)}, expected a list of texts or numbers a row.`);
  }
  const deepest = levelsOf(column).definition;
  const [present] = repeatedLevels(column);
  const texts: string[] = [];
  const lengths = new Int32Array(Number(group.num_rows));
  let row = -1;
  for await (const { count, repetition, definition, values } of readPages(
    source,
    chunkOf(group, column),
    column,
  )) {
    for (let i = 0, next = 0; i < count; i++) {
      const level = definition === null ? deepest : definition[i];
      if (repetition === null || repetition[i] === 0) row++;
      if (level < present) continue;
      lengths[row]++;
      texts.push(level === deepest ? textOf(values[next++], column) : '');
    }
  }
  checkRows(row + 1, group, column);
  return { texts, lengths };
}

function textOf(value: unknown, { name, kind }: ParquetColumn): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return truthClass(value);
  if (typeof value === 'bigint') return String(value);
  const number = Number(value);
  if (Number.isNaN(number)) return '';
  if (kind === 'time') return isoTime(number);
  if (Number.isSafeInteger(number)) return String(number);
  throw new FatalProblem(0, `column ${quote(name)} holds ${number}, expected texts or whole numbers.`);
}

/** A time in seconds since 1970, as messages and ids show it: to the microsecond where it is not of whole milliseconds. */
export function isoTime(seconds: number): string {
  const microseconds = Math.round(seconds * 1e6);
  const time = new Date(Math.floor(microseconds / 1000));
  if (Number.isNaN(time.getTime())) return String(seconds);
  const rest = microseconds - 1000 * time.getTime();
  return rest === 0
    ? time.toISOString()
    : time.toISOString().replace('Z', `${String(rest).padStart(3, '0')}Z`);
}

function checkRows(found: number, { num_rows: expected }: RowGroup, { name }: ParquetColumn): void {
  if (found !== Number(expected)) {
    throw invalidParquet(`column ${quote(name)} has ${found} rows in a row group of ${String(expected)}`);
  }
}
