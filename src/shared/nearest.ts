// Suggests the name that a user probably meant.
import { distance } from 'fastest-levenshtein';

/** The candidate closest to `name`, if it is close enough to be a likely slip. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  const limit = Math.max(2, Math.floor(name.length * 0.4));
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    const d = distance(name.toLowerCase(), candidate.toLowerCase());
    // Of candidates as near as each other, the one of the name's length: letters change places more often than they go.
    const isBetter =
      d < bestDistance ||
      (d === bestDistance && best?.length !== name.length && candidate.length === name.length);
    if (isBetter && d <= limit) [best, bestDistance] = [candidate, d];
  }
  return best;
}

/** ` Did you mean "x"?`, or an empty string when nothing is close. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const guess = nearest(name, candidates);
  return guess === undefined ? '' : ` Did you mean "${guess}"?`;
}
