// Draws from a generator of random numbers: uniform, normal and beta distributed. What is drawn depends on what it is for
// and on nothing else.
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { deriveSeed } from './random.js';

export type { RandomGenerator };

/** A generator for one purpose, e.g. `generatorFor(7, 'augmentation', epoch)`: see `deriveSeed`. */
export function generatorFor(seed: number, ...purpose: readonly (string | number)[]): RandomGenerator {
  return xoroshiro128plus(deriveSeed(seed, ...purpose));
}

/** A number in [0, 1). */
export function uniform(random: RandomGenerator): number {
  return uniformFloat64(random);
}

/** A whole number from `low` to `high`, both included. */
export function uniformWhole(random: RandomGenerator, low: number, high: number): number {
  return uniformInt(random, low, high);
}

/** `count` independent numbers of mean 0 and standard deviation 1 (the polar method of Marsaglia & Bray 1964). */
export function normals(random: RandomGenerator, count: number): Float64Array {
  const drawn = new Float64Array(count);
  for (let i = 0; i < count; i += 2) {
    let x: number;
    let y: number;
    let square: number;
    do {
      x = 2 * uniformFloat64(random) - 1;
      y = 2 * uniformFloat64(random) - 1;
      square = x * x + y * y;
    } while (square >= 1 || square === 0);
    const factor = Math.sqrt((-2 * Math.log(square)) / square);
    drawn[i] = x * factor;
    if (i + 1 < count) drawn[i + 1] = y * factor;
  }
  return drawn;
}

/** A number from Beta(α, α), α > 0: the share of the first of two gamma distributed numbers in their sum. */
export function symmetricBeta(random: RandomGenerator, alpha: number): number {
  const [first, second] = [logOfGamma(random, alpha), logOfGamma(random, alpha)];
  return 1 / (1 + Math.exp(second - first));
}

/**
 * The logarithm of a number from Gamma(shape, 1) (Marsaglia & Tsang 2000, with their way for shapes below 1): the number
 * itself would often be too small for a double where the shape is.
 */
function logOfGamma(random: RandomGenerator, shape: number): number {
  if (shape < 1) return logOfGamma(random, shape + 1) + Math.log(1 - uniform(random)) / shape;
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const [x] = normals(random, 1);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - uniform(random)) < x * x * 0.5 + d - d * v + d * Math.log(v)) {
      return Math.log(d * v);
    }
  }
}
