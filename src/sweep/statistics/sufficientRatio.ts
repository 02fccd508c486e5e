// Quality against the reduction ratio: how far squeezing can go before it costs more than noise.
import { bootstrap, percentileInterval, type BootstrapOptions, type Interval } from './bootstrap.js';
import { nonIncreasingFit } from './isotonic.js';
import { mean, requireFinite, standardDeviation } from './moments.js';
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
  const { best, sufficient } = choose(goodness);
  const resampled = bootstrap(
    seeds,
    (indices) => {
      const drawn = goodness.map((row) => Array.from(indices, (index) => row[index]));
      return { chosen: choose(drawn).sufficient, fitted: nonIncreasingFit(drawn.map(mean)) };
    },
    options,
  );
  const fitted = nonIncreasingFit(goodness.map(mean));
  const chosen = resampled.map((draw) => draw.chosen).sort((a, b) => a - b);
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

/** The indices of the best ratio and of the sufficient one; higher is better. */
function choose(goodness: readonly (readonly number[])[]): { best: number; sufficient: number } {
  const means = goodness.map(mean);
  const best = means.lastIndexOf(Math.max(...means));
  const sufficient = goodness.findLastIndex((row, i) => {
    const lost = pairedDifferences(goodness[best], row);
    const standardError = (standardDeviation(lost) ?? 0) / Math.sqrt(lost.length);
    return i === best || mean(lost) <= standardError;
  });
  return { best, sufficient };
}
