// How many seeds a paired comparison takes to show a difference.
import { noncentralTCdf, studentCritical } from './distributions.js';
import { requireLevel } from './moments.js';
import { fewestSeeds } from './signFlip.js';

export interface PowerOptions {
  /** The chance of showing a difference that is there, default 0.8. */
  readonly power?: number;
  /** Level of significance, two-sided, default 0.05. In a family of m comparisons, 0.05 / m is Holm's strictest step. */
  readonly level?: number;
}

/** More seeds than these are not worth naming. */
const mostSeeds = 100_000;

/**
 * The power of the two-sided paired t-test with n pairs: `P(|T| > t_crit)` for T noncentral t with n − 1 degrees of freedom
 * and noncentrality `√n · effect`.
 *
 * @param effect mean difference over the standard deviation of differences
 */
export function pairedPower(n: number, effect: number, level: number): number {
  const critical = studentCritical(level, n - 1);
  const noncentrality = Math.sqrt(n) * Math.abs(effect);
  return 1 - noncentralTCdf(critical, n - 1, noncentrality) + noncentralTCdf(-critical, n - 1, noncentrality);
}

/**
 * The fewest paired seeds that show a difference with the power asked for, if differences have this standard deviation:
 * by the noncentral t, which the sign-flip test follows closely, and at least as many as the sign-flip test needs for such a
 * p-value to exist. Null when there is no difference to show or when it takes more than 100,000.
 * @throws RangeError for a negative standard deviation, or a power or level outside (0, 1)
 */
export function seedsNeeded(
  difference: number,
  standardDeviation: number,
  { power = 0.8, level = 0.05 }: PowerOptions = {},
): number | null {
  requireLevel(power, 'Power');
  requireLevel(level, 'Level of significance');
  if (!(standardDeviation >= 0)) {
    throw new RangeError(`Standard deviation: expected at least 0, found ${standardDeviation}.`);
  }
  if (difference === 0) return null;
  const fewest = Math.max(2, fewestSeeds(level));
  const effect = Math.abs(difference) / standardDeviation;
  const suffices = (n: number) => effect === Infinity || pairedPower(n, effect, level) >= power;
  if (suffices(fewest)) return fewest;
  let below = fewest;
  let enough = 2 * fewest;
  while (!suffices(enough)) {
    if (enough > mostSeeds) return null;
    [below, enough] = [enough, 2 * enough];
  }
  while (enough - below > 1) {
    const middle = Math.floor((below + enough) / 2);
    if (suffices(middle)) enough = middle;
    else below = middle;
  }
  return enough <= mostSeeds ? enough : null;
}
