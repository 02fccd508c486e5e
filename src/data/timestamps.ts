// Times of steps: what to do where one occurs twice or goes back, and where gaps part a recording.
import { UserError } from '../shared/errors.js';
import { allValues, count, placeOf, type Recordings } from './recordings.js';
import { memoryValues, sharedFloats } from './values.js';

/** How times are treated. */
export interface TimestampOptions {
  /** Steps of one recording at the same time: an error, the first or the last of them, or the mean of their values. */
  readonly duplicates: 'error' | 'first' | 'last' | 'mean';
  /** A step with an earlier time than the one before: an error, or steps are sorted by time. */
  readonly unordered: 'error' | 'sort';
  /**
   * The longest time between two steps that follow each other, in the unit of the times; where more lies between, a recording has a
   * gap. `none`: there are no gaps, whatever lies between. Absent: nobody has said.
   */
  readonly gap?: number | 'none' | undefined;
}

/** An interval so many times as long as the median looks like a gap, and somebody has to say whether it is one. */
export const SUSPICIOUS = 3;

/**
 * Recordings whose times ascend. Steps that are sorted keep their order where times are equal. Of steps at the same time `first` and
 * `last` keep values and class of one; `mean` takes the mean of each channel's values that are there, and the first one's class.
 *
 * @param recordings with times
 * @throws UserError naming recording and step where times are not as the options allow
 */
export function arrangeTimes(
  recordings: Recordings,
  { duplicates, unordered }: Pick<TimestampOptions, 'duplicates' | 'unordered'>,
): Recordings {
  const { times, offsets, channels, stepLabels } = recordings;
  if (times === undefined || isAscending(times, offsets)) return recordings;
  const values = allValues(recordings);
  const newOffsets = new Float64Array(offsets.length);
  const arranged = {
    values: sharedFloats(values.length),
    times: new Float64Array(times.length),
    stepLabels: stepLabels && new Int32Array(stepLabels.length),
  };
  let to = 0;
  for (let i = 0; i < count(recordings); i++) {
    const order = orderOf(recordings, times, i, unordered);
    for (let at = 0; at < order.length;) {
      let end = at + 1;
      while (end < order.length && times[order[end]] === times[order[at]]) end++;
      if (end > at + 1 && duplicates === 'error') {
        throw new UserError(
          `${stepOf(recordings, order[at + 1], i)}: the time ${times[order[at]]} occurs twice. Remove one of the steps, or say with ` +
            'data.timestamps.duplicates which counts: first, last or mean.',
          placeOf(recordings, i),
        );
      }
      const from = duplicates === 'last' ? order[end - 1] : order[at];
      arranged.times[to] = times[from];
      if (stepLabels !== undefined) arranged.stepLabels?.set([stepLabels[from]], to);
      if (duplicates === 'mean' && end > at + 1) {
        meanOfSteps(values, channels, order.subarray(at, end), arranged.values, to);
      } else {
        arranged.values.set(values.subarray(from * channels, (from + 1) * channels), to * channels);
      }
      to++;
      at = end;
    }
    newOffsets[i + 1] = to;
  }
  return {
    ...recordings,
    offsets: newOffsets,
    values: memoryValues(arranged.values.subarray(0, to * channels), newOffsets, channels),
    times: arranged.times.slice(0, to),
    ...(arranged.stepLabels && { stepLabels: arranged.stepLabels.slice(0, to) }),
  };
}

/**
 * Where the segments of a recording start, and its end: steps among those of all recordings, ascending. Between two segments lies a
 * gap; without times or `gap` there is one segment.
 */
export function segmentsOf(
  { times, offsets }: Recordings,
  index: number,
  gap: TimestampOptions['gap'],
): number[] {
  const [from, to] = [offsets[index], offsets[index + 1]];
  const bounds = [from];
  if (times !== undefined && typeof gap === 'number') {
    for (let step = from + 1; step < to; step++) {
      if (isLonger(times[step] - times[step - 1], gap, times[step])) bounds.push(step);
    }
  }
  bounds.push(to);
  return bounds;
}

