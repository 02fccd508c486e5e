// Channels from which little or nothing can be learnt: those without any value, with one value, or with hardly any other.
import type { Recordings } from './recordings.js';

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

/** Looks at every value at most twice. */
export function inspectChannels({ values, channels, channelNames }: Recordings): ChannelFindings {
  const emptyChannels: string[] = [];
  const constantChannels: string[] = [];
  const nearConstantChannels: NearConstantChannel[] = [];
  for (let index = 0; index < channels && values.length > 0; index++) {
    const channel = channelNames?.[index] ?? String(index + 1);
    const { value, occurrences, present } = commonest(values, index, channels);
    if (present === 0) emptyChannels.push(channel);
    else if (occurrences === present) constantChannels.push(channel);
    else if (occurrences >= NEARLY * present) {
      nearConstantChannels.push({ channel, value, share: occurrences / present });
    }
  }
  return { emptyChannels, constantChannels, nearConstantChannels };
}

/** The value that more than half of a channel's are, if there is one: majority vote of Boyer and Moore (1981), then its count. */
function commonest(
  values: Float32Array,
  channel: number,
  channels: number,
): { value: number; occurrences: number; present: number } {
  let value = NaN;
  let [votes, present, occurrences] = [0, 0, 0];
  for (let at = channel; at < values.length; at += channels) {
    if (Number.isNaN(values[at])) continue;
    present++;
    if (votes === 0) value = values[at];
    votes += values[at] === value ? 1 : -1;
  }
  for (let at = channel; at < values.length; at += channels) if (values[at] === value) occurrences++;
  return { value, occurrences, present };
}
