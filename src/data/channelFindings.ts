// Channels from which little or nothing can be learnt: those without any value, with one value, or with hardly any other; and those that
// may tell what is no signal: an id, which is constant in each recording, or a time, which rises in each.
import { selectRecordings } from './combine.js';
import { count, type Recordings, valuesOf } from './recordings.js';

/** A channel most of whose values are one value. */
export interface NearConstantChannel {
  /** Its name, or its number from 1. */
  readonly channel: string;
  readonly value: number;
  /** Of the values that are not missing, from 0.99 to below 1. */
  readonly share: number;
}

/** Channels by name, or number from 1. */
export interface ChannelFindings {
  /** Those whose values are all missing. */
  readonly emptyChannels: readonly string[];
  /** Those that hold one value throughout, missing ones left out of account. */
  readonly constantChannels: readonly string[];
  readonly nearConstantChannels: readonly NearConstantChannel[];
  /** Those that hold one value in each recording of at least three steps, but not the same in all: it may be an id. */
  readonly constantWithinChannels: readonly string[];
  /** Those whose values only rise in each recording of at least three steps: they may be times. */
  readonly risingChannels: readonly string[];
  /** Those with values from 2^24 on, whose last digits float32 does not hold: they may be times or ids, and are neither of the above. */
  readonly coarseChannels: readonly string[];
}

/** From this share of one value on, a channel is nearly constant. */
const NEARLY = 0.99;

/** Float32 does not hold every whole number from here on. */
const COARSE = 2 ** 24;

/** Values of fewer steps than these, missing ones left out, rise or stay by chance. */
const STEPS = 3;

/** Reads every recording twice. */
export function inspectChannels(recordings: Recordings): ChannelFindings {
  const { channelNames } = recordings;
  const emptyChannels: string[] = [];
  const constantChannels: string[] = [];
  const nearConstantChannels: NearConstantChannel[] = [];
  const constantWithinChannels: string[] = [];
  const risingChannels: string[] = [];
  const coarseChannels: string[] = [];
  const courses = newCourses(recordings.channels);
  const { values, occurrences, present } = commonest(recordings, (block) => {
    follow(block, courses);
  });
  for (let index = 0; index < values.length; index++) {
    const channel = channelNames?.[index] ?? String(index + 1);
    if (courses.coarse[index] === 1) coarseChannels.push(channel);
    else if (courses.seen[index] === 1) {
      if (courses.changes[index] === 0 && occurrences[index] < present[index])
        constantWithinChannels.push(channel);
      if (courses.stays[index] === 0) risingChannels.push(channel);
    }
    if (present[index] === 0) emptyChannels.push(channel);
    else if (occurrences[index] === present[index]) constantChannels.push(channel);
    else if (occurrences[index] >= NEARLY * present[index]) {
      nearConstantChannels.push({
        channel,
        value: values[index],
        share: occurrences[index] / present[index],
      });
    }
  }
  return {
    ...{ emptyChannels, constantChannels, nearConstantChannels },
    ...{ constantWithinChannels, risingChannels, coarseChannels },
  };
}

/** So many recordings are looked at where a few are enough. */
const FEW = 20;

/** As {@link inspectChannels}, by a few recordings from all over the set. */
export function inspectSample(recordings: Recordings): ChannelFindings {
  const all = count(recordings);
  const length = Math.min(FEW, all);
  const few = Array.from({ length }, (_, i) => Math.floor((i * all) / length));
  return inspectChannels(selectRecordings(recordings, few));
}

/**
 * Of each channel the value that more than half of its values are, if there is one, how many are, and how many are there at all:
 * majority vote of Boyer and Moore (1981), then its count. No channel where there is no step.
 *
 * @param see is shown the values of each recording once
 */
function commonest(
  recordings: Recordings,
  see: (block: Float32Array) => void,
): {
  values: Float32Array;
  occurrences: Float64Array;
  present: Float64Array;
} {
  const n = count(recordings);
  const channels = recordings.offsets[n] === 0 ? 0 : recordings.channels;
  const values = new Float32Array(channels).fill(NaN);
  const [votes, present, occurrences] = [0, 1, 2].map(() => new Float64Array(channels));
  for (let i = 0; i < n; i++) {
    const block = valuesOf(recordings, i);
    see(block);
    for (let at = 0, channel = 0; at < block.length; at++) {
      const value = block[at];
      if (!Number.isNaN(value)) {
        present[channel]++;
        if (votes[channel] === 0) values[channel] = value;
        votes[channel] += value === values[channel] ? 1 : -1;
      }
      channel = channel + 1 === channels ? 0 : channel + 1;
    }
  }
  for (let i = 0; i < n; i++) {
    const block = valuesOf(recordings, i);
    for (let at = 0, channel = 0; at < block.length; at++) {
      if (block[at] === values[channel]) occurrences[channel]++;
      channel = channel + 1 === channels ? 0 : channel + 1;
    }
  }
  return { values, occurrences, present };
}

/** How each channel goes within the recordings in which it has at least three values: 1 where it ever does, else 0. */
interface Courses {
  /** Whether it has as many in some recording. */
  readonly seen: Uint8Array;
  /** Whether it changes. */
  readonly changes: Uint8Array;
  /** Whether it falls, or stays from one step to the next. */
  readonly stays: Uint8Array;
  /** Whether it has values that float32 rounds. */
  readonly coarse: Uint8Array;
  /** The same within the recording at hand, and what it has there. */
  readonly here: {
    readonly changes: Uint8Array;
    readonly stays: Uint8Array;
    readonly present: Int32Array;
    readonly last: Float32Array;
  };
}

function newCourses(channels: number): Courses {
  const flags = (): Uint8Array => new Uint8Array(channels);
  const present = new Int32Array(channels);
  const here = { changes: flags(), stays: flags(), present, last: new Float32Array(channels) };
  return { seen: flags(), changes: flags(), stays: flags(), coarse: flags(), here };
}

/** Takes the values of one more recording into account. */
function follow(block: Float32Array, { seen, coarse, here, ...ever }: Courses): void {
  const channels = seen.length;
  if (block.length < STEPS * channels) return;
  const { changes, stays, present, last } = here;
  changes.fill(0);
  stays.fill(0);
  present.fill(0);
  for (let at = 0, channel = 0; at < block.length; at++) {
    const value = block[at];
    if (!Number.isNaN(value)) {
      if (present[channel]++ > 0) {
        if (value !== last[channel]) changes[channel] = 1;
        if (value <= last[channel]) stays[channel] = 1;
      }
      if (Math.abs(value) >= COARSE) coarse[channel] = 1;
      last[channel] = value;
    }
    channel = channel + 1 === channels ? 0 : channel + 1;
  }
  for (let channel = 0; channel < channels; channel++) {
    if (present[channel] < STEPS) continue;
    seen[channel] = 1;
    ever.changes[channel] |= changes[channel];
    ever.stays[channel] |= stays[channel];
  }
}
