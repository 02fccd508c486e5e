// Reads Parquet files with one row a step, or, where channels are lists of numbers, one row a recording. A row group is read at a
// time, column by column.
import type { BinaryFormat } from './binaryFormat.js';
import { checkExpansion } from './expansion.js';
import {
  invalidParquet,
  type ParquetColumn,
  type ParquetFooter,
  readParquetFooter,
} from './parquetFooter.js';
import { chunkOf } from './parquetPages.js';
import { findListColumns, readListParts, type RecordingsLayout } from './parquetRecordings.js';
import { findStepColumns, readStepParts, type StepsLayout } from './parquetSteps.js';
import { FatalProblem, quote } from './problems.js';
import type { ReadOptions } from './reader.js';

/** Bytes that a value takes while it is read. */
const VALUE = 4;

export const parquetFormat: BinaryFormat<StepsLayout | RecordingsLayout> = {
  readHeader: async (source, options) => {
    const footer = await readParquetFooter(source);
    const layout = hasLists(footer, options)
      ? findListColumns(footer, options)
      : findStepColumns(footer, options);
    const rows = layout.groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
    if (rows === 0) throw new FatalProblem(0, 'no recordings: the file has no rows.');
    const { recording, time, label, group, channels } = layout;
    const columns = [recording, time, label, group, ...channels].filter((column) => column !== undefined);
    checkExpansion(
      columns.reduce((sum, column) => sum + valuesOf(column, layout), 0) * VALUE,
      source.size,
      'the file',
      'Write it without dictionaries (use_dictionary=False), if it is right.',
    );
    return layout;
  },
  readParts: (source, layout) =>
    layout.rows === 'steps' ? readStepParts(source, layout) : readListParts(source, layout),
};

function hasLists({ columns }: ParquetFooter, { columns: { channels: chosen } = {} }: ReadOptions): boolean {
  return columns.some(({ name, depth }) => depth > 0 && (chosen?.includes(name) ?? true));
}

/** Values of a column in the whole file. */
function valuesOf(column: ParquetColumn, { groups }: StepsLayout | RecordingsLayout): number {
  return groups.reduce((sum, group) => {
    const [values, rows] = [Number(chunkOf(group, column).num_values), Number(group.num_rows)];
    // hyparquet lets it pass that they are missing.
    if (Number.isNaN(values) || Number.isNaN(rows)) {
      throw invalidParquet(
        `column ${quote(column.name)} does not say how many values it has for how many rows`,
      );
    }
    if (!(values >= rows && rows >= 0 && (column.depth > 0 || values === rows))) {
      throw invalidParquet(`a column of ${values} values in a row group of ${rows}`);
    }
    return sum + values;
  }, 0);
}
