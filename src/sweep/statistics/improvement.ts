// The probability of improvement: how often a run of one cell beats a run of another.
import { bootstrap, percentileInterval, type BootstrapOptions, type Interval } from './bootstrap.js';
import { mean } from './moments.js';

export interface ProbabilityOfImprovement {
  /** P(A > B) + P(A = B) / 2. */
  readonly value: number;
  /** Null for one pair of runs. */
  readonly interval: Interval | null;
}

/**
 * P(A > B) + P(A = B)/2 over all pairs of a run of A and a run of B (Agarwal et al. 2021, after Mann and Whitney), with a
 * percentile bootstrap interval. Runs i of A and B share a seed, so seeds are drawn again, not runs; when every run of
 * one beats every run of the other, the interval has no width, however few they are.
 *
 * @param a values of A, higher is better; `b[i]` is the run of B with the same seed
 */
export function probabilityOfImprovement(
  a: readonly number[],
  b: readonly number[],
  options: BootstrapOptions,
): ProbabilityOfImprovement {
  const n = a.length;
  const wins = Float64Array.from({ length: n * n }, (_, k) => {
    const difference = a[Math.floor(k / n)] - b[k % n];
    return difference > 0 ? 1 : difference === 0 ? 0.5 : 0;
  });
  if (n === 1) return { value: wins[0], interval: null };
  const share = (indices: Int32Array) => {
    let total = 0;
    for (let k = 0; k < n; k++) {
      const row = indices[k] * n;
      for (let l = 0; l < n; l++) total += wins[row + indices[l]];
    }
    return total / n ** 2;
  };
  return {
    value: mean(wins),
    interval: percentileInterval(bootstrap(n, share, options), options.level ?? 0.95),
  };
}
