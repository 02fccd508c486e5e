// A set of recordings: what belongs to each of them in memory, and where its values are read from.
import type { Place } from '../shared/errors.js';
import { gathered, memoryValues, readerOf, type Values } from './values.js';

/** Labelled (or unlabelled) recordings of different lengths with the same channels. `valuesOf` reads the values of one. */
export interface Recordings {
  /** The files that the recordings were read from. */
  readonly files: readonly string[];
  /** Names of the channels where the file gives them, else null. */
  readonly channelNames: readonly string[] | null;
  /** Number of channels. */
  readonly channels: number;
  /**
   * How many of the channels, the last ones, say where the ones before them have no value: 1 there, else 0. Only where there are such
   * indicators; the values that they speak of are 0.
   */
  readonly indicators?: number;
  /** Class names in the order of their indices: as the file's header declares them, else sorted. */
  readonly classes: readonly string[];
  /** Where values are read from. */
  readonly values: Values;
  /** Where each recording starts, in steps; one more entry than recordings. */
  readonly offsets: Float64Array;
  /** Index into `classes` for each recording; -1 where the label is unknown. */
  readonly labels: Int32Array;
  /** The recording's id in its file, or its position from 0. */
  readonly ids: readonly string[];
  /** The group (subject, machine, …) of each recording, or null where the file names none. */
  readonly groups: readonly string[] | null;
  /** The part (`train`, `test`, …) that the file assigns each recording to, or null where it assigns none. */
  readonly splits: readonly string[] | null;
  /** Index into `files` for each recording. */
  readonly fileIndices: Int32Array;
  /** The line of its file on which each recording starts, from 1; 0 where the file has no lines. */
  readonly lines: Int32Array;
  /**
   * The time of each step, `[sum of lengths]`: in seconds where the file has dates, else in its own unit. Only where times were asked
   * for, and the files have them.
   */
  readonly times?: Float64Array;
  /**
   * The class of each step, `[sum of lengths]`, as an index into `classes` or -1. Only where labels of steps were asked for, and one
   * changes within a recording; `labels` then has the class of most of a recording's labelled steps.
   */
  readonly stepLabels?: Int32Array;
  /** Where windows come from; only where the recordings are windows of others. */
  readonly origin?: WindowOrigin;
}

/** What batches are made of. */
export type BatchedRecordings = Pick<
  Recordings,
  'channels' | 'channelNames' | 'indicators' | 'classes' | 'values' | 'offsets' | 'labels'
>;

/** The recordings that windows were cut from. */
export interface WindowOrigin {
  /** For each window, an index into the lists below. */
  readonly recordings: Int32Array;
  /** The ids of the recordings, those without a window included. */
  readonly ids: readonly string[];
  /** The class of each recording: an index into `classes`; -1 where it is unknown or changes within the recording. */
  readonly labels: Int32Array;
  /** Whether the class changes within some recording. */
  readonly changing: boolean;
}

/** The number of recordings. */
export function count(recordings: Pick<Recordings, 'labels'>): number {
  return recordings.labels.length;
}

/** The number of steps of recording `index`. */
export function lengthOf(recordings: Pick<Recordings, 'offsets'>, index: number): number {
  return recordings.offsets[index + 1] - recordings.offsets[index];
}

/** The number of steps of each recording. */
export function lengthsOf(recordings: Recordings): Int32Array {
  return recordings.labels.map((_, index) => lengthOf(recordings, index));
}

/**
 * The values of recording `index`, `[time, channels]`. They stay until values of this set, or of one that it is made of, are read
 * again, and are not to be changed.
 *
 * @throws UserError where they come from a packed file that is damaged
 */
export function valuesOf(recordings: Pick<Recordings, 'values' | 'offsets'>, index: number): Float32Array {
  return readerOf(recordings.values)(index, 0, lengthOf(recordings, index));
}

/** The values of all recordings in one array, `[sum of lengths, channels]`: those of a set that memory can hold. */
export function allValues({ values, offsets }: Recordings): Float32Array {
  return gathered(values, offsets).data;
}

