// A config as trackers keep it: one parameter a value.

/** FlatParameters by their path, e.g. `train.optimizer.learningRate`. */
export type FlatParameters = Readonly<Record<string, number | string | boolean>>;

/** The values of nested mappings by their paths, joined with dots; lists as JSON, null as text, nothing for undefined. */
export function flatten(value: object, path: readonly string[] = []): FlatParameters {
  const entries = Object.entries(value as Record<string, unknown>).map(([key, inner]): FlatParameters => {
    const name = [...path, key];
    if (inner === undefined) return {};
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) return flatten(inner, name);
    const plain = typeof inner === 'number' || typeof inner === 'string' || typeof inner === 'boolean';
    return { [name.join('.')]: plain ? inner : JSON.stringify(inner) };
  });
  return Object.assign({}, ...entries) as FlatParameters;
}
