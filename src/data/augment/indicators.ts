// What augmentations have to know of `data.missing: zero-with-indicator`: values that are missing are 0, and a channel says so.
import type { BatchedRecordings } from '../recordings.js';

/** The channels of a sample that hold values, and all of them: the others are indicators, one for each of the former, in their order. */
export interface SampleChannels {
  readonly channels: number;
  readonly sensors: number;
}

export function sampleChannels({ channels, indicators = 0 }: BatchedRecordings): SampleChannels {
  return { channels, sensors: channels - indicators };
}

/** Puts 0 back where a value is missing, after what has changed values whatever they are. */
export function clearMissing(values: Float32Array, { channels, sensors }: SampleChannels): void {
  if (channels === sensors) return;
  for (let from = 0; from < values.length; from += channels) {
    for (let c = 0; c < sensors; c++) if (values[from + sensors + c] === 1) values[from + c] = 0;
  }
}
