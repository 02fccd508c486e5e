// Parquet files with one row a step, their columns found as those of a long CSV.
import type { RowGroup } from 'hyparquet';
import { PART_VALUES } from './binaryFormat.js';
import type { ByteSource } from './byteSource.js';
import type { FileHeader } from './collect.js';
import { groupsWhereReadable } from './groupsRead.js';
import { findColumns } from './longCsvColumns.js';
import { columnAt, holdsTexts, type ParquetColumn, type ParquetFooter } from './parquetFooter.js';
import { isoTime, readNumbers, readTexts } from './parquetValues.js';
import { PartsBuilder, type Parts } from './parts.js';
import { quote } from './problems.js';
import { BEYOND_FLOAT32, ONLY_ID, type ReadOptions } from './reader.js';
import { addStep } from './steps.js';
import { parseTime } from './times.js';

export interface StepsLayout extends FileHeader {
  readonly rows: 'steps';
  readonly groups: readonly RowGroup[];
  /** Undefined where the file is one recording, and does not name it. */
  readonly recording: ParquetColumn | undefined;
  readonly time: ParquetColumn | undefined;
  readonly label: ParquetColumn | undefined;
  readonly group: ParquetColumn | undefined;
  readonly split: ParquetColumn | undefined;
  readonly channels: readonly ParquetColumn[];
  readonly asked: Pick<ReadOptions, 'groups'>;
  readonly times: ReadOptions['times'];
}

const TEXTS = {
  found: 'holds texts',
  remedy: 'If they are numbers, write them as numbers.',
};

/** @throws FatalProblem that says how to name the columns where they cannot be found */
export function findStepColumns({ columns, groups }: ParquetFooter, options: ReadOptions): StepsLayout {
  const header = columns.map(({ name }) => name);
  const positions = findColumns(header, 0, (i) => (holdsTexts(columns[i]) ? TEXTS : null), options);
  const channels = positions.channels.map((position) => columns[position]);
  return {
    rows: 'steps',
    format: 'parquet',
    classes: null,
    channelNames: channels.map(({ name }) => name),
    groups,
    recording: columnAt(columns, positions.recording),
    numbered: positions.recording < 0,
    time: columnAt(columns, positions.time),
    label: columnAt(columns, positions.label),
    group: columnAt(columns, positions.group),
    split: columnAt(columns, positions.split),
    channels,
    asked: options,
    times: options.times,
  };
}

/** The columns of a row group that are read: whole, as each is stored for itself. */
interface StepColumns {
  readonly ids: readonly string[];
  readonly labels: readonly string[] | null;
  readonly groups: readonly string[] | null;
  readonly splits: readonly string[] | null;
  readonly times: { readonly values: Float64Array; readonly text: (row: number) => string } | null;
  readonly channels: readonly Float32Array[];
}

export async function* readStepParts(source: ByteSource, layout: StepsLayout): AsyncGenerator<Parts> {
  const channels = layout.channels.length;
  let rowsBefore = 0;
  let parts = new PartsBuilder();
  for (const group of layout.groups) {
    const columns = await readStepColumns(source, group, layout);
    for (const row of columns.ids.keys()) {
      addRow(parts, columns, row, rowsBefore + row + 1, layout);
      if (parts.values.length < PART_VALUES) continue;
      yield parts.finish(channels);
      parts = new PartsBuilder();
    }
    rowsBefore += columns.ids.length;
  }
  yield parts.finish(channels);
}

async function readStepColumns(
  source: ByteSource,
  group: RowGroup,
  layout: StepsLayout,
): Promise<StepColumns> {
  const texts = (column: ParquetColumn | undefined): Promise<string[]> | null =>
    column === undefined ? null : readTexts(source, group, column);
  const channels: Float32Array[] = [];
  for (const column of layout.channels) {
    channels.push((await readNumbers(source, group, column, (length) => new Float32Array(length))).values);
  }
  return {
    ids: (await texts(layout.recording)) ?? new Array<string>(Number(group.num_rows)).fill(ONLY_ID),
    labels: await texts(layout.label),
    groups: await groupsWhereReadable(texts(layout.group), layout.asked),
    splits: await texts(layout.split),
    times: layout.time === undefined ? null : await readTimes(source, group, layout.time),
    channels,
  };
}

async function readTimes(
  source: ByteSource,
  group: RowGroup,
  column: ParquetColumn,
): Promise<StepColumns['times']> {
  if (column.kind === 'text') {
    const texts = await readTexts(source, group, column);
    return { values: Float64Array.from(texts, parseTime), text: (row) => texts[row] };
  }
  const { values } = await readNumbers(source, group, column, (length) => new Float64Array(length));
  return { values, text: (row) => (column.kind === 'time' ? isoTime(values[row]) : String(values[row])) };
}

/** @param number of the row in the file, from 1 */
function addRow(
  parts: PartsBuilder,
  columns: StepColumns,
  row: number,
  number: number,
  layout: StepsLayout,
): void {
  const { ids, labels, groups, splits, times, channels } = columns;
  const id = ids[row];
  const where = `row ${number.toLocaleString('en')}`;
  if (id === '') {
    parts.problems.add(0, `${where} does not say which recording it belongs to.`);
    return;
  }
  const time = times === null || Number.isNaN(times.values[row]) ? null : times.values[row];
  if (times !== null && time === null) {
    const text = times.text(row);
    const found =
      text === '' || text === 'NaN'
        ? 'the time is missing.'
        : `the time ${quote(text)} is neither a number nor an ISO 8601 date.`;
    parts.problems.add(0, `${where}, recording ${quote(id)}: ${found}`);
  }
  const label = labels === null || labels[row] === '?' ? '' : labels[row];
  const step = { line: 0, id, label, group: groups?.[row], split: splits?.[row], time };
  addStep(parts, { ...step, timeText: () => times?.text(row) ?? '' }, layout.times);
  let infinite = -1;
  for (let channel = 0; channel < channels.length; channel++) {
    const value = channels[channel][row];
    parts.values.push(Number.isFinite(value) ? value : NaN);
    if (Number.isNaN(value)) parts.addMissing(1, { step: parts.steps, channel: channel + 1, line: 0 });
    else if (!Number.isFinite(value) && infinite < 0) infinite = channel;
  }
  if (infinite < 0) return;
  const name = quote(layout.channels[infinite].name);
  parts.problems.add(0, `${where}, recording ${quote(id)}, channel ${name}: ${BEYOND_FLOAT32}`);
}
