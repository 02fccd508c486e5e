// The reduction ratio that balances loss against parameters, in closed form.
import { meanInterval, type BootstrapOptions, type Interval } from './bootstrap.js';
import { mean, sum } from './moments.js';
import { signFlipTest } from './signFlip.js';
import { requireRatios } from './sufficientRatio.js';
import { percent, seedCount, short } from './words.js';

export interface CurvatureFit {
  /** κ of `loss = c_seed + ½κr²`, by least squares, the mean over seeds. */
  readonly curvature: number;
  /** BCa bootstrap interval of κ over seeds; null for one seed. */
  readonly interval: Interval | null;
  /** Two-sided p-value of κ = 0, by sign flips of the κ of single seeds. */
  readonly p: number;
  /** R² of the curve through the mean losses: how much of what the ratio does to the loss is `½κr²`; null when it does nothing. */
  readonly explained: number | null;
}

export interface ClosedFormRatio extends CurvatureFit {
  /** r*; null when the data cannot tell. */
  readonly ratio: number | null;
  /** r* at the ends of the interval of κ. */
  readonly ratioInterval: Interval | null;
  /** What the fit says, or why it says nothing, in plain words. */
  readonly sentence: string;
}

export interface ClosedFormOptions extends BootstrapOptions {
  /** Channels C of each squeeze-and-excitation layer: its two kernels have `2C²/r` parameters. */
  readonly channels: readonly number[];
  /** λ, the loss that one parameter fewer is worth. It is a choice; no data tell it. */
  readonly parameterPrice: number;
}

/**
 * `r* = (2λC² / κ)^(1/3)`, the minimum of `½κr² + λ·2C²/r`, C² summed over the layers.
 * @throws RangeError unless κ and λ are above 0
 */
export function closedFormRatio(
  curvature: number,
  { channels, parameterPrice }: Pick<ClosedFormOptions, 'channels' | 'parameterPrice'>,
): number {
  if (!(curvature > 0 && parameterPrice > 0)) {
    throw new RangeError(
      `Closed-form ratio: expected curvature and price above 0, found ${curvature} and ${parameterPrice}.`,
    );
  }
  return Math.cbrt((2 * parameterPrice * sum(channels.map((c) => c ** 2))) / curvature);
}

/**
 * Fits κ from validation losses, each seed with a level of its own.
 * @param ratios ascending, two or more
 * @param losses `[ratios, seeds]`
 * @throws RangeError for fewer than two ratios, ratios that do not ascend, or losses that are missing or not finite
 */
export function fitCurvature(
  ratios: readonly number[],
  losses: readonly (readonly number[])[],
  options: BootstrapOptions,
): CurvatureFit {
  requireRatios(ratios, losses);
  if (ratios.length < 2)
    throw new RangeError('Curvature of the loss: expected two ratios or more, found one.');
  const x = ratios.map((ratio) => ratio ** 2 / 2);
  const slopes = losses[0].map((_, seed) =>
    slope(
      x,
      losses.map((row) => row[seed]),
    ),
  );
  const curvature = mean(slopes);
  const means = losses.map(mean);
  const [centerX, centerY] = [mean(x), mean(means)];
  const spread = sum(means.map((loss) => (loss - centerY) ** 2));
  const missed = sum(means.map((loss, i) => (loss - centerY - curvature * (x[i] - centerX)) ** 2));
  return {
    curvature,
    interval: meanInterval(slopes, options),
    p: signFlipTest(slopes, options).p,
    explained: spread === 0 ? null : 1 - missed / spread,
  };
}

/**
 * The closed-form ratio from losses. It is given only where κ is significantly positive: the sign-flip test rejects κ = 0
 * and the interval lies above 0, both at the level asked for.
 */
export function fitClosedFormRatio(
  ratios: readonly number[],
  losses: readonly (readonly number[])[],
  options: ClosedFormOptions,
): ClosedFormRatio {
  const fit = fitCurvature(ratios, losses, options);
  const { level = 0.95 } = options;
  const { curvature, interval, p, explained } = fit;
  const found = `κ = ${short(curvature)}, p = ${short(p)}, ${seedCount(losses[0].length)}`;
  if (curvature <= 0) {
    const sentence = `The validation loss does not rise with the ratio (${found}), so the formula has no minimum.`;
    return { ...fit, ratio: null, ratioInterval: null, sentence };
  }
  if (interval === null || interval.lower <= 0 || p > 1 - level) {
    const sentence = `The data cannot tell the curvature of the loss from none (${found}), so no ratio follows from it.`;
    return { ...fit, ratio: null, ratioInterval: null, sentence };
  }
  const ratio = closedFormRatio(curvature, options);
  const ratioInterval = {
    level,
    lower: closedFormRatio(interval.upper, options),
    upper: closedFormRatio(interval.lower, options),
  };
  const sentence =
    `At ${short(options.parameterPrice)} of loss a parameter the best ratio is ${short(ratio)} ` +
    `(${short(ratioInterval.lower)} to ${short(ratioInterval.upper)}; ${found}); the quadratic explains ` +
    `${percent(explained ?? 0)} of what the ratio does to the mean loss.`;
  return { ...fit, ratio, ratioInterval, sentence };
}

function slope(x: readonly number[], y: readonly number[]): number {
  const center = mean(x);
  return sum(x.map((value, i) => (value - center) * y[i])) / sum(x.map((value) => (value - center) ** 2));
}
