// Recordings in NumPy arrays: one of values, and beside it what belongs to each recording. The values are
// `[recordings, time, channels]` or `[recordings, time]`, with `lengths` where the recordings are padded, or all steps one after
// another, `[steps, channels]` or `[steps]`, with `offsets` that say where each recording starts. A file that is one recording has it
// as `[time, channels]` or `[time]`.
import { PART_VALUES } from './binaryFormat.js';
import { rowsOfColumns } from './columnOrder.js';
import type { FileHeader } from './collect.js';
import { entriesOf, formatShape } from './npyHeader.js';
import { type ArrayBytes, type NpyArray, numbersOf, openNpyArray, readList } from './npyArray.js';
import {
  checkCount,
  placeOfOne,
  placesByOffsets,
  placesOfRows,
  type RecordingPlaces,
} from './recordingPlaces.js';
import { PartsBuilder, type Parts } from './parts.js';
import { groupsWhereReadable } from './groupsRead.js';
import { FatalProblem, quote } from './problems.js';
import { labelText, notOfSteps, readStepLabels, readStepTimes, type StepLabels } from './stepArrays.js';
import { disorderOfSteps } from './times.js';
import { BEYOND_FLOAT32, type Format, type ReadOptions } from './reader.js';

/**
 * What an array beside the values holds, one entry a recording (`offsets`: and the end; `channels`: one a channel; `times`, and `labels`
 * where steps have theirs: one a step).
 */
export const COMPANIONS = [
  'lengths',
  'offsets',
  'times',
  'labels',
  'groups',
  'splits',
  'ids',
  'channels',
] as const;

export type Companion = (typeof COMPANIONS)[number];

/** The arrays of a file or an archive, those that are there. */
export type RecordingArrays = Partial<Record<Companion, ArrayBytes>> & { readonly values: ArrayBytes };

/** The recordings in the array of values, and what belongs to each. */
export interface ArrayLayout extends FileHeader, RecordingPlaces {
  readonly values: NpyArray;
  readonly ids: readonly string[];
  readonly labels: readonly string[] | null;
  /** The class of each step of the array, where steps have theirs. */
  readonly stepLabels: StepLabels | null;
  /** The time of each step of the array. */
  readonly stepTimes: Float64Array | null;
  readonly times: ReadOptions['times'];
  readonly groups: readonly string[] | null;
  readonly splits: readonly string[] | null;
}

/** @throws FatalProblem where the arrays do not fit together */
export async function readArrayLayout(
  format: Format,
  arrays: RecordingArrays,
  { groups = 'read', recordings: many = 'many', times, labelsPer }: ReadOptions,
): Promise<ArrayLayout> {
  const values = await openNpyArray(arrays.values);
  const { bytes, shape, type } = values;
  if (type.kind === 'text' || type.kind === 'time')
    throw new FatalProblem(0, `${bytes.name} holds ${type.kind}s, expected numbers.`);
  const place =
    many === 'one'
      ? placeOfOne(values)
      : arrays.offsets === undefined
        ? await placesOfRows(values, arrays.lengths)
        : await placesByOffsets(values, arrays.offsets, arrays.lengths);
  if (place.starts.length === 0 || entriesOf(values) === 0) {
    throw new FatalProblem(0, `no recordings: ${bytes.name} has the shape ${formatShape(shape)}.`);
  }
  const recordings = place.starts.length;
  const ofSteps = arrays.labels !== undefined && (await isOfSteps(arrays.labels, recordings, labelsPer));
  const perRecording = async (companion: Companion): Promise<string[] | null> => {
    const array = arrays[companion];
    return array === undefined ? null : readTexts(array, recordings, 'recording');
  };
  const ids = await perRecording('ids');
  if (ids !== null) checkUnique(ids, 'id');
  const names = arrays.channels && (await readTexts(arrays.channels, place.channels, 'channel'));
  if (names !== undefined) checkUnique(names, 'channel');
  return {
    ...{ format, values, ...place },
    numbered: ids === null,
    channelNames: names ?? null,
    classes: null,
    ids: ids ?? Array.from({ length: recordings }, (_, i) => String(i)),
    labels: ofSteps ? null : await perRecording('labels'),
    stepLabels: ofSteps && arrays.labels ? await readStepLabels(arrays.labels, place.axes) : null,
    stepTimes: arrays.times === undefined ? null : await readStepTimes(arrays.times, place.axes),
    times,
    groups: groups === 'ignore' ? null : await groupsWhereReadable(perRecording('groups'), { groups }),
    splits: groups === 'read' && (await holdsTexts(arrays.splits)) ? await perRecording('splits') : null,
  };
}

/** Whether an array of classes has one for each step. @throws FatalProblem where it has, and recordings should have one each */
async function isOfSteps(
  labels: ArrayBytes,
  recordings: number,
  labelsPer: ReadOptions['labelsPer'],
): Promise<boolean> {
  const array = await openNpyArray(labels);
  const { shape } = array;
  if (shape.length === 1 && (shape[0] === recordings || labelsPer !== 'step')) return false;
  if (labelsPer !== 'step') throw notOfSteps(array, recordings);
  return true;
}

/** Whether there is an array of texts; what is called `splits` and holds numbers says nothing of parts. */
async function holdsTexts(array: ArrayBytes | undefined): Promise<boolean> {
  return array !== undefined && (await openNpyArray(array)).type.kind === 'text';
}

