// Quality against the reduction ratio: how far squeezing can go before it costs more than noise.
import { bootstrap, percentileInterval, type BootstrapOptions, type Interval } from './bootstrap.js';
import { nonIncreasingFit } from './isotonic.js';
import { equalityTolerance, mean, requireFinite } from './moments.js';
import { pairedDifferences } from './paired.js';

export interface RatioPoint {
  readonly ratio: number;
  readonly mean: number;
  /** On the curve that never improves with the ratio and is closest to the means (isotonic regression). */
  readonly fitted: number;
  /** Percentile bootstrap interval of `fitted`; null for one seed. */
  readonly interval: Interval | null;
  /** The share of resamples in which this is the sufficient ratio. */
  readonly share: number;
}

export interface SufficientRatio {
  /** In the order of the ratios. */
  readonly points: readonly RatioPoint[];
  /** The ratio with the best mean. */
  readonly best: number;
  /** The largest ratio whose mean is within the noise of the best: beyond it, what is saved costs quality. */
  readonly sufficient: number;
  /** The smallest and largest ratio that is sufficient in the middle of the resamples; null for one seed. */
  readonly interval: Interval | null;
}

export interface RatioOptions extends BootstrapOptions {
  /** Which values are better, default `higher`. */
  readonly better?: 'higher' | 'lower';
}

/**
 * The ratio where the last gain stops paying. "Within the noise" is the rule of one standard error (Breiman et al. 1984),
 * paired: the mean difference to the best ratio over seeds is at most its standard error. The rule looks at the means
 * themselves, so it needs no assumption on the curve; the fitted curve takes for granted that a wider bottleneck never
 * hurts. Seeds are drawn again for the distribution of the answer. One seed knows no noise, and gives the best ratio.
 *
 * @param ratios ascending
 * @param values `[ratios, seeds]`; a column has one seed
 * @throws RangeError for ratios that do not ascend, or values that are missing or not finite
 */
export function sufficientRatio(
  ratios: readonly number[],
  values: readonly (readonly number[])[],
  options: RatioOptions,
): SufficientRatio {
  requireRatios(ratios, values);
  const { better = 'higher', level = 0.95 } = options;
  const sign = better === 'higher' ? 1 : -1;
  const goodness = values.map((row) => row.map((value) => sign * value));
  const seeds = values[0].length;
  const choose = chooser(goodness);
  const { best, sufficient } = choose(Int32Array.from({ length: seeds }, (_, seed) => seed));
  const resampled = bootstrap(
    seeds,
    (indices) => {
      const drawn = choose(indices);
      return { chosen: drawn.sufficient, fitted: nonIncreasingFit(drawn.means) };
    },
    options,
  );
  const fitted = nonIncreasingFit(goodness.map(mean));
  const chosen = Int32Array.from(resampled, (draw) => draw.chosen).sort();
  const at = (q: number) => ratios[chosen[Math.round((chosen.length - 1) * q)]];
  return {
    points: ratios.map((ratio, i) => ({
      ratio,
      mean: mean(values[i]),
      fitted: sign * fitted[i],
      interval: seeds < 2 ? null : percentileInterval(resampled.map((draw) => sign * draw.fitted[i]), level), // prettier-ignore
      share: chosen.filter((index) => index === i).length / chosen.length,
    })),
    best: ratios[best],
    sufficient: ratios[sufficient],
    interval: seeds < 2 ? null : { level, lower: at((1 - level) / 2), upper: at((1 + level) / 2) },
  };
}

/** @throws RangeError unless ratios ascend and every ratio has finite values for the same seeds. */
export function requireRatios(ratios: readonly number[], values: readonly (readonly number[])[]): void {
  requireFinite(ratios, 'Ratios');
  if (ratios.some((ratio, i) => !(ratio > (i === 0 ? 0 : ratios[i - 1])))) {
    throw new RangeError(`Ratios: expected ascending numbers above 0, found ${ratios.join(', ')}.`);
  }
  if (values.length !== ratios.length || values.some((row) => row.length !== values[0].length)) {
    const found = values.map((row) => row.length).join(', ');
    throw new RangeError(
      `Expected values of the same seeds for ${ratios.length} ratios, found rows of ${found}.`,
    );
  }
  values.forEach((row, i) => {
    requireFinite(row, `Values of ratio ${ratios[i]}`);
  });
}

interface Choice {
  /** Of each ratio, over the seeds drawn. */
  readonly means: readonly number[];
  /** Index of the best ratio. */
  readonly best: number;
  /** Index of the sufficient one. */
  readonly sufficient: number;
}

/** Chooses among ratios by some of the seeds; higher is better. */
function chooser(goodness: readonly (readonly number[])[]): (seeds: Int32Array) => Choice {
  const rows = goodness.map((row) => Float64Array.from(row));
  // `[best][ratio]`: what is lost with the ratio, seed by seed.
  const lost = goodness.map((best) => goodness.map((row) => Float64Array.from(pairedDifferences(best, row))));
  return (seeds) => {
    const means = rows.map((row) => meanAt(row, seeds));
    const best = means.lastIndexOf(Math.max(...means));
    const sufficient = lost[best].findLastIndex((row, i) => i === best || isNoise(row, seeds));
    return { means, best, sufficient };
  };
}

/** Whether the mean loss over the seeds is at most its standard error. */
function isNoise(lost: Float64Array, seeds: Int32Array): boolean {
  const center = meanAt(lost, seeds);
  if (center <= 0) return true;
  let [min, max, squares] = [Infinity, -Infinity, 0];
  for (const seed of seeds) {
    const value = lost[seed];
    if (value < min) min = value;
    if (value > max) max = value;
    squares += (value - center) ** 2;
  }
  // Losses that are equal but for rounding have no standard error.
  if (seeds.length < 2 || max - min <= equalityTolerance * Math.max(-min, max)) return false;
  return center <= Math.sqrt(squares / (seeds.length - 1) / seeds.length);
}

function meanAt(values: Float64Array, indices: Int32Array): number {
  let total = 0;
  for (const index of indices) total += values[index];
  return total / indices.length;
}
