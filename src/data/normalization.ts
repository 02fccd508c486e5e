// Normalisation of values, fitted on the training part alone and stored with the model.
import { count, type Recordings } from './recordings.js';

/** The kinds of normalisation: none, by channel over the training part, or each channel of each recording by itself. */
export type NormalizationKind = 'none' | 'channel' | 'recording';

/** A fitted normalisation, as it is stored with a model. */
export type Normalization =
  | { readonly kind: 'none' | 'recording' }
  | { readonly kind: 'channel'; readonly mean: readonly number[]; readonly std: readonly number[] };

/**
 * Fits a normalisation on the recordings at `indices`. For `channel`: mean and standard deviation (divided by n) of
 * each channel over all steps, in float64. Missing values (NaN) are left out; there is no padding yet, so none can enter.
 */
export function fitNormalization(
  recordings: Recordings,
  indices: ArrayLike<number>,
  kind: NormalizationKind,
): Normalization {
  if (kind !== 'channel') return { kind };
  const { channels, values, offsets } = recordings;
  const blocks = Array.from(indices, (i) =>
    values.subarray(offsets[i] * channels, offsets[i + 1] * channels),
  );
  const moments = Array.from({ length: channels }, (_, channel) => momentsOf(blocks, channel, channels));
  return { kind, mean: moments.map(({ mean }) => mean), std: moments.map(({ std }) => std) };
}

/** Recordings with values `(x - mean) / std`; where the standard deviation is 0, `x - mean`. Missing values stay missing. */
export function normalize(recordings: Recordings, normalization: Normalization): Recordings {
  if (normalization.kind === 'none') return recordings;
  const { channels, offsets } = recordings;
  const values = new Float32Array(recordings.values.length);
  for (let i = 0; i < count(recordings); i++) {
    const from = recordings.values.subarray(offsets[i] * channels, offsets[i + 1] * channels);
    const to = values.subarray(offsets[i] * channels, offsets[i + 1] * channels);
    for (let channel = 0; channel < channels; channel++) {
      const { mean, std } =
        normalization.kind === 'channel'
          ? { mean: normalization.mean[channel], std: normalization.std[channel] }
          : momentsOf([from], channel, channels);
      const divisor = std === 0 ? 1 : std;
      for (let at = channel; at < from.length; at += channels) to[at] = (from[at] - mean) / divisor;
    }
  }
  return { ...recordings, values };
}

/** Mean and biased standard deviation of one channel of blocks `[time, channels]`, over the values that are there. */
function momentsOf(
  blocks: readonly Float32Array[],
  channel: number,
  channels: number,
): { mean: number; std: number } {
  // Sums of differences from the first value: a constant channel gets a deviation of exactly 0, not rounding noise.
  let first = NaN;
  let n = 0;
  let sum = 0;
  for (const block of blocks) {
    for (let at = channel; at < block.length; at += channels) {
      if (Number.isNaN(block[at])) continue;
      if (n === 0) first = block[at];
      sum += block[at] - first;
      n++;
    }
  }
  if (n === 0) return { mean: 0, std: 0 };
  const mean = first + sum / n;
  let squares = 0;
  for (const block of blocks) {
    for (let at = channel; at < block.length; at += channels) {
      if (!Number.isNaN(block[at])) squares += (block[at] - mean) ** 2;
    }
  }
  return { mean, std: Math.sqrt(squares / n) };
}
