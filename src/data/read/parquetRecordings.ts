// Parquet files with one row a recording, whose channels are lists of numbers: one list a channel, or one list of steps that are
// lists of channels.
import type { RowGroup } from 'hyparquet';
import { counted } from '../../shared/counted.js';
import { PART_VALUES } from './binaryFormat.js';
import type { ByteSource } from './byteSource.js';
import type { FileHeader } from './collect.js';
import { groupsWhereReadable, rolesRead } from './groupsRead.js';
import {
  columnAt,
  describeColumn,
  holdsTexts,
  type ParquetColumn,
  type ParquetFooter,
} from './parquetFooter.js';
import { isoTime, readListedTexts, readNumbers, readTexts } from './parquetValues.js';
import { PartsBuilder, type Parts } from './parts.js';
import { FatalProblem, quote } from './problems.js';
import { BEYOND_FLOAT32, type ReadOptions } from './reader.js';
import { firstRepeated } from './repeated.js';
import { checkOneRoleEach, findChosen, findRoles } from './roles.js';
import { disorderOfSteps, parseTime } from './times.js';

export interface RecordingsLayout extends FileHeader {
  readonly rows: 'recordings';
  readonly groups: readonly RowGroup[];
  readonly recording: ParquetColumn | undefined;
  readonly time: ParquetColumn | undefined;
  readonly label: ParquetColumn | undefined;
  readonly group: ParquetColumn | undefined;
  readonly split: ParquetColumn | undefined;
  /** One list a channel, or a single list of lists. */
  readonly channels: readonly ParquetColumn[];
  readonly asked: Pick<ReadOptions, 'groups'>;
  readonly times: ReadOptions['times'];
  readonly labelsPer: ReadOptions['labelsPer'];
}

/** @throws FatalProblem where it is not clear which columns are channels */
export function findListColumns({ columns, groups }: ParquetFooter, options: ReadOptions): RecordingsLayout {
  const header = columns.map(({ name }) => name);
  const repeated = firstRepeated(header);
  if (repeated !== undefined) throw new FatalProblem(0, `two columns are called ${quote(repeated)}.`);
  const roles = findRoles(header, 0, 'column', (i) => holdsTexts(columns[i]), options);
  const read = rolesRead(roles, options);
  const taken = Object.values(roles);
  const chosen = options.columns?.channels;
  const positions =
    chosen?.map((name) => findChosen(header, 0, 'column', name)) ??
    [...columns.keys()].filter((i) => columns[i].depth > 0 && !taken.includes(i));
  checkOneRoleEach(header, 0, 'column', [...taken, ...positions]);
  const channels = positions.map((i) => columns[i]);
  const plain = channels.find(({ depth }) => depth === 0);
  if (plain !== undefined) {
    throw new FatalProblem(0, `${describeColumn(plain)}, though other channels are lists, one a recording.`);
  }
  const nested = channels.find(({ depth }) => depth === 2);
  if (nested !== undefined && channels.length > 1) {
    throw new FatalProblem(
      0,
      `column ${quote(nested.name)} holds lists of lists, [time][channel], and is not the only channel. Leave the others out, ` +
        'or name the channels with data.columns.channels in the config of a run.',
    );
  }
  return {
    rows: 'recordings',
    format: 'parquet',
    classes: null,
    channelNames: nested === undefined ? channels.map(({ name }) => name) : null,
    groups,
    recording: columnAt(columns, roles.recording),
    time: columnAt(columns, roles.time),
    label: columnAt(columns, roles.label),
    group: columnAt(columns, read.group),
    split: columnAt(columns, read.split),
    channels,
    asked: options,
    times: options.times,
    labelsPer: options.labelsPer,
  };
}

/** A channel's values, or those of all channels, with where each row's start. */
interface Lists {
  readonly values: Float32Array;
  readonly starts: Float64Array;
}

