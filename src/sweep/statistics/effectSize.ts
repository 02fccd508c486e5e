// How large a paired difference is beside its spread.
import { mean, standardDeviation } from './moments.js';
import { logGamma } from './specialFunctions.js';

/** Standardized mean differences of pairs (Lakens 2013): in units of the standard deviation of the differences. */
export interface EffectSize {
  /** Cohen's d_z, the mean difference over the standard deviation of differences; null where that is not defined. */
  readonly cohenDz: number | null;
  /** Hedges' g_z: d_z without its bias upwards in small samples; null for fewer than three pairs. */
  readonly hedgesGz: number | null;
}

/**
 * The effect size of paired differences. Hedges' exact factor for m = n − 1 degrees of freedom is
 * `Γ(m/2) / (√(m/2)·Γ((m − 1)/2))` (Hedges 1981). Differences that are all 0 have size 0; all equal but not 0 have none.
 */
export function effectSize(differences: readonly number[]): EffectSize {
  const sd = standardDeviation(differences);
  const center = mean(differences);
  if (sd === null || (sd === 0 && center !== 0)) return { cohenDz: null, hedgesGz: null };
  const cohenDz = sd === 0 ? 0 : center / sd;
  const m = differences.length - 1;
  if (m < 2) return { cohenDz, hedgesGz: null };
  const factor = Math.exp(logGamma(m / 2) - logGamma((m - 1) / 2) - Math.log(m / 2) / 2);
  return { cohenDz, hedgesGz: cohenDz * factor };
}
