// Channels from which little or nothing can be learnt: those without any value, with one value, or with hardly any other.
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
}

/** From this share of one value on, a channel is nearly constant. */
const NEARLY = 0.99;

/** Reads every recording twice. */
export function inspectChannels(recordings: Recordings): ChannelFindings {
  const { channelNames } = recordings;
  const emptyChannels: string[] = [];
  const constantChannels: string[] = [];
  const nearConstantChannels: NearConstantChannel[] = [];
  const { values, occurrences, present } = commonest(recordings);
  for (let index = 0; index < values.length; index++) {
    const channel = channelNames?.[index] ?? String(index + 1);
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
  return { emptyChannels, constantChannels, nearConstantChannels };
}

/**
 * Of each channel the value that more than half of its values are, if there is one, how many are, and how many are there at all:
 * majority vote of Boyer and Moore (1981), then its count. No channel where there is no step.
 */
function commonest(recordings: Recordings): {
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
