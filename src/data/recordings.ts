// A set of recordings in memory: every value in one array, recording after recording, so that a batch is a few
// block copies.

/**
 * Labelled (or unlabelled) recordings of different lengths with the same channels.
 * Recording `i` is `values[offsets[i] * channels … offsets[i + 1] * channels]`, laid out `[time, channels]`.
 */
export interface Recordings {
  /** The files that the recordings were read from. */
  readonly files: readonly string[];
  /** Names of the channels where the file gives them (long CSV), else null. */
  readonly channelNames: readonly string[] | null;
  /** Number of channels. */
  readonly channels: number;
  /** Class names in the order of their indices: as the file's header declares them, else sorted. */
  readonly classes: readonly string[];
  /** All values, `[sum of lengths, channels]`, not normalised. */
  readonly values: Float32Array;
  /** Where each recording starts, in steps; one more entry than recordings. */
  readonly offsets: Float64Array;
  /** Index into `classes` for each recording; -1 where the label is unknown. */
  readonly labels: Int32Array;
  /** The recording's id in its file, or its position from 0. */
  readonly ids: readonly string[];
  /** The group (subject, machine, …) of each recording, or null where the file names none. */
  readonly groups: readonly string[] | null;
  /** The line of the file on which each recording starts, from 1. */
  readonly lines: Int32Array;
}

/** The number of recordings. */
export function count(recordings: Recordings): number {
  return recordings.labels.length;
}

/** The number of steps of recording `index`. */
export function lengthOf(recordings: Recordings, index: number): number {
  return recordings.offsets[index + 1] - recordings.offsets[index];
}

/** The length of the longest recording; 0 when there is none. */
export function longest(recordings: Recordings): number {
  let length = 0;
  for (let i = 0; i < count(recordings); i++) length = Math.max(length, lengthOf(recordings, i));
  return length;
}
