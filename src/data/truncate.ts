// Recordings cut to a number of steps, for those who ask for it.
import { count, lengthsOf, type Recordings } from './recordings.js';
import { sliced } from './values.js';

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
  const { times, stepLabels } = recordings;
  const offsets = new Float64Array(count(recordings) + 1);
  for (const [i, length] of lengths.entries()) offsets[i + 1] = offsets[i] + Math.min(length, maxLength);
  const steps = offsets[lengths.length];
  const cut = <Numbers extends Float64Array | Int32Array>(from: Numbers, to: Numbers): Numbers => {
    for (let i = 0; i < lengths.length; i++) {
      const start = recordings.offsets[i];
      to.set(from.subarray(start, start + offsets[i + 1] - offsets[i]), offsets[i]);
    }
    return to;
  };
  const beginnings = { recordings: lengths.map((_, i) => i), starts: new Float64Array(lengths.length) };
  return {
    recordings: {
      ...recordings,
      values: sliced(recordings.values, beginnings, offsets),
      ...(times && { times: cut(times, new Float64Array(steps)) }),
      ...(stepLabels && { stepLabels: cut(stepLabels, new Int32Array(steps)) }),
      offsets,
    },
    truncated,
  };
}
