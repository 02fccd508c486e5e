// Smooth random curves over a recording: cubic splines through equally spaced points.

/**
 * The not-a-knot cubic spline through `points`, which stand at equal distances from the first step to the last, at each
 * of `steps` steps: what SciPy's `CubicSpline` gives by default. Fewer than four points give the parabola or line through
 * them.
 *
 * Its second derivatives m solve `m[i−1] + 4·m[i] + m[i+1] = 6·(p[i−1] − 2·p[i] + p[i+1])`, points one apart. That the third
 * derivative does not jump at the second point, `m[0] − 2·m[1] + m[2] = 0`, turns the first of these equations into
 * `m[1] = p[0] − 2·p[1] + p[2]`; so it is at the other end.
 *
 * @param points at least two
 * @param steps at least two
 */
export function splineCurve(points: Float64Array, steps: number): Float64Array {
  const m = secondDerivatives(points);
  const curve = new Float64Array(steps);
  const last = points.length - 1;
  for (let t = 0; t < steps; t++) {
    const position = (t * last) / (steps - 1);
    const i = Math.min(Math.floor(position), last - 1);
    const right = position - i;
    const left = 1 - right;
    curve[t] =
      left * points[i] +
      right * points[i + 1] +
      ((left * left * left - left) * m[i] + (right * right * right - right) * m[i + 1]) / 6;
  }
  return curve;
}

/** At every point, for points one apart. */
function secondDerivatives(points: Float64Array): Float64Array {
  const last = points.length - 1;
  const m = new Float64Array(points.length);
  if (last < 2) return m;
  const bend = (i: number): number => points[i - 1] - 2 * points[i] + points[i + 1];
  m[1] = bend(1);
  m[last - 1] = bend(last - 1);
  // Gaussian elimination of the three diagonals between these two.
  const factor = new Float64Array(points.length);
  for (let i = 2; i <= last - 2; i++) {
    factor[i] = 1 / (4 - factor[i - 1]);
    m[i] = (6 * bend(i) - m[i - 1] - (i === last - 2 ? m[last - 1] : 0)) * factor[i];
  }
  for (let i = last - 3; i >= 2; i--) m[i] -= factor[i] * m[i + 1];
  m[0] = last === 2 ? m[1] : 2 * m[1] - m[2];
  m[last] = last === 2 ? m[1] : 2 * m[last - 1] - m[last - 2];
  return m;
}
