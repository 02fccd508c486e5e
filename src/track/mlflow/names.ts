// Names and values as an MLflow server takes them. Some of what it does not take it changes without a word, so that it is done
// here, where it shows.
import { posix } from 'node:path';

/** Longest key of a metric, parameter or tag, and longest values of parameters and tags (mlflow/utils/validation.py). */
export const longest = { key: 250, parameter: 6000, tag: 8000 } as const;

/** A metric's value: JSON has no word for the last three, which the server takes as text. */
export type MetricValue = number | 'NaN' | 'Infinity' | '-Infinity';

export function metricValue(value: number): MetricValue {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return value;
  return value > 0 ? 'Infinity' : '-Infinity';
}

/**
 * A key that the server takes: letters, digits, `_-. :/` and no path that means another one, such as `../a` or `a//b`. Other
 * characters become `_`; what is too long is cut.
 */
export function keyOf(name: string): string {
  const spelt = name.replace(/[^\p{L}\p{N}_\-. :/]/gu, '_').slice(0, longest.key);
  const asPath = posix.normalize(spelt);
  const isPlain = asPath === spelt && !/^(\/|\.\.|\.$)|\/$/.test(asPath);
  return spelt === '' ? '_' : isPlain ? spelt : spelt.replaceAll('/', '_').replace(/^\.+/, '_');
}

/** A value as text, with an ellipsis where it had to be cut. */
export function textOf(value: number | string | boolean, limit: number): string {
  const text = String(value);
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}

/** A mapping with keys that the server takes. */
export function withKeys<Value, Result>(
  values: Readonly<Record<string, Value>>,
  convert: (value: Value) => Result,
): Record<string, Result> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [keyOf(name), convert(value)]));
}

/**
 * The path of an artifact below a run's folder on the server.
 *
 * @throws Error for a path with `..`, which the server would follow out of that folder
 */
export function artifactPath(path: string): string {
  const parts = path.split('/');
  if (path.includes('\\') || parts.some((part) => ['', '.', '..'].includes(part))) {
    throw new Error(`"${path}" is no path of an artifact: expected names joined by "/", none of them ".."`);
  }
  return parts.map(encodeURIComponent).join('/');
}
