// Where the values of recordings come from: an array in memory, a packed file, or other values of which something is made when they
// are read. All are plain data, so that they can be sent to another thread, which then reads for itself.
import { hashOf } from './valueHash.js';
import { momentsOf, type Moments } from './moments.js';
import { openValues, type PackedValues } from './packed/openValues.js';

export type Values =
  | MemoryValues
  | PackedValues
  | NoValues
  | SliceValues
  | JoinedValues
  | ScaledValues
  | IndicatedValues
  | PaddedValues;

/** One array of all values, `[steps of all recordings, channels]`. */
export interface MemoryValues {
  readonly kind: 'memory';
  readonly channels: number;
  /** Where each recording starts, in steps, and where the last one ends. */
  readonly offsets: Float64Array;
  readonly data: Float32Array;
}

/** Values that were written elsewhere while they were read. */
export interface NoValues {
  readonly kind: 'none';
  readonly channels: number;
}

/** Recordings, or steps of them, in whatever order. */
export interface SliceValues {
  readonly kind: 'slices';
  readonly channels: number;
  readonly of: Values;
  /** Which recording each is of. */
  readonly recordings: Int32Array;
  /** The first step of each; null where each is a whole recording. */
  readonly starts: Float64Array | null;
}

/** Sets one after another. */
export interface JoinedValues {
  readonly kind: 'joined';
  readonly channels: number;
  readonly parts: readonly Values[];
  /** The number of the first recording of each part. */
  readonly firsts: readonly number[];
}

/** `(x - mean) / divisor`. */
export interface ScaledValues {
  readonly kind: 'scaled';
  readonly channels: number;
  readonly of: Values;
  /** `[channels]`, or `[recordings, channels]` where each recording has its own. */
  readonly mean: Float64Array;
  readonly divisor: Float64Array;
  readonly each: boolean;
}

/** Twice as many channels: 0 for missing values, and for each channel one that is 1 where a value is missing. */
export interface IndicatedValues {
  readonly kind: 'indicated';
  readonly channels: number;
  readonly of: Values;
}

/** Zeros behind the steps of each recording, as many as are asked for. */
export interface PaddedValues {
  readonly kind: 'padded';
  readonly channels: number;
  readonly of: Values;
  /** Steps of each recording that are not padding. */
  readonly lengths: Int32Array;
}

/**
 * Gives steps `from … to`, the last one not included, of recording `index`, `[steps, channels]`. What it gives stays until the next
 * call, and is not to be changed.
 */
export type ReadValues = (index: number, from: number, to: number) => Float32Array;

const readers = new WeakMap<Values, ReadValues>();

/** @throws UserError where a packed file cannot be opened; reading throws one where its values are damaged */
export function readerOf(values: Values): ReadValues {
  let reader = readers.get(values);
  if (reader === undefined) {
    reader = makeReader(values);
    readers.set(values, reader);
  }
  return reader;
}

/** Zeros, in memory that threads share. */
export function sharedFloats(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(4 * length));
}

/** Values in memory. Those of {@link sharedFloats} are not copied when they are sent to a thread. */
export function memoryValues(data: Float32Array, offsets: Float64Array, channels: number): MemoryValues {
  return { kind: 'memory', channels, offsets, data };
}

/**
 * Values that are made of others: where those are in memory now, into an array that threads share, else when they are read, so that
 * memory does not grow with the set. Of slices that overlap no array is made that is larger than what they are slices of.
 *
 * @param offsets where each recording starts, in steps, and where the last one ends
 */
export function derived(values: Values, of: Values, offsets: Float64Array): Values {
  const isOne = of.kind === 'memory' || (isInMemory(of) && offsets[offsets.length - 1] <= stepsHeld(of));
  return isOne ? gathered(values, offsets) : values;
}

/**
 * Recordings of other values, or steps of them, without a copy where they are as many steps as those or more.
 *
 * @param recordings which recording of `of` each is
 * @param starts its first step in that one; null where each is a whole recording
 * @param offsets where each starts, in steps, and where the last one ends
 */
export function sliced(
  of: Values,
  { recordings, starts }: Pick<SliceValues, 'recordings' | 'starts'>,
  offsets: Float64Array,
): Values {
  const { channels } = of;
  if (of.kind === 'slices') {
    const { recordings: owners, starts: firsts } = of;
    const within = firsts && Float64Array.from(recordings, (i) => firsts[i]);
    const all = within && starts ? within.map((first, i) => first + starts[i]) : (within ?? starts);
    return sliced(of.of, { recordings: recordings.map((i) => owners[i]), starts: all }, offsets);
  }
  const slices: SliceValues = { kind: 'slices', channels, of, recordings, starts };
  const isLess = isInMemory(of) && offsets[recordings.length] < stepsHeld(of);
  return isLess ? gathered(slices, offsets) : slices;
}

/** All values in one array. */
export function gathered(values: Values, offsets: Float64Array): MemoryValues {
  if (values.kind === 'memory' && values.offsets === offsets) return values;
  const { channels } = values;
  const recordings = offsets.length - 1;
  const data = sharedFloats(offsets[recordings] * channels);
  const read = readerOf(values);
  for (let i = 0; i < recordings; i++)
    data.set(read(i, 0, offsets[i + 1] - offsets[i]), offsets[i] * channels);
  return memoryValues(data, offsets, channels);
}

/** Whether values are in memory, or made of what is. */
export function isInMemory(values: Values): boolean {
  if (values.kind === 'joined') return values.parts.every(isInMemory);
  return 'of' in values ? isInMemory(values.of) : values.kind === 'memory';
}

