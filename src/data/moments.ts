// Means and squared differences of channels, recording by recording, so that those of any set of recordings can be put together
// without its values. Missing values (NaN) are left out.

/** Of each channel of a recording: its values that are there, their mean, and the sum of squared differences from it, `[channels, 3]`. */
export type Moments = Float64Array;

/** Numbers of a channel in moments. */
export const MOMENTS = 3;

/** Adds up a recording whose steps come piece by piece; how they are divided makes no difference. */
export class MomentSums {
  private readonly counts: Float64Array;
  /** The first value: sums of differences from it are exactly 0 for a constant channel. */
  private readonly first: Float64Array;
  private readonly sums: Float64Array;
  private readonly squares: Float64Array;

  constructor(private readonly channels: number) {
    this.counts = new Float64Array(channels);
    this.first = new Float64Array(channels);
    this.sums = new Float64Array(channels);
    this.squares = new Float64Array(channels);
  }

  /** @param values `[time, channels]` */
  add(values: Float32Array): void {
    const { channels, counts, first, sums, squares } = this;
    for (let at = 0; at < values.length; at += channels) {
      for (let channel = 0; channel < channels; channel++) {
        const value = values[at + channel];
        if (Number.isNaN(value)) continue;
        if (counts[channel] === 0) first[channel] = value;
        const difference = value - first[channel];
        counts[channel]++;
        sums[channel] += difference;
        squares[channel] += difference * difference;
      }
    }
  }

  /** The moments of what was added; the next recording begins. */
  finish(): Moments {
    const { channels, counts, first, sums, squares } = this;
    const moments = new Float64Array(MOMENTS * channels);
    for (let channel = 0; channel < channels; channel++) {
      const n = counts[channel];
      const mean = n === 0 ? 0 : sums[channel] / n;
      moments[MOMENTS * channel] = n;
      moments[MOMENTS * channel + 1] = first[channel] + mean;
      moments[MOMENTS * channel + 2] = Math.max(0, squares[channel] - sums[channel] * mean);
    }
    counts.fill(0);
    first.fill(0);
    sums.fill(0);
    squares.fill(0);
    return moments;
  }
}

/** Moments of one recording. @param values `[time, channels]` */
export function momentsOf(values: Float32Array, channels: number): Moments {
  const sums = new MomentSums(channels);
  sums.add(values);
  return sums.finish();
}

/** Puts moments of recordings together (Chan, Golub and LeVeque 1983). */
export class MergedMoments {
  readonly mean: Float64Array;
  private readonly squares: Float64Array;
  private readonly counts: Float64Array;

  constructor(channels: number) {
    this.mean = new Float64Array(channels);
    this.squares = new Float64Array(channels);
    this.counts = new Float64Array(channels);
  }

  /** Adds a recording. */
  add(moments: Moments): void {
    const { mean, squares, counts } = this;
    for (let channel = 0; channel < mean.length; channel++) {
      const n = moments[MOMENTS * channel];
      if (n === 0) continue;
      const total = counts[channel] + n;
      const difference = moments[MOMENTS * channel + 1] - mean[channel];
      mean[channel] += (difference * n) / total;
      squares[channel] +=
        moments[MOMENTS * channel + 2] + (difference * difference * counts[channel] * n) / total;
      counts[channel] = total;
    }
  }

  /** The standard deviation of each channel, divided by n; 0 without a value. */
  get std(): Float64Array {
    return this.squares.map((squares, channel) =>
      this.counts[channel] === 0 ? 0 : Math.sqrt(squares / this.counts[channel]),
    );
  }
}