/** The class of each step, `[sum of lengths]`: an index into `classes`, or -1 where it is unknown. */
export function labelsOfSteps({ stepLabels, labels, offsets }: Recordings): Int32Array {
  if (stepLabels !== undefined) return stepLabels;
  const ofSteps = new Int32Array(offsets[labels.length]);
  for (const [i, label] of labels.entries()) ofSteps.fill(label, offsets[i], offsets[i + 1]);
  return ofSteps;
}

/** The length of the longest recording; 0 when there is none. */
export function longest(recordings: Recordings): number {
  return lengthsOf(recordings).reduce((most, length) => Math.max(most, length), 0);
}

/** The file, and the line where it has any, where recording `index` starts, for messages; empty for recordings made in memory. */
export function placeOf(recordings: Recordings, index: number): Place {
  const file = recordings.files.at(recordings.fileIndices[index]);
  const line = recordings.lines[index];
  return file === undefined ? {} : line === 0 ? { file } : { file, line };
}

/** What `recordingsFromArrays` takes beside the values; one entry a recording. */
export interface ArrayOptions {
  /** Class names; null or absent where unknown. */
  labels?: readonly (string | null)[];
  /** The order of the classes. Default: the labels that occur, sorted. */
  classes?: readonly string[];
  groups?: readonly string[];
  splits?: readonly string[];
  /** Default: the position from 0. */
  ids?: readonly string[];
  channelNames?: readonly string[];
}

/**
 * Recordings from nested arrays `[recording][time][channel]`, for data that are already in memory.
 * Throws a RangeError where a step has another number of channels or a list another number of entries.
 */
export function recordingsFromArrays(
  series: readonly (readonly (readonly number[])[])[],
  { labels, classes, groups, splits, ids, channelNames }: ArrayOptions = {},
): Recordings {
  const channels = series[0]?.[0]?.length ?? 0;
  for (const [name, list] of Object.entries({ labels, groups, splits, ids })) {
    if (list !== undefined && list.length !== series.length) {
      throw new RangeError(`${name} has ${list.length} entries for ${series.length} recordings.`);
    }
  }
  if (channelNames !== undefined && channelNames.length !== channels) {
    throw new RangeError(`channelNames has ${channelNames.length} entries for ${channels} channels.`);
  }
  const offsets = new Float64Array(series.length + 1);
  for (const [i, recording] of series.entries()) {
    offsets[i + 1] = offsets[i] + recording.length;
    const wrong = recording.findIndex((step) => step.length !== channels);
    if (wrong >= 0) {
      throw new RangeError(
        `Step ${wrong} of recording ${i} has ${recording[wrong].length} channels, expected ${channels}.`,
      );
    }
  }
  const names = classes ?? sortClasses(new Set(labels?.filter((label) => label !== null)));
  return {
    files: [],
    channelNames: channelNames ?? null,
    channels,
    classes: names,
    values: memoryValues(Float32Array.from(series.flat(2)), offsets, channels),
    offsets,
    labels: Int32Array.from(series, (_, i) => classIndex(names, labels?.[i] ?? null)),
    ids: ids ?? series.map((_, i) => String(i)),
    groups: groups ?? null,
    splits: splits ?? null,
    fileIndices: new Int32Array(series.length),
    lines: new Int32Array(series.length),
  };
}

/** Class names in order: as numbers when all of them are numbers, else by code unit. */
export function sortClasses(labels: Iterable<string>): string[] {
  const names = [...labels];
  const numbers = names.every((name) => name.trim() !== '' && Number.isFinite(Number(name)));
  const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return names.sort((a, b) => (numbers ? Number(a) - Number(b) : 0) || byCodeUnit(a, b));
}

function classIndex(classes: readonly string[], label: string | null): number {
  if (label === null) return -1;
  const index = classes.indexOf(label);
  if (index < 0) throw new RangeError(`Label "${label}" is not one of the classes ${classes.join(', ')}.`);
  return index;
}