/** What `checkGaps` does where a recording has a gap: windows end there, all else would go on across it. */
export type AtGaps = 'split' | 'error';

/**
 * Throws a UserError naming the place where somebody has to decide: an interval that looks like a gap while nobody has said how long
 * one may be, or a gap where recordings cannot be split.
 */
export function checkGaps(recordings: Recordings, gap: TimestampOptions['gap'], atGaps: AtGaps): void {
  const { times, offsets } = recordings;
  if (times === undefined || gap === 'none' || (gap !== undefined && atGaps === 'split')) return;
  for (let i = 0; i < count(recordings); i++) {
    const intervals = intervalsOf(times.subarray(offsets[i], offsets[i + 1]));
    const usual = median(intervals);
    const limit = gap ?? SUSPICIOUS * usual;
    const found = intervals.findIndex((interval, step) =>
      isLonger(interval, limit, times[offsets[i] + step + 1]),
    );
    if (found < 0) continue;
    const between =
      `recording ${recordings.ids[i]}: ${short(intervals[found])} lie between steps ${found + 1} and ${found + 2} (time ` +
      `${times[offsets[i] + found]})`;
    throw new UserError(
      gap === undefined
        ? `${between}, the median is ${short(usual)}. Say with data.timestamps.gap how much may lie between two steps of a ` +
            'piece without a gap, in the unit of the times; none: any.'
        : `${between}, more than data.timestamps.gap (${gap}) allows. Cut recordings into windows (data.windows), which end at ` +
            'gaps, or allow more.',
      placeOf(recordings, i),
    );
  }
}

/** The times between steps that follow each other. */
export function intervalsOf(times: Float64Array): Float64Array {
  const intervals = new Float64Array(Math.max(0, times.length - 1));
  for (let i = 0; i < intervals.length; i++) intervals[i] = times[i + 1] - times[i];
  return intervals;
}

/** The median; 0 where there is nothing. */
export function median(numbers: Float64Array): number {
  if (numbers.length === 0) return 0;
  const sorted = numbers.toSorted();
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/** What times near `time` may be off by: they are rounded as float64, dates in seconds to a quarter of a microsecond. */
export function roundingOf(time: number): number {
  return 4 * Number.EPSILON * Math.abs(time);
}

function isLonger(interval: number, limit: number, time: number): boolean {
  return interval > limit * (1 + 1e-9) + roundingOf(time);
}

function isAscending(times: Float64Array, offsets: Float64Array): boolean {
  for (let i = 1; i < offsets.length; i++) {
    for (let step = offsets[i - 1] + 1; step < offsets[i]; step++) {
      if (!(times[step] > times[step - 1])) return false;
    }
  }
  return true;
}

/** The steps of a recording in the order of their times. */
function orderOf(
  recordings: Recordings,
  times: Float64Array,
  index: number,
  unordered: TimestampOptions['unordered'],
): Float64Array {
  const { offsets } = recordings;
  const first = offsets[index];
  const order = Float64Array.from({ length: offsets[index + 1] - first }, (_, i) => first + i);
  const back = order.findIndex((step, i) => i > 0 && times[step] < times[step - 1]);
  if (back < 0) return order;
  if (unordered === 'sort') return order.sort((a, b) => times[a] - times[b] || a - b);
  throw new UserError(
    `${stepOf(recordings, first + back, index)}: the time ${times[first + back]} comes after a later one. Sort the steps by time, or ` +
      'set data.timestamps.unordered to sort.',
    placeOf(recordings, index),
  );
}

function meanOfSteps(
  values: Float32Array,
  channels: number,
  steps: Float64Array,
  result: Float32Array,
  to: number,
): void {
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    let n = 0;
    for (const step of steps) {
      const value = values[step * channels + channel];
      if (Number.isNaN(value)) continue;
      sum += value;
      n++;
    }
    result[to * channels + channel] = sum / n;
  }
}

function stepOf({ ids, offsets }: Recordings, step: number, index: number): string {
  return `recording ${ids[index]}, step ${step - offsets[index] + 1}`;
}

/** A time as messages show it: six digits. */
function short(time: number): string {
  return String(Number(time.toPrecision(6)));
}
