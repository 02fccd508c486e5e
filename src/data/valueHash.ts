// A hash of the values of a recording, by which those that occur more than once are found.

/**
 * Over the bits of float32 values, where 0 and -0, and all that are NaN, count as the same. Values may come piece by piece. The rounds
 * are those of MurmurHash3 (Appleby 2011, public domain).
 */
export class ValueHash {
  private hash = 0;
  private length = 0;

  add(values: Float32Array): void {
    const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
    let { hash } = this;
    // eslint-disable-next-line @typescript-eslint/prefer-for-of -- takes several times as long
    for (let at = 0; at < bits.length; at++) {
      const magnitude = bits[at] & 0x7fffffff;
      const word = magnitude > 0x7f800000 ? 0x7fc00000 : magnitude === 0 ? 0 : bits[at];
      const mixed = Math.imul(word, 0xcc9e2d51);
      hash ^= Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
      hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
    }
    this.hash = hash;
    this.length += values.length;
  }

  /** The hash of what was added, a whole number of 32 bits; the next recording begins. */
  finish(): number {
    const hash = this.hash ^ this.length;
    this.hash = 0;
    this.length = 0;
    return hash | 0;
  }
}

/** The hash of one recording. */
export function hashOf(values: Float32Array): number {
  const hash = new ValueHash();
  hash.add(values);
  return hash.finish();
}
