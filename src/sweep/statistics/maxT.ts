// p-values adjusted for a whole family of comparisons by joint sign flips: where comparisons hang together, as those with one
// baseline do, they ask for fewer seeds than a correction that must hold whatever the dependence.
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { deriveSeed } from '../../shared/random.js';
import { requireFinite, sum } from './moments.js';

/** The paired differences of comparisons that share seeds, `[comparison, seed]`. */
export type JointDifferences = readonly (readonly number[])[];

/** Up to here all sign patterns of the seeds are counted. */
const mostExact = 16;
const randomPatterns = 9_999;

/**
 * Step-down max-T adjusted p-values (Westfall and Young 1993) by sign flips. Under a pattern of signs all
 * differences of a seed, over the comparisons of its block, turn together, so that their dependence is kept; blocks (data
 * sets) are independent of each other, and the maxima over them are combined as such. The statistic, `|Σd| / √Σd²`, has
 * variance 1 under sign flips and rises with |t|. Patterns are counted exactly for up to 16 seeds of a block, above as
 * `(b + 1) / (m + 1)` over m random ones. Besides what the sign-flip test of one comparison supposes, the differences of a
 * seed must be symmetric about 0 together where there is nothing to find.
 *
 * @param blocks `[block][comparison][seed]`
 * @returns `[block][comparison]`
 * @throws RangeError when comparisons of a block have different numbers of seeds, or a difference is not finite
 */
export function maxT(blocks: readonly JointDifferences[], { seed }: { seed: number }): number[][] {
  blocks.forEach(requireJoint);
  const scaled = blocks.map((block) => block.map(scale));
  const ranked = scaled
    .flatMap((block, b) => block.map((row, comparison) => ({ b, comparison, t: Math.abs(sum(row)) })))
    .sort((first, second) => second.t - first.t);
  const adjusted = blocks.map((block) => new Array<number>(block.length).fill(1));
  const reached = scaled.map((block, b) => {
    const ownRows = ranked.map((entry) => (entry.b === b ? block[entry.comparison] : null));
    return sharesReaching(ownRows, ranked.map(({ t }) => t), deriveSeed(seed, 'max-T', b)); // prettier-ignore
  });
  let largest = 0;
  ranked.forEach(({ b, comparison }, rank) => {
    // That the maximum of some block reaches the statistic: 1 − Π(1 − share), without its rounding.
    const p = reached.reduce((any, shares) => any + shares[rank] - any * shares[rank], 0);
    largest = Math.max(largest, p);
    adjusted[b][comparison] = largest;
  });
  return adjusted;
}

/** The differences in units of their root sum of squares, which no sign changes; zeros where all are. */
function scale(differences: readonly number[]): Float64Array {
  const norm = Math.sqrt(sum(differences.map((difference) => difference ** 2)));
  return Float64Array.from(differences, (difference) => (norm === 0 ? 0 : difference / norm));
}

/**
 * For each rank, the share of sign patterns in which the largest statistic of this block's comparisons from that rank on is at
 * least the observed one of the rank.
 * @param ownRows the scaled differences at each rank, null for those of other blocks
 */
function sharesReaching(
  ownRows: readonly (Float64Array | null)[],
  observed: readonly number[],
  seed: number,
): Float64Array {
  const counts = new Float64Array(observed.length);
  const seeds = ownRows.find((row) => row !== null)?.length ?? 0;
  const last = ownRows.findLastIndex((row) => row !== null);
  const exact = seeds <= mostExact;
  // A pattern and its opposite have the same statistics, so the first sign can stay as it is.
  const patterns = exact ? 2 ** Math.max(0, seeds - 1) : randomPatterns;
  const generator = xoroshiro128plus(seed);
  const signs = new Float64Array(seeds).fill(1);
  for (let pattern = 0; pattern < patterns; pattern++) {
    let bits = pattern;
    for (let i = exact ? 1 : 0; i < seeds; i++) {
      if (!exact && i % 32 === 0) bits = generator.next();
      signs[i] = bits & 1 ? -1 : 1;
      bits >>>= 1;
    }
    let largest = 0;
    for (let rank = last; rank >= 0; rank--) {
      const row = ownRows[rank];
      if (row !== null) {
        let total = 0;
        for (let i = 0; i < seeds; i++) total += signs[i] * row[i];
        largest = Math.max(largest, Math.abs(total));
      }
      if (largest >= observed[rank] - 1e-12) counts[rank]++;
    }
  }
  return counts.map((count, rank) => {
    if (rank > last) return 0;
    return exact ? count / patterns : (count + 1) / (patterns + 1);
  });
}

function requireJoint(block: JointDifferences, index: number): void {
  block.forEach((row) => {
    requireFinite(row, `Paired differences of block ${index}`);
    if (row.length !== block[0].length) {
      throw new RangeError(
        `Block ${index}: expected ${block[0].length} differences in every comparison, found ${row.length}.`,
      );
    }
  });
}
