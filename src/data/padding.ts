// Padding of every recording to one length, and whether a model is told of it: for studies of what padding does.
import { UserError } from '../shared/errors.js';
import { count, lengthOf, lengthsOf, placeOf, type Recordings } from './recordings.js';
import { derived } from './values.js';

/**
 * `none`: batches are padded no further than they must be, and padding is masked. Otherwise every recording is padded to `length`
 * steps with zeros; where it is not masked, they are steps like others.
 */
export type RecordingPadding = 'none' | { readonly length: number; readonly masked: boolean };

/**
 * Recordings as a model is to see them: where padding is not masked, with zeros up to its length as steps of their own.
 *
 * @param recordings normalised
 * @throws UserError when one is longer than they are padded to
 */
export function padRecordings(recordings: Recordings, padding: RecordingPadding): Recordings {
  if (padding === 'none') return recordings;
  const { length, masked } = padding;
  const recordingCount = count(recordings);
  for (let i = 0; i < recordingCount; i++) {
    const steps = lengthOf(recordings, i);
    if (steps <= length) continue;
    throw new UserError(
      `this recording has ${steps} steps, and data.padding.length is ${length}; expected no recording longer than that. ` +
        'Train with a larger length, or leave data.padding out.',
      placeOf(recordings, i),
    );
  }
  if (masked) return recordings;
  const { channels, values: of } = recordings;
  const offsets = recordings.offsets.map((_, i) => i * length);
  const values = derived({ kind: 'padded', channels, of, lengths: lengthsOf(recordings) }, of, offsets);
  return {
    ...recordings,
    ...{ values, offsets },
    // Padding has neither.
    ...{ times: undefined, stepLabels: undefined },
  };
}

/** The steps that every batch is padded to; undefined where they depend on the recordings. */
export function paddedLength(padding: RecordingPadding): number | undefined {
  return padding === 'none' ? undefined : padding.length;
}
