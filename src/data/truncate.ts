// Recordings cut to a number of steps, for those who ask for it.
import { count, lengthsOf, type Recordings } from './recordings.js';

/** `none`: recordings keep all steps. Otherwise the first so many are kept. */
export type MaxLength = 'none' | number;

/** The recordings without the steps after the first `maxLength`, and how many of them had more. */
export function truncateRecordings(
  recordings: Recordings,
  maxLength: MaxLength,
): { readonly recordings: Recordings; readonly truncated: number } {
  const lengths = lengthsOf(recordings);
  const truncated = maxLength === 'none' ? 0 : lengths.filter((length) => length > maxLength).length;
  if (maxLength === 'none' || truncated === 0) return { recordings, truncated };
  const { channels } = recordings;
  const offsets = new Float64Array(count(recordings) + 1);
  for (const [i, length] of lengths.entries()) offsets[i + 1] = offsets[i] + Math.min(length, maxLength);
  const values = new Float32Array(offsets[lengths.length] * channels);
  for (let i = 0; i < lengths.length; i++) {
    const from = recordings.offsets[i] * channels;
    const kept = (offsets[i + 1] - offsets[i]) * channels;
    values.set(recordings.values.subarray(from, from + kept), offsets[i] * channels);
  }
  return { recordings: { ...recordings, values, offsets }, truncated };
}
