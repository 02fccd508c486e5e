// Values between the steps of a recording.

/**
 * Replaces each step by what the recording has at another position, linearly between two steps.
 *
 * @param values `[time, channels]`, at least two steps
 * @param positions in steps from 0 to the last one, `[time]`
 */
export function resample(values: Float32Array, channels: number, positions: Float64Array): void {
  const source = values.slice();
  const steps = positions.length;
  for (let t = 0; t < steps; t++) {
    const step = Math.min(Math.floor(positions[t]), steps - 2);
    const share = positions[t] - step;
    const from = step * channels;
    const to = t * channels;
    for (let c = 0; c < channels; c++) {
      values[to + c] = (1 - share) * source[from + c] + share * source[from + channels + c];
    }
  }
}
