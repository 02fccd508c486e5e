// Values between the steps of a recording.
import type { SampleChannels } from './indicators.js';

/**
 * Replaces each step by what the recording has at another position, linearly between two steps. Where one of the two is missing, the
 * nearer one is taken, missing or not, as are indicators: what is missing is no value to draw a line to.
 *
 * @param values `[time, channels]`, at least two steps
 * @param positions in steps from 0 to the last one, `[time]`
 */
export function resample(
  values: Float32Array,
  { channels, sensors }: SampleChannels,
  positions: Float64Array,
): void {
  const source = values.slice();
  const steps = positions.length;
  const indicated = sensors < channels;
  for (let t = 0; t < steps; t++) {
    const step = Math.min(Math.floor(positions[t]), steps - 2);
    const share = positions[t] - step;
    const from = step * channels;
    const after = from + channels;
    const nearest = share > 0.5 ? after : from;
    const to = t * channels;
    for (let c = 0; c < sensors; c++) {
      values[to + c] = (1 - share) * source[from + c] + share * source[after + c];
      if (!indicated) continue;
      const flag = c + sensors;
      values[to + flag] = source[nearest + flag];
      if (source[from + flag] + source[after + flag] > 0) values[to + c] = source[nearest + c];
    }
  }
}