export async function* readListParts(source: ByteSource, layout: RecordingsLayout): AsyncGenerator<Parts> {
  const rowOf = new Map<string, number>();
  let rowsBefore = 0;
  let parts = new PartsBuilder();
  let channels = layout.channels[0].depth === 2 ? null : layout.channels.length;
  for (const group of layout.groups) {
    const { ids, labels, stepLabels, groups, splits, times } = await readRoles(source, group, layout);
    const lists: Lists[] = [];
    for (const column of layout.channels) {
      const { values, lengths, inner } = await readNumbers(source, group, column, (n) => new Float32Array(n));
      const ofRows =
        column.depth === 2
          ? valuesOfRows(lengths, inner, rowsBefore, (channels ??= inner.at(0) ?? 0))
          : lengths;
      lists.push({ values, starts: sums(ofRows) });
    }
    if (channels === null || channels === 0) throw new FatalProblem(0, 'the first step has no channels.');
    for (let row = 0; row < Number(group.num_rows); row++) {
      const number = rowsBefore + row + 1;
      const id = ids?.[row];
      const wrong = shapeProblem(lists, row, layout) ?? idProblem(id, number, rowOf);
      const where = `row ${number.toLocaleString('en')}`;
      if (wrong !== null) {
        parts.problems.add(0, `${where}: ${wrong}`);
        continue;
      }
      const label = labels === null || labels[row] === '?' ? '' : labels[row];
      parts.begin({ line: 0, id, label, group: groups?.[row], split: splits?.[row] });
      addRecording(parts, lists, row, channels, layout, where);
      if (times !== null) {
        const ofRow = times.values.subarray(times.starts[row], times.starts[row + 1]);
        const problem = timeProblem(ofRow, parts.steps, layout);
        if (problem !== null) parts.problems.add(0, `${where}: ${problem}`);
        if (layout.times === 'keep' || layout.times === 'keep-unordered') parts.stepTimes.append(ofRow);
      }
      if (stepLabels !== null) {
        const ofRow = stepLabels.values.slice(stepLabels.starts[row], stepLabels.starts[row + 1]);
        if (ofRow.length === parts.steps) parts.labelSteps(ofRow);
        else
          parts.problems.add(
            0,
            `${where}: ${counted(ofRow.length, 'label')} for ${counted(parts.steps, 'step')}.`,
          );
      }
      if (parts.values.length < PART_VALUES) continue;
      yield parts.finish(channels);
      parts = new PartsBuilder();
    }
    rowsBefore += Number(group.num_rows);
  }
  yield parts.finish(channels ?? 0);
}

interface Roles {
  readonly ids: readonly string[] | null;
  readonly labels: readonly string[] | null;
  /** The class of each step, where the column holds lists. */
  readonly stepLabels: OfSteps<readonly string[]> | null;
  readonly groups: readonly string[] | null;
  readonly splits: readonly string[] | null;
  readonly times: OfSteps<Float64Array> | null;
}

/** What belongs to the steps of all rows, and where each row's start. */
interface OfSteps<Values> {
  readonly values: Values;
  readonly starts: Float64Array;
}

async function readRoles(source: ByteSource, group: RowGroup, layout: RecordingsLayout): Promise<Roles> {
  const texts = (column: ParquetColumn | undefined, hint = ''): Promise<string[]> | null =>
    column === undefined ? null : readTexts(source, group, column, hint);
  const { recording, label, group: groupColumn, split, time } = layout;
  const isOfSteps = label?.depth === 1 && layout.labelsPer === 'step';
  return {
    ids: await texts(recording),
    labels: isOfSteps
      ? null
      : await texts(label, ' With data.windows, it may hold a list of labels, one a step.'),
    stepLabels: isOfSteps ? await readLabels(source, group, label) : null,
    groups: await groupsWhereReadable(texts(groupColumn), layout.asked),
    splits: await texts(split),
    // The time of a recording as a whole says nothing of its steps.
    times: time?.depth === 1 ? await readTimes(source, group, time) : null,
  };
}

async function readLabels(
  source: ByteSource,
  group: RowGroup,
  column: ParquetColumn,
): Promise<OfSteps<string[]>> {
  const { texts, lengths } = await readListedTexts(source, group, column);
  return { values: texts.map((text) => (text === '?' ? '' : text)), starts: sums(lengths) };
}

