// The bootstrap over seeds: what a statistic becomes when runs are drawn again with replacement, and intervals from that.
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { deriveSeed } from '../../shared/random.js';
import { normalCdf, normalQuantile } from './distributions.js';
import { mean, quantile, requireFinite, requireLevel, standardDeviation, sum } from './moments.js';

/** A confidence interval, e.g. of level 0.95. */
export interface Interval {
  readonly level: number;
  readonly lower: number;
  readonly upper: number;
}

export interface BootstrapOptions {
  /** The random numbers come from this seed and from nothing else. */
  readonly seed: number;
  /** Default 10,000. */
  readonly resamples?: number;
  /** Level of confidence, default 0.95. */
  readonly level?: number;
}

/**
 * A statistic of each resample, in the order of drawing. `statistic` takes the indices of the runs drawn (n of n, with
 * replacement), which belong to it for the call alone.
 */
export function bootstrap<T>(
  n: number,
  statistic: (indices: Int32Array) => T,
  { seed, resamples = 10_000 }: BootstrapOptions,
): T[] {
  const drawn = draw(n, resamples, seed);
  // One array for all: views of `drawn` take longer to make than to fill.
  const indices = new Int32Array(n);
  const statistics = new Array<T>(resamples);
  for (let k = 0; k < resamples; k++) {
    for (let i = 0; i < n; i++) indices[i] = drawn[k * n + i];
    statistics[k] = statistic(indices);
  }
  return statistics;
}

let latest: { readonly key: string; readonly drawn: Int32Array } | undefined;

/**
 * The indices of all resamples, `[resample, run]`. Cells of a study have as many runs each, so what was drawn last is kept
 * for the next one: drawing takes longer than most statistics.
 */
function draw(n: number, resamples: number, seed: number): Int32Array {
  const key = `${n} ${resamples} ${seed}`;
  if (latest?.key === key) return latest.drawn;
  const generator = xoroshiro128plus(deriveSeed(seed, 'bootstrap', n));
  const drawn = new Int32Array(n * resamples);
  for (let i = 0; i < drawn.length; i++) drawn[i] = uniformInt(generator, 0, n - 1);
  latest = { key, drawn };
  return drawn;
}

/**
 * The bias-corrected and accelerated interval of the mean (Efron 1987). With few runs it is too narrow, as bootstraps
 * are: nominal 95 % cover 72 % with three runs of a normal distribution, 83 % with five, 90 % with ten, 92 % with twenty.
 * Null for one value; `[x, x]` when all values are x, which says that no spread was seen, not that there is none.
 * @throws RangeError for no values, values that are not finite, or a level outside (0, 1)
 */
export function meanInterval(values: readonly number[], options: BootstrapOptions): Interval | null {
  requireFinite(values, 'Bootstrap interval');
  const { level = 0.95 } = options;
  requireLevel(level, 'Level of confidence');
  const sd = standardDeviation(values);
  if (sd === null) return null;
  if (sd === 0) return { level, lower: values[0], upper: values[0] };
  return bcaInterval(bootstrapMeans(values, options), mean(values), meanAcceleration(values), level);
}

/** The mean of each resample. */
export function bootstrapMeans(
  values: readonly number[],
  { seed, resamples = 10_000 }: BootstrapOptions,
): Float64Array {
  const n = values.length;
  const drawn = draw(n, resamples, seed);
  const numbers = Float64Array.from(values);
  const means = new Float64Array(resamples);
  for (let k = 0, at = 0; k < resamples; k++) {
    let total = 0;
    for (let i = 0; i < n; i++) total += numbers[drawn[at++]];
    means[k] = total / n;
  }
  return means;
}

/** The interval between two quantiles of the resampled statistics, `(1 ∓ level) / 2`. */
export function percentileInterval(resampled: readonly number[] | Float64Array, level: number): Interval {
  const sorted = new Float64Array(resampled).sort();
  return { level, lower: quantile(sorted, (1 - level) / 2), upper: quantile(sorted, (1 + level) / 2) };
}

/**
 * The percentile interval at the levels `Φ(z₀ + (z₀ + z) / (1 − a·(z₀ + z)))`. The bias z₀ is the normal quantile of the
 * share of resamples below the estimate, those equal to it counted half; a is the acceleration.
 */
function bcaInterval(
  resampled: Float64Array,
  estimate: number,
  acceleration: number,
  level: number,
): Interval {
  const sorted = resampled.slice().sort();
  const tolerance = 1e-12 * Math.max(-sorted[0], sorted[sorted.length - 1]);
  let below = 0;
  for (const value of sorted) {
    if (value < estimate - tolerance) below += 1;
    else if (value <= estimate + tolerance) below += 0.5;
  }
  const bias = normalQuantile(below / sorted.length);
  const at = (z: number) => quantile(sorted, normalCdf(bias + (bias + z) / (1 - acceleration * (bias + z))));
  const z = normalQuantile((1 + level) / 2);
  return { level, lower: at(-z), upper: at(z) };
}

/** The acceleration of the mean from the jackknife, `Σ(x − x̄)³ / (6·(Σ(x − x̄)²)^1.5)`. */
function meanAcceleration(values: readonly number[]): number {
  const center = mean(values);
  const cubes = sum(values.map((value) => (value - center) ** 3));
  return cubes / (6 * sum(values.map((value) => (value - center) ** 2)) ** 1.5);
}
