// The shrinkage view of gates as a curve: y = a[channel] / (1 + γσ²), fitted by least squares. A channel has an amplitude of its
// own, since what follows a gate can scale it back; γ is the same for all.

/** γ is looked for here. The lower end keeps 1 + γσ² above 0 for σ² up to 8, and lets gates that grow with noise show. */
const [lowest, highest] = [-0.1, 1000];

/**
 * Fits the curve.
 *
 * @param observations `{ channel, variance, value }` each; every channel with several variances
 * @returns γ, and the part of the variation within channels that it explains: 1 − SSE(γ) / SSE(0)
 */
export function fitShrinkage(observations) {
  const error = squaredErrors(observations);
  const grid = 100;
  // Even steps of asinh(10·γ) are fine near 0 and coarse far out.
  const [from, to] = [lowest, highest].map((gamma) => Math.asinh(10 * gamma));
  const at = (i) => Math.sinh(from + ((to - from) * i) / grid) / 10;
  const errors = Array.from({ length: grid + 1 }, (_, i) => error(at(i)));
  const best = errors.indexOf(Math.min(...errors));
  const gamma = minimum(error, at(Math.max(0, best - 1)), at(Math.min(grid, best + 1)));
  const constant = error(0);
  return { gamma, explained: isRounding(constant, observations) ? 0 : 1 - error(gamma) / constant };
}

/**
 * The part of the variation within channels that the best curve of all explains: a share for each variance, whatever its form.
 * What a fit of `fitShrinkage` explains less than that is what is wrong with its form.
 *
 * @param observations as of `fitShrinkage`
 */
export function explainedByAnyCurve(observations) {
  const [amplitudes, shares] = [new Map(), new Map()];
  // Least squares of a product, one factor at a time.
  for (let i = 0; i < 200; i++) {
    leastSquares(observations, amplitudes, 'channel', ({ variance }) => shares.get(variance) ?? 1);
    leastSquares(observations, shares, 'variance', ({ channel }) => amplitudes.get(channel));
  }
  const left = observations.reduce(
    (sum, { channel, variance, value }) =>
      sum + (value - amplitudes.get(channel) * shares.get(variance)) ** 2,
    0,
  );
  const constant = squaredErrors(observations)(0);
  return isRounding(constant, observations) ? 0 : 1 - left / constant;
}

/**
 * The fit to the means over seeds, what any curve explains of them, and the 95 % interval of γ: percentiles of fits to seeds drawn
 * with replacement; null for one seed. It holds for these channels and this noise, and is too narrow with few seeds, as bootstraps
 * are.
 *
 * @param bySeed the observations of each seed, in the same order
 * @param uniform draws numbers from 0 to below 1
 */
export function fitOverSeeds(bySeed, draws, uniform) {
  const gammas = Array.from({ length: draws }, () => {
    const drawn = bySeed.map(() => bySeed[Math.floor(uniform() * bySeed.length)]);
    return fitShrinkage(meanOver(drawn)).gamma;
  }).sort((a, b) => a - b);
  const quantile = (share) => gammas[Math.min(draws - 1, Math.floor(share * draws))];
  const interval = bySeed.length < 2 ? null : [quantile(0.025), quantile(0.975)];
  const means = meanOver(bySeed);
  return { ...fitShrinkage(means), explainedByAnyCurve: explainedByAnyCurve(means), interval };
}

/** Observations with the mean over seeds as value. */
export function meanOver(bySeed) {
  return bySeed[0].map((observation, i) => ({
    ...observation,
    value: bySeed.reduce((sum, observations) => sum + observations[i].value, 0) / bySeed.length,
  }));
}

/** Mean value at each variance, each channel as a share of its mean without noise. */
export function byVariance(observations) {
  const clean = new Map();
  for (const { channel, variance, value } of observations)
    if (variance === 0) clean.set(channel, [...(clean.get(channel) ?? []), value]);
  const shares = new Map();
  for (const { channel, variance, value } of observations)
    shares.set(variance, [...(shares.get(variance) ?? []), value / mean(clean.get(channel))]);
  return [...shares].map(([variance, values]) => ({ variance, share: mean(values) })).sort((a, b) => a.variance - b.variance); // prettier-ignore
}

/** The sum of squares, with the best amplitude of each channel, as a function of γ. */
function squaredErrors(observations) {
  const channels = [...new Set(observations.map(({ channel }) => channel))].map((channel) =>
    observations.filter((observation) => observation.channel === channel),
  );
  return (gamma) =>
    channels.reduce((total, ofChannel) => {
      let [products, shapes, squares] = [0, 0, 0];
      for (const { variance, value } of ofChannel) {
        const shape = 1 / (1 + gamma * variance);
        products += value * shape;
        shapes += shape * shape;
        squares += value * value;
      }
      return total + Math.max(0, squares - (products * products) / shapes);
    }, 0);
}

/** For each level of a key the factor that fits best, where `other` gives the other factor of an observation. */
function leastSquares(observations, factors, key, other) {
  const sums = new Map();
  for (const observation of observations) {
    const [products, squares] = sums.get(observation[key]) ?? [0, 0];
    const by = other(observation);
    sums.set(observation[key], [products + observation.value * by, squares + by * by]);
  }
  for (const [level, [products, squares]] of sums) factors.set(level, squares === 0 ? 0 : products / squares);
}

function isRounding(squares, observations) {
  return squares < 1e-12 * observations.reduce((sum, { value }) => sum + value ** 2, 0);
}

/** Where a function with one minimum between two places has it: golden section (Kiefer 1953). */
function minimum(f, a, b) {
  const golden = (Math.sqrt(5) - 1) / 2;
  for (let i = 0; i < 60; i++) {
    const [left, right] = [b - golden * (b - a), a + golden * (b - a)];
    if (f(left) < f(right)) b = right;
    else a = left;
  }
  return (a + b) / 2;
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
