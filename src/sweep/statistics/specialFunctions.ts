// The special functions from which distributions are made, in double precision.

/** Bernoulli numbers in Stirling's series: `B₂ₖ / (2k·(2k − 1))`, k = 1 … 8. */
const stirling = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400];

/** ln Γ(x) for x > 0, by Stirling's series above 10 and `Γ(x) = Γ(x + 1) / x` below. */
export function logGamma(x: number): number {
  let shift = 1;
  let shifted = x;
  for (; shifted < 10; shifted++) shift *= shifted;
  let series = 0;
  for (let k = stirling.length - 1; k >= 0; k--) series = series / shifted ** 2 + stirling[k];
  return (
    (shifted - 0.5) * Math.log(shifted) -
    shifted +
    0.5 * Math.log(2 * Math.PI) +
    series / shifted -
    Math.log(shift)
  );
}

/**
 * The regularized upper incomplete gamma function `Q(a, x) = Γ(a, x) / Γ(a)` for a > 0 and x ≥ 0: the power series of
 * its complement for x < a + 1, the continued fraction beyond (Abramowitz and Stegun 6.5.29 and 6.5.31).
 */
export function upperGamma(a: number, x: number): number {
  if (x === 0) return 1;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let series = term;
    for (let k = 1; term > series * Number.EPSILON; k++) {
      term *= x / (a + k);
      series += term;
    }
    return 1 - front * series;
  }
  return front * continuedFraction((k) => [k === 1 ? 1 : (k - 1) * (a - k + 1), x + 2 * k - 1 - a]);
}

/**
 * The regularized incomplete beta function `I_x(a, b)` for a, b > 0 and 0 ≤ x ≤ 1, by its continued fraction
 * (Abramowitz and Stegun 26.5.8) on the side where that converges fast.
 */
export function regularizedBeta(x: number, a: number, b: number): number {
  return x > (a + 1) / (a + b + 2) ? 1 - lowerBeta(1 - x, b, a) : lowerBeta(x, a, b);
}

function lowerBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return (
    (front / a) *
    continuedFraction((k) => {
      const m = Math.floor((k - 1) / 2);
      if (k === 1) return [1, 1];
      return k % 2 === 0
        ? [(-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)), 1]
        : [(m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)), 1];
    })
  );
}

/** `a₁ / (b₁ + a₂ / (b₂ + …))` from the pairs [aₖ, bₖ] (Lentz 1976, as modified by Thompson and Barnett 1986). */
function continuedFraction(pair: (k: number) => readonly [number, number]): number {
  const tiny = 1e-300;
  let value = tiny;
  let c = value;
  let d = 0;
  for (let k = 1, change = 0; Math.abs(change - 1) > Number.EPSILON; k++) {
    const [numerator, denominator] = pair(k);
    d = 1 / (denominator + numerator * d || tiny);
    c = denominator + numerator / c || tiny;
    change = c * d;
    value *= change;
    if (k > 10_000) break;
  }
  return value;
}
