// Counter-based random numbers: every draw is a pure function of a seed and of what the draw is for, so that a
// resumed run repeats an uninterrupted one exactly and no two purposes share a stream.
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/**
 * A 32-bit seed for one purpose, e.g. `deriveSeed(7, 'shuffle', epoch)`: FNV-1a over the purpose, finished with
 * the mixer of MurmurHash3 (Appleby), so that neighbouring seeds and counters give unrelated streams.
 */
export function deriveSeed(seed: number, ...purpose: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const character of JSON.stringify([seed, ...purpose])) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The numbers 0 … n-1 in a random order (Fisher and Yates), the same for the same seed. */
export function permutation(n: number, seed: number): Int32Array {
  const generator = xoroshiro128plus(seed);
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = uniformInt(generator, 0, i);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