/** Times as numbers, or of ISO 8601 texts; NaN where one is missing. */
async function readTimes(
  source: ByteSource,
  group: RowGroup,
  column: ParquetColumn,
): Promise<OfSteps<Float64Array>> {
  if (column.kind !== 'text') {
    const { values, lengths } = await readNumbers(source, group, column, (n) => new Float64Array(n));
    return { values, starts: sums(lengths) };
  }
  const { texts, lengths } = await readListedTexts(source, group, column);
  const values = Float64Array.from(texts, (text) => {
    const time = parseTime(text);
    if (text === '' || !Number.isNaN(time)) return time;
    throw new FatalProblem(
      0,
      `column ${quote(column.name)}: the time ${quote(text)} is neither a number nor an ISO 8601 date.`,
    );
  });
  return { values, starts: sums(lengths) };
}

/** How many values each row has, where each of its steps has the same channels. */
function valuesOfRows(
  lengths: Int32Array,
  inner: Int32Array,
  rowsBefore: number,
  channels: number,
): Float64Array {
  let step = 0;
  return Float64Array.from(lengths, (length, row) => {
    for (const end = step + length; step < end; step++) {
      if (inner[step] === channels) continue;
      const where = `row ${(rowsBefore + row + 1).toLocaleString('en')}, step ${length - (end - step) + 1}`;
      throw new FatalProblem(
        0,
        `${where}: ${counted(inner[step], 'channel')}, expected ${channels.toLocaleString('en')}.`,
      );
    }
    return length * channels;
  });
}

/** Where each row starts, and the end. */
function sums(lengths: ArrayLike<number>): Float64Array {
  const starts = new Float64Array(lengths.length + 1);
  for (let i = 0; i < lengths.length; i++) starts[i + 1] = starts[i] + lengths[i];
  return starts;
}

function shapeProblem(lists: readonly Lists[], row: number, { channels }: RecordingsLayout): string | null {
  const lengths = lists.map(({ starts }) => starts[row + 1] - starts[row]);
  const other = lengths.findIndex((length) => length !== lengths[0]);
  if (other >= 0) {
    const [name, first] = [quote(channels[other].name), quote(channels[0].name)];
    return `channel ${name} has ${counted(lengths[other], 'step')}, but channel ${first} has ${lengths[0].toLocaleString('en')}.`;
  }
  return lengths[0] === 0 ? 'the recording is empty.' : null;
}

function idProblem(id: string | undefined, row: number, rowOf: Map<string, number>): string | null {
  if (id === undefined) return null;
  if (id === '') return 'the recording has no id.';
  const before = rowOf.get(id);
  if (before !== undefined)
    return `recording ${quote(id)} is in row ${before} already; a recording is one row.`;
  rowOf.set(id, row);
  return null;
}

function addRecording(
  parts: PartsBuilder,
  lists: readonly Lists[],
  row: number,
  channels: number,
  layout: RecordingsLayout,
  where: string,
): void {
  const [first] = lists;
  const perList = channels / lists.length;
  const steps = (first.starts[row + 1] - first.starts[row]) / perList;
  const at = parts.values.length;
  const data = parts.values.extend(steps * channels);
  parts.grow(steps);
  let problem: string | null = null;
  for (let i = 0; i < steps * channels; i++) {
    const [step, channel] = [Math.floor(i / channels), i % channels];
    const list = perList === 1 ? lists[channel] : first;
    const value = list.values[list.starts[row] + (perList === 1 ? step : i)];
    data[at + i] = Number.isFinite(value) ? value : NaN;
    if (Number.isFinite(value)) continue;
    if (Number.isNaN(value)) {
      parts.addMissing(1, { step: step + 1, channel: channel + 1, line: 0 });
    } else {
      const name = layout.channelNames === null ? String(channel + 1) : quote(layout.channelNames[channel]);
      problem ??= `${where}, channel ${name}, step ${step + 1}: ${BEYOND_FLOAT32}`;
    }
  }
  if (problem !== null) parts.problems.add(0, problem);
}

function timeProblem(
  times: Float64Array,
  steps: number,
  { time, times: wanted }: RecordingsLayout,
): string | null {
  if (times.length !== steps) return `${counted(times.length, 'time')} for ${counted(steps, 'step')}.`;
  return disorderOfSteps(times, wanted, time?.kind === 'time' ? isoTime : String);
}
