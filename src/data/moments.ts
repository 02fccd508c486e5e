// Means and squared differences of channels, recording by recording, so that those of any set of recordings can be put together
// without its values.

/** Mean of each channel of a recording and the sum of squared differences from it, `[channels, 2]`. */
export type Moments = Float64Array;

/** Adds up a recording whose steps come piece by piece; how they are divided makes no difference. */
export class MomentSums {
  private steps = 0;
  /** The first step: sums of differences from it are exactly 0 for a constant channel. */
  private readonly first: Float64Array;
  private readonly sums: Float64Array;
  private readonly squares: Float64Array;

  constructor(private readonly channels: number) {
    this.first = new Float64Array(channels);
    this.sums = new Float64Array(channels);
    this.squares = new Float64Array(channels);
  }

  /** @param values `[time, channels]` */
  add(values: Float32Array): void {
    const { channels, first, sums, squares } = this;
    if (this.steps === 0 && values.length > 0) first.set(values.subarray(0, channels));
    for (let at = 0; at < values.length; at += channels) {
      for (let channel = 0; channel < channels; channel++) {
        const difference = values[at + channel] - first[channel];
        sums[channel] += difference;
        squares[channel] += difference * difference;
      }
    }
    this.steps += values.length / channels;
  }

  /** Writes the moments of what was added to `into[at …]`, and begins the next recording. */
  finish(into: Float64Array, at = 0): void {
    const { channels, first, sums, squares, steps } = this;
    for (let channel = 0; channel < channels; channel++) {
      const mean = steps === 0 ? 0 : sums[channel] / steps;
      into[at + 2 * channel] = first[channel] + mean;
      into[at + 2 * channel + 1] = Math.max(0, squares[channel] - sums[channel] * mean);
    }
    this.steps = 0;
    first.fill(0);
    sums.fill(0);
    squares.fill(0);
  }
}

/** Moments of one recording. @param values `[time, channels]` */
export function momentsOf(values: Float32Array, channels: number): Moments {
  const sums = new MomentSums(channels);
  const moments = new Float64Array(2 * channels);
  sums.add(values);
  sums.finish(moments);
  return moments;
}

/** Puts moments of recordings together (Chan, Golub and LeVeque 1983). */
export class MergedMoments {
  readonly mean: Float64Array;
  private readonly squares: Float64Array;
  private steps = 0;

  constructor(channels: number) {
    this.mean = new Float64Array(channels);
    this.squares = new Float64Array(channels);
  }

  /** @param moments of a recording of `steps` steps, from `at` on */
  add(moments: Float64Array, steps: number, at = 0): void {
    if (steps === 0) return;
    const total = this.steps + steps;
    for (let channel = 0; channel < this.mean.length; channel++) {
      const difference = moments[at + 2 * channel] - this.mean[channel];
      this.mean[channel] += (difference * steps) / total;
      this.squares[channel] +=
        moments[at + 2 * channel + 1] + (difference * difference * this.steps * steps) / total;
    }
    this.steps = total;
  }

  /** The standard deviation of each channel, divided by n; 0 without a step. */
  get std(): Float64Array {
    return this.squares.map((squares) => (this.steps === 0 ? 0 : Math.sqrt(squares / this.steps)));
  }
}
