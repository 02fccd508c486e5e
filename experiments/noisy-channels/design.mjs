// Which channel of JapaneseVowels has how much noise in which data set of the study.

/** Where the data sets are made; git ignores it. */
export const folder = 'data/generated/noisy-channels';

/** Variances of the noise, half of them 0, in units of the standardised channels. */
export const levels = [0, 0.25, 0, 0.5, 0, 1, 0, 2, 0, 4, 0, 8];

/**
 * The data sets. In each the levels stand one channel further on, so that over all of them every channel has every variance
 * once and is clean six times: what a channel is worth cannot pass for an effect of its noise.
 */
export const shifts = levels.map((_, shift) => shift);

/** Names a data set, its folder and its files. */
export function nameOf(shift) {
  return `shift${String(shift).padStart(2, '0')}`;
}

/** The variance of the noise in each channel of a data set. */
export function variancesOf(shift) {
  return levels.map((_, channel) => levels[(channel + shift) % levels.length]);
}
