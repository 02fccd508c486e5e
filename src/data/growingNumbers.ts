// A list of numbers that takes no more than twice their size.

/** Numbers that a list has room for, once it has any. */
const FIRST_SIZE = 1 << 10;

type NumberArray = Float32Array | Float64Array | Int32Array;

/** Numbers that are added at the end. */
export class GrowingNumbers<Numbers extends NumberArray> {
  private data: Numbers;
  length = 0;

  constructor(private readonly type: new (length: number) => Numbers) {
    this.data = new type(0);
  }

  /** Makes room for `n` more numbers and returns the array to write them to, from the old `length` on. */
  extend(n: number): Numbers {
    const needed = this.length + n;
    if (needed > this.data.length) {
      const larger = new this.type(Math.max(needed, this.data.length * 2, FIRST_SIZE));
      larger.set(this.numbers);
      this.data = larger;
    }
    this.length = needed;
    return this.data;
  }

  append(block: ArrayLike<number>): void {
    const at = this.length;
    this.extend(block.length).set(block, at);
  }

  push(number: number): void {
    const at = this.length;
    this.extend(1)[at] = number;
  }

  /** Adds a number so many times. */
  repeat(number: number, times: number): void {
    const at = this.length;
    this.extend(times).fill(number, at, at + times);
  }

  /** The numbers so far, where they are, until there are more of them. */
  get numbers(): Numbers {
    return this.data.subarray(0, this.length) as Numbers;
  }

  /** The numbers so far, in an array of just that size. */
  toArray(): Numbers {
    return this.data.slice(0, this.length) as Numbers;
  }

  /** Takes all numbers away, and keeps their room. */
  clear(): void {
    this.length = 0;
  }
}
