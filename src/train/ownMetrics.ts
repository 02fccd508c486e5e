// Metrics of one's own: numbers from what a model says of a labelled set, beside those that masq computes itself.
import { UserError } from '../shared/errors.js';

/** A metric of one's own: a number from what the model says of a set. */
export type Metric = (
  /** `[recordings, classes]`, row by row. */
  probabilities: Float32Array,
  /** Class indices. */
  labels: Int32Array,
  classes: readonly string[],
) => number;

const registered = new Map<string, Metric>();

/**
 * Makes a metric one of every run of this process: of validation after each epoch, of test data at the end. A module that a config
 * names registers it for `masq train`, `masq evaluate` and the trials of `masq sweep`.
 *
 * @param name as `result.json` has it, under `test.metrics`
 * @throws UserError when there is one of that name, or it is no name for one
 */
export function registerMetric(name: string, metric: Metric): void {
  if (!/^[\w-]+$/.test(name)) {
    throw new UserError(`a metric cannot be called "${name}"; expected letters, digits, _ and -.`);
  }
  if (registered.has(name)) throw new UserError(`there is a metric "${name}" already; name yours otherwise.`);
  checkMetricNames({ [name]: metric });
  registered.set(name, metric);
}

/** The metrics that are registered, by name. */
export function registeredMetrics(): Readonly<Record<string, Metric>> {
  return Object.fromEntries(registered);
}

/** @throws UserError when a metric of one's own has the name of one that every epoch has */
export function checkMetricNames(metrics: Readonly<Record<string, Metric>>): void {
  for (const name of ['loss', 'accuracy']) {
    if (Object.hasOwn(metrics, name)) {
      throw new UserError(
        `metrics.${name}: masq computes a metric of this name itself. Name yours otherwise.`,
      );
    }
  }
}
