// The sign-flip permutation test: if two cells do not differ, the difference of every seed could as well have had the
// other sign (Fisher 1935).
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { deriveSeed } from '../../shared/random.js';
import { requireFinite, sum } from './moments.js';

export interface SignFlipTest {
  /** Two-sided: the share of sign patterns whose sum is at least as far from 0 as the observed one. */
  readonly p: number;
  /** Whether all patterns were counted, or a random sample of them. */
  readonly exact: boolean;
  /** The smallest p that these differences could give with their signs all alike; zeros have no sign. */
  readonly smallestP: number;
}

/** Up to here all 2ⁿ patterns are counted; halves of 2¹⁶ sums each make that cheap. */
const mostExact = 32;
const randomPatterns = 99_999;

/**
 * Tests whether paired differences centre on 0. Exact for up to 32 differences other than 0; above, `(b + 1) / (m + 1)`
 * with m random patterns of which b are at least as extreme (Phipson and Smyth 2010). Sums equal up to rounding
 * count as equal. All differences 0 gives p = 1.
 * @throws RangeError when there are no differences or one is not finite
 */
export function signFlipTest(differences: readonly number[], { seed }: { seed: number }): SignFlipTest {
  requireFinite(differences, 'Paired differences');
  // A zero leaves the sum as it is under both signs, so patterns of the others decide.
  const signed = differences.filter((difference) => difference !== 0);
  const smallestP = smallestSignFlipP(signed.length);
  const exact = signed.length <= mostExact;
  const tolerance = 1e-12 * sum(signed.map(Math.abs));
  const observed = Math.abs(sum(signed));
  if (observed <= tolerance) return { p: 1, exact, smallestP };
  const p = exact
    ? (2 * patternsReaching(observed - tolerance, signed)) / 2 ** signed.length
    : randomP(observed - tolerance, signed, seed);
  return { p, exact, smallestP };
}

/** The smallest two-sided p-value that n paired seeds can give, `2 / 2ⁿ`, and 1 for none. */
export function smallestSignFlipP(n: number): number {
  return Math.min(1, 2 / 2 ** n);
}

/** The fewest paired seeds with which a two-sided p-value can be at most `level`. */
export function fewestSeeds(level: number): number {
  let n = 1;
  while (smallestSignFlipP(n) > level) n++;
  return n;
}

/** How many sign patterns have a sum of at least `least`: pairs of sums of the two halves, counted in sorted order. */
function patternsReaching(least: number, differences: readonly number[]): number {
  const half = Math.ceil(differences.length / 2);
  const first = allSums(differences.slice(0, half));
  const second = allSums(differences.slice(half));
  let count = 0;
  let reached = second.length;
  for (const a of first) {
    while (reached > 0 && a + second[reached - 1] >= least) reached--;
    count += second.length - reached;
  }
  return count;
}

/** The sums under all sign patterns, ascending. */
function allSums(differences: readonly number[]): Float64Array {
  const sums = new Float64Array(2 ** differences.length);
  differences.forEach((difference, i) => {
    const known = 2 ** i;
    for (let k = 0; k < known; k++) {
      sums[known + k] = sums[k] + difference;
      sums[k] -= difference;
    }
  });
  return sums.sort();
}

function randomP(least: number, differences: readonly number[], seed: number): number {
  const generator = xoroshiro128plus(deriveSeed(seed, 'sign flips', differences.length));
  let extreme = 0;
  for (let pattern = 0; pattern < randomPatterns; pattern++) {
    let total = 0;
    let bits = 0;
    differences.forEach((difference, i) => {
      if (i % 32 === 0) bits = generator.next();
      total += (bits >>> (i % 32)) & 1 ? difference : -difference;
    });
    if (Math.abs(total) >= least) extreme++;
  }
  return (extreme + 1) / (randomPatterns + 1);
}
