// Normalisation of values, fitted on the training part alone and stored with the model.
import { MergedMoments, MOMENTS } from './moments.js';
import { count, type Recordings } from './recordings.js';
import { derived, eachMoments, type ScaledValues } from './values.js';

/** The kinds of normalisation: none, by channel over the training part, or each channel of each recording by itself. */
export type NormalizationKind = 'none' | 'channel' | 'recording';

/** A fitted normalisation, as it is stored with a model. */
export type Normalization =
  | { readonly kind: 'none' | 'recording' }
  | { readonly kind: 'channel'; readonly mean: readonly number[]; readonly std: readonly number[] };

/**
 * Fits a normalisation on the recordings at `indices`. For `channel`: mean and standard deviation (divided by n) of
 * each channel over all steps, in float64: those of each recording, put together. Missing values (NaN) are left out; there is no
 * padding yet, so none can enter.
 */
export function fitNormalization(
  { channels, values, offsets }: Recordings,
  indices: ArrayLike<number>,
  kind: NormalizationKind,
): Normalization {
  if (kind !== 'channel') return { kind };
  const merged = new MergedMoments(channels);
  eachMoments(values, offsets, indices, (moments) => {
    merged.add(moments);
  });
  return { kind, mean: Array.from(merged.mean), std: Array.from(merged.std) };
}

/** Recordings with values `(x - mean) / std`; where the standard deviation is 0, `x - mean`. Missing values stay missing. */
export function normalize(recordings: Recordings, normalization: Normalization): Recordings {
  if (normalization.kind === 'none') return recordings;
  const { channels, values: of, offsets } = recordings;
  const numbers =
    normalization.kind === 'channel'
      ? {
          each: false,
          mean: Float64Array.from(normalization.mean),
          std: Float64Array.from(normalization.std),
        }
      : { each: true, ...ofEach(recordings) };
  const { each, mean, std } = numbers;
  const divisor = std.map((deviation) => (deviation === 0 ? 1 : deviation));
  const scaled: ScaledValues = { kind: 'scaled', channels, of, mean, divisor, each };
  return { ...recordings, values: derived(scaled, of, offsets) };
}

/** Mean and standard deviation of each channel of each recording, `[recordings, channels]`. */
function ofEach(recordings: Recordings): { mean: Float64Array; std: Float64Array } {
  const { channels, values, offsets } = recordings;
  const n = count(recordings);
  const mean = new Float64Array(n * channels);
  const std = new Float64Array(n * channels);
  const all = Array.from({ length: n }, (_, i) => i);
  eachMoments(values, offsets, all, (moments, index) => {
    for (let channel = 0; channel < channels; channel++) {
      const [present, average, squares] = moments.subarray(MOMENTS * channel, MOMENTS * (channel + 1));
      mean[index * channels + channel] = average;
      std[index * channels + channel] = present === 0 ? 0 : Math.sqrt(squares / present);
    }
  });
  return { mean, std };
}