async function readTexts(bytes: ArrayBytes, expected: number, what: string): Promise<string[]> {
  const array = await openNpyArray(bytes);
  const texts = await readList(array, array.type.text);
  checkCount(bytes, texts.length, expected, what);
  return texts.map((text) => labelText(array, text));
}

function checkUnique(names: readonly string[], what: string): void {
  const seen = new Map<string, number>();
  for (const [i, name] of names.entries()) {
    const before = seen.get(name);
    if (name === '') throw new FatalProblem(0, `${what} ${i} (from 0) has an empty name.`);
    if (before !== undefined) {
      throw new FatalProblem(0, `the ${what} ${quote(name)} occurs twice, at ${before} and ${i} (from 0).`);
    }
    seen.set(name, i);
  }
}

/** The recordings, in the order of the array. A long one goes on from part to part. */
export async function* readArrayParts(layout: ArrayLayout): AsyncGenerator<Parts> {
  const { starts, lengths, channels } = layout;
  let parts = new PartsBuilder();
  let recording = 0;
  let reported = -1;
  for await (const { first, values } of blocksOf(layout)) {
    const end = first + values.length / channels;
    for (; recording < starts.length && starts[recording] < end; recording++) {
      const recordingEnd = starts[recording] + lengths[recording];
      const from = Math.max(starts[recording], first);
      const to = Math.min(recordingEnd, end);
      if (from < to) {
        const steps = values.subarray((from - first) * channels, (to - first) * channels);
        const problem = addSteps(parts, steps, layout, recording, from - starts[recording]);
        if (problem !== null && reported < recording) {
          parts.problems.add(0, problem);
          reported = recording;
        }
      }
      if (recordingEnd > end) break;
      if (lengths[recording] === 0) parts.problems.add(0, `${nameOf(layout, recording)} is empty.`);
    }
    if (parts.values.length >= PART_VALUES) {
      yield parts.finish(channels);
      parts = new PartsBuilder();
    }
  }
  // Those without a step, after the last that has one.
  for (; recording < starts.length; recording++) {
    if (lengths[recording] === 0) parts.problems.add(0, `${nameOf(layout, recording)} is empty.`);
  }
  yield parts.finish(channels);
}

/** @returns what is wrong with the first value that is infinite, or null */
function addSteps(
  parts: PartsBuilder,
  steps: Float32Array,
  layout: ArrayLayout,
  recording: number,
  stepsBefore: number,
): string | null {
  const { channels, channelNames, ids, labels, groups, splits, stepLabels, stepTimes, times } = layout;
  parts.begin({
    line: 0,
    id: ids[recording],
    label: labels?.[recording],
    group: groups?.[recording],
    split: splits?.[recording],
  });
  const at = parts.values.length;
  const data = parts.values.extend(steps.length);
  data.set(steps, at);
  parts.grow(steps.length / channels);
  let problem = stepsBefore > 0 ? null : timeProblem(layout, recording);
  for (let i = 0; i < steps.length; i++) {
    if (Number.isFinite(steps[i])) continue;
    const channel = (i % channels) + 1;
    const step = Math.floor(i / channels) + 1;
    if (Number.isNaN(steps[i])) {
      parts.addMissing(1, { step, channel, line: 0 });
      continue;
    }
    data[at + i] = NaN;
    const name = channelNames === null ? String(channel) : quote(channelNames[channel - 1]);
    problem ??= `${nameOf(layout, recording)}, channel ${name}, step ${stepsBefore + step}: ${BEYOND_FLOAT32}`;
  }
  const from = layout.starts[recording] + stepsBefore;
  const to = from + steps.length / channels;
  if (stepTimes !== null && times !== undefined && times !== 'check')
    parts.stepTimes.append(stepTimes.subarray(from, to));
  if (stepLabels !== null) {
    const { names, indices } = stepLabels;
    parts.labelSteps(Array.from(indices.subarray(from, to), (index) => names[index]));
  }
  return problem;
}

/** What is wrong with the times of a recording; null where nothing is. */
function timeProblem(layout: ArrayLayout, recording: number): string | null {
  const { stepTimes, times, starts, lengths } = layout;
  if (stepTimes === null) return null;
  const ofRecording = stepTimes.subarray(starts[recording], starts[recording] + lengths[recording]);
  const wrong = disorderOfSteps(ofRecording, times, String);
  return wrong === null ? null : `${nameOf(layout, recording)}: ${wrong}`;
}

function nameOf({ ids }: ArrayLayout, recording: number): string {
  return `recording ${quote(ids[recording])}`;
}

/** Steps one after another, whose values are in the order `[steps, channels]`. */
interface Block {
  /** The first step. */
  readonly first: number;
  readonly values: Float32Array;
}

async function* blocksOf({ values, channels, steps, time }: ArrayLayout): AsyncGenerator<Block> {
  const stepsOfBlock = Math.max(1, Math.floor(PART_VALUES / channels / 4));
  let first = 0;
  if (!values.fortranOrder || values.shape.length === 1) {
    for await (const block of numbersOf(values, stepsOfBlock * channels)) {
      yield { first, values: block };
      first += block.length / channels;
    }
    return;
  }
  const rows = steps / time;
  for await (const gathered of rowsOfColumns(values, { rows, time, channels })) {
    for (let at = 0; at < gathered.length; at += stepsOfBlock * channels) {
      const block = gathered.subarray(at, at + stepsOfBlock * channels);
      yield { first, values: block };
      first += block.length / channels;
    }
  }
}