/** Steps of values that are in memory; those that several slices have in common count once. */
function stepsHeld(values: Values): number {
  if (values.kind === 'joined') return values.parts.reduce((sum, part) => sum + stepsHeld(part), 0);
  if ('of' in values) return stepsHeld(values.of);
  return values.kind === 'memory' ? values.offsets[values.offsets.length - 1] : 0;
}

/** The steps of recordings in one array; those that several slices have in common are there once. */
export interface Placement {
  readonly steps: number;
  /** `[steps, channels]` */
  readonly data: () => Float32Array;
  /** The first step of recording `index` in the array. */
  readonly first: (index: number) => number;
}

/** How recordings lie in one array: for slices of one, in that. */
export function placementOf(values: Values, offsets: Float64Array): Placement {
  if (values.kind !== 'slices' || values.of.kind !== 'memory') {
    return {
      steps: offsets[offsets.length - 1],
      data: () => gathered(values, offsets).data,
      first: (index) => offsets[index],
    };
  }
  const { of, recordings, starts } = values;
  return {
    steps: stepsHeld(of),
    data: () => of.data,
    first: (index) => of.offsets[recordings[index]] + (starts?.[index] ?? 0),
  };
}

/** Moments of recordings `indices` in turn: those that a packed file holds, else of the values. `take` must not keep them. */
export function eachMoments(
  values: Values,
  offsets: Float64Array,
  indices: ArrayLike<number>,
  take: (moments: Moments, index: number) => void,
): void {
  const read = readerOf(values);
  for (const index of Array.from(indices)) {
    const { of, at } = originOf(values, index);
    const moments =
      of.kind === 'packed'
        ? openValues(of).moments(at)
        : momentsOf(read(index, 0, offsets[index + 1] - offsets[index]), values.channels);
    take(moments, index);
  }
}

/** The hash of each recording: what a packed file holds, else of the values. */
export function hashesOf(values: Values, offsets: Float64Array): Int32Array {
  const read = readerOf(values);
  return Int32Array.from({ length: offsets.length - 1 }, (_, index) => {
    const { of, at } = originOf(values, index);
    return of.kind === 'packed' ? of.hashes[at] : hashOf(read(index, 0, offsets[index + 1] - offsets[index]));
  });
}

/** The values that recording `index` is a whole recording of, unchanged. */
function originOf(values: Values, index: number): { of: Values; at: number } {
  if (values.kind === 'joined') {
    const part = partOf(values, index);
    return originOf(values.parts[part], index - values.firsts[part]);
  }
  if (values.kind === 'slices' && values.starts === null)
    return originOf(values.of, values.recordings[index]);
  return { of: values, at: index };
}

function partOf({ firsts }: JoinedValues, index: number): number {
  let [low, high] = [0, firsts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (firsts[middle] <= index) low = middle;
    else high = middle - 1;
  }
  return low;
}

function makeReader(values: Values): ReadValues {
  switch (values.kind) {
    case 'memory': {
      const { data, offsets, channels } = values;
      return (index, from, to) =>
        data.subarray((offsets[index] + from) * channels, (offsets[index] + to) * channels);
    }
    case 'packed':
      return openValues(values).read;
    case 'none':
      throw new Error('the values of these recordings were not kept');
    case 'slices': {
      const { recordings, starts } = values;
      const read = readerOf(values.of);
      if (starts === null) return (index, from, to) => read(recordings[index], from, to);
      return (index, from, to) => read(recordings[index], starts[index] + from, starts[index] + to);
    }
    case 'joined': {
      const reads = values.parts.map(readerOf);
      return (index, from, to) => {
        const part = partOf(values, index);
        return reads[part](index - values.firsts[part], from, to);
      };
    }
    case 'scaled':
      return scaled(values);
    case 'indicated':
      return indicated(values);
    case 'padded':
      return padded(values);
  }
}

function scaled({ of, channels, mean, divisor, each }: ScaledValues): ReadValues {
  const read = readerOf(of);
  const room = scratch();
  return (index, from, to) => {
    const values = read(index, from, to);
    const result = room(values.length);
    const first = each ? index * channels : 0;
    for (let at = 0; at < values.length; at += channels) {
      for (let channel = 0; channel < channels; channel++) {
        result[at + channel] = (values[at + channel] - mean[first + channel]) / divisor[first + channel];
      }
    }
    return result;
  };
}

function indicated({ of, channels }: IndicatedValues): ReadValues {
  const read = readerOf(of);
  const room = scratch();
  const before = channels / 2;
  return (index, from, to) => {
    const values = read(index, from, to);
    const result = room(2 * values.length).fill(0);
    for (let at = 0, into = 0; at < values.length; at += before, into += channels) {
      for (let channel = 0; channel < before; channel++) {
        const value = values[at + channel];
        if (Number.isNaN(value)) result[into + before + channel] = 1;
        else result[into + channel] = value;
      }
    }
    return result;
  };
}

function padded({ of, channels, lengths }: PaddedValues): ReadValues {
  const read = readerOf(of);
  const room = scratch();
  return (index, from, to) => {
    const result = room((to - from) * channels).fill(0);
    const end = Math.min(to, lengths[index]);
    if (from < end) result.set(read(index, from, end));
    return result;
  };
}

/** Room for what is made of values, used again by the next call. */
function scratch(): (length: number) => Float32Array {
  let data = new Float32Array(0);
  return (length) => {
    if (data.length < length) data = new Float32Array(2 * length);
    return data.subarray(0, length);
  };
}
