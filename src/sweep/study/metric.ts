// What cells can be compared by: numbers of `result.json`, and which way is better.
import { betterOf, monitorOf } from '../../train/monitor.js';

const directions: Readonly<Record<string, 'higher' | 'lower' | null>> = {
  'test.accuracy': 'higher',
  'test.balancedAccuracy': 'higher',
  'test.macroF1': 'higher',
  'test.auroc': 'higher',
  'test.logLoss': 'lower',
  'test.calibrationError': 'lower',
  'best.value': null, // as the metric that chooses the best epoch
  'timing.trainSeconds': 'lower',
  'timing.stepsPerSecond': 'higher',
};

/** Paths in `result.json`. */
export const knownMetrics: readonly string[] = Object.keys(directions);

/** The path of a metric of one's own, with its name. */
export const ownMetric = /^test\.metrics\.([^.]+)$/;

/** Which values of a metric are better; null where its name does not tell. */
export function directionOf(metric: string): 'higher' | 'lower' | null {
  return directions[metric] ?? null;
}

/** The parts of a config that say what chooses the best epoch. */
interface Monitored {
  readonly data: { readonly validation: unknown };
  readonly train: Parameters<typeof monitorOf>[0];
}

/** Which values of `best.value` are better. */
export function directionOfBest({ data, train }: Monitored): 'higher' | 'lower' {
  return betterOf(monitorOf(train, data.validation !== 'none'));
}
