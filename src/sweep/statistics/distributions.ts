// The distributions that the tests of a study need: normal, t, F, chi-squared, noncentral t and studentized range. Packages
// that have them are inexact (1e-9), without types, under another licence, or made of hundreds of packages.
import { logGamma, regularizedBeta, upperGamma } from './specialFunctions.js';

/** Φ(x), exact in the lower tail too. */
export function normalCdf(x: number): number {
  const tail = upperGamma(0.5, x ** 2 / 2) / 2;
  return x < 0 ? tail : 1 - tail;
}

/** The x with Φ(x) = p; −∞ at 0 and ∞ at 1. */
export function normalQuantile(p: number): number {
  if (p === 0.5) return 0;
  if (p > 0.5) return -normalQuantile(1 - p);
  return p === 0 ? -Infinity : solve(normalCdf, p, -40, 0);
}

/** P(|T| ≥ |t|) of Student's t. */
export function studentTwoSided(t: number, degreesOfFreedom: number): number {
  return regularizedBeta(degreesOfFreedom / (degreesOfFreedom + t ** 2), degreesOfFreedom / 2, 0.5);
}

/** The t > 0 that Student's t exceeds in absolute value with the given probability (0 < probability < 1). */
export function studentCritical(probability: number, degreesOfFreedom: number): number {
  let upper = 2;
  while (studentTwoSided(upper, degreesOfFreedom) > probability) upper *= 2;
  return solve((t) => -studentTwoSided(t, degreesOfFreedom), -probability, 0, upper);
}

/**
 * P(T ≤ t) of the noncentral t `(Z + δ) / S`, `S = √(χ²_ν / ν)`, as the mean of `Φ(t·S − δ)` over the density of S,
 * `2·(ν/2)^(ν/2) / Γ(ν/2) · s^(ν−1) · exp(−ν·s²/2)`, by Simpson's rule (absolute error below 1e-7).
 */
export function noncentralTCdf(t: number, degreesOfFreedom: number, noncentrality: number): number {
  const half = degreesOfFreedom / 2;
  const constant = Math.LN2 + half * Math.log(half) - logGamma(half);
  // S has mean near 1 and standard deviation near 1/√(2ν); one degree of freedom has the longest tail.
  const spread = 9 / Math.sqrt(2 * degreesOfFreedom);
  const [from, to] = [Math.max(0, 1 - spread), 1 + 1.4 * spread];
  // Over u = √s the integrand starts smoothly, and a large t, which makes it rise close to 0, is resolved.
  const integrand = (u: number) => {
    if (u === 0) return 0;
    const logDensity = constant + (degreesOfFreedom - 1) * Math.log(u ** 2) - half * u ** 4;
    return 2 * u * Math.exp(logDensity) * normalCdf(t * u ** 2 - noncentrality);
  };
  return simpson(integrand, Math.sqrt(from), Math.sqrt(to));
}

/** P(F ≥ f). */
export function fUpperTail(f: number, numerator: number, denominator: number): number {
  return regularizedBeta(denominator / (denominator + numerator * f), denominator / 2, numerator / 2);
}

/** P(χ² ≥ x). */
export function chiSquareUpperTail(x: number, degreesOfFreedom: number): number {
  return upperGamma(degreesOfFreedom / 2, x / 2);
}

/**
 * The q that the range of k independent standard normal numbers exceeds with the given probability: the studentized range
 * with infinite degrees of freedom, `P(Q ≤ q) = k ∫ φ(z)·(Φ(z) − Φ(z − q))^(k−1) dz`.
 */
export function studentizedRangeCritical(probability: number, k: number): number {
  const cdf = (q: number) =>
    simpson(
      (z) =>
        ((k * Math.exp(-(z ** 2) / 2)) / Math.sqrt(2 * Math.PI)) *
        (normalCdf(z) - normalCdf(z - q)) ** (k - 1),
      -9,
      9,
    );
  return solve(cdf, 1 - probability, 0, 40);
}

/** The x in [lower, upper] where an increasing function reaches the target, by bisection to the last bit. */
function solve(increasing: (x: number) => number, target: number, lower: number, upper: number): number {
  for (;;) {
    const middle = (lower + upper) / 2;
    if (middle <= lower || middle >= upper) return middle;
    if (increasing(middle) < target) lower = middle;
    else upper = middle;
  }
}

function simpson(integrand: (x: number) => number, from: number, to: number): number {
  const intervals = 400;
  const width = (to - from) / intervals;
  let total = integrand(from) + integrand(to);
  for (let i = 1; i < intervals; i++) total += integrand(from + i * width) * (i % 2 === 1 ? 4 : 2);
  return (total * width) / 3;
}
