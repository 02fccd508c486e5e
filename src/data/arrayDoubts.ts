// What arrays may mean otherwise than they are read, and only their owner knows: axes in another order, padding without lengths.
import { counted } from '../shared/counted.js';
import { count, longest, type Recordings, valuesOf } from './recordings.js';

/** Steps without any value at the ends of recordings. */
export interface EmptyEnds {
  /** Recordings that end in such steps. */
  readonly recordings: number;
  readonly steps: number;
}

/** Steps at the ends of recordings in which all channels are missing, as padding with NaN is. Reads every recording. */
export function emptyEnds(recordings: Recordings): EmptyEnds {
  const { channels } = recordings;
  const found = { recordings: 0, steps: 0 };
  for (let i = 0; i < count(recordings); i++) {
    const values = valuesOf(recordings, i);
    let last = values.length - 1;
    while (last >= 0 && Number.isNaN(values[last])) last--;
    const steps = values.length / channels - Math.ceil((last + 1) / channels);
    if (steps > 0) found.recordings++;
    found.steps += steps;
  }
  return found;
}

/** What to do with empty ends, in a sentence after another; empty where there are none. */
export function adviceOnEmptyEnds({ recordings }: EmptyEnds): string {
  if (recordings === 0) return '';
  const which = `${counted(recordings, 'recording')} ${recordings === 1 ? 'ends' : 'end'}`;
  return ` ${which} in steps without any value: if that is padding, leave it out, or save the lengths beside the values (NumPy).`;
}

/** Whether NumPy arrays without names of channels have more of them than steps, as they do with the axes `[recordings, channels, time]`. */
export function mayBeTransposed(recordings: Recordings): boolean {
  const { channels, channelNames, files } = recordings;
  return (
    channelNames === null && channels > longest(recordings) && files.some((file) => /\.np[yz]$/i.test(file))
  );
}
