// A list of numbers that takes no more than twice their size.

/** Numbers that are added one by one. */
export class GrowingNumbers<Numbers extends Float64Array | Int32Array> {
  private data: Numbers;
  private length = 0;

  constructor(private readonly type: new (length: number) => Numbers) {
    this.data = new type(1 << 10);
  }

  push(number: number): void {
    if (this.length === this.data.length) {
      const larger = new this.type(2 * this.data.length);
      larger.set(this.data);
      this.data = larger;
    }
    this.data[this.length++] = number;
  }

  toArray(): Numbers {
    return this.data.slice(0, this.length) as Numbers;
  }
}
