// Missing values: filled from the values of the same recording, or set to zero with a channel that says so.
import { UserError } from '../shared/errors.js';
import { allValues, count, placeOf, type Recordings, valuesOf } from './recordings.js';
import { segmentsOf, type TimestampOptions } from './timestamps.js';
import { derived, memoryValues, sharedFloats } from './values.js';

/**
 * What becomes of missing values: `error`; `interpolate`: a straight line between the values around; `carry-forward`: the value
 * before; `zero-with-indicator`: 0, and a further channel for each channel that is 1 where a value is missing.
 */
export type MissingValues = 'error' | 'interpolate' | 'carry-forward' | 'zero-with-indicator';

/**
 * Fills missing values from those of the same channel between the same two gaps. `interpolate` draws the line over time where
 * recordings have times, else over steps, and takes the nearest value at either end; `carry-forward` takes the first value before
 * that. As `interpolate(method='index', limit_direction='both')` and `ffill().bfill()` of pandas.
 *
 * @throws UserError where a channel of a recording (between two gaps) holds no value
 */
export function fillMissing(
  recordings: Recordings,
  method: 'interpolate' | 'carry-forward',
  gap: TimestampOptions['gap'],
): Recordings {
  const before = allValues(recordings);
  if (!before.some(Number.isNaN)) return recordings;
  const { channels, offsets, times } = recordings;
  const values = sharedFloats(before.length);
  values.set(before);
  for (let i = 0; i < count(recordings); i++) {
    const bounds = segmentsOf(recordings, i, gap);
    for (let segment = 1; segment < bounds.length; segment++) {
      const [from, to] = [bounds[segment - 1], bounds[segment]];
      for (let channel = 0; channel < channels; channel++) {
        const filled = fillChannel(values, { channel, channels, from, to }, method, times);
        if (!filled) throw nothingThere(recordings, i, channel, bounds.length > 2 ? [from, to] : null);
      }
    }
  }
  return { ...recordings, values: memoryValues(values, offsets, channels) };
}

/** Throws a UserError where a recording holds no value at all. */
export function checkSomeValue(recordings: Recordings): void {
  for (let i = 0; i < count(recordings); i++) {
    if (valuesOf(recordings, i).some((value) => !Number.isNaN(value))) continue;
    throw new UserError(
      `recording ${recordings.ids[i]}: every value is missing. Leave the recording out.`,
      placeOf(recordings, i),
    );
  }
}

/**
 * Twice as many channels: those that are there, with 0 for missing values, and for each one that is 1 where a value is missing, else
 * 0. All channels get one, whatever is missing, so that all sets have the same channels. After normalisation, so that 0 is the mean
 * where there is one and the new channels stay as they are.
 */
export function addMissingIndicators(recordings: Recordings): Recordings {
  const { channels, values: of, offsets, channelNames } = recordings;
  return {
    ...recordings,
    channels: 2 * channels,
    indicators: channels,
    channelNames: channelNames && [...channelNames, ...channelNames.map((name) => `${name} missing`)],
    values: derived({ kind: 'indicated', channels: 2 * channels, of }, of, offsets),
  };
}

interface ChannelOfSegment {
  readonly channel: number;
  readonly channels: number;
  /** Steps among those of all recordings. */
  readonly from: number;
  readonly to: number;
}

/** Fills one channel of a segment in place; false where it holds no value. */
function fillChannel(
  values: Float32Array,
  { channel, channels, from, to }: ChannelOfSegment,
  method: 'interpolate' | 'carry-forward',
  times: Float64Array | undefined,
): boolean {
  let before = -1;
  for (let step = from; step < to; step++) {
    if (Number.isNaN(values[step * channels + channel])) continue;
    if (step > before + 1 || before < 0) {
      const after = values[step * channels + channel];
      const start = before < 0 ? from : before + 1;
      for (let missing = start; missing < step; missing++) {
        const at = missing * channels + channel;
        if (before < 0) {
          values[at] = after;
          continue;
        }
        const last = values[before * channels + channel];
        values[at] =
          method === 'carry-forward' ? last : last + (after - last) * shareOf(missing, before, step, times);
      }
    }
    before = step;
  }
  if (before < 0) return false;
  for (let step = before + 1; step < to; step++) {
    values[step * channels + channel] = values[before * channels + channel];
  }
  return true;
}

/** How far a step is on the way from one to another. */
function shareOf(step: number, before: number, after: number, times: Float64Array | undefined): number {
  if (times === undefined) return (step - before) / (after - before);
  return (times[step] - times[before]) / (times[after] - times[before]);
}

function nothingThere(
  recordings: Recordings,
  index: number,
  channel: number,
  segment: [number, number] | null,
): UserError {
  const first = recordings.offsets[index];
  const name = recordings.channelNames?.[channel] ?? String(channel + 1);
  const where =
    segment === null ? '' : `, steps ${segment[0] - first + 1} to ${segment[1] - first} (between two gaps)`;
  return new UserError(
    `recording ${recordings.ids[index]}, channel ${name}${where}: every value is missing, so that there is nothing to fill them ` +
      'from. Leave the recording or the channel out, or set data.missing to zero-with-indicator.',
    placeOf(recordings, index),
  );
}
