// What differs between two plain values such as configs.

/** The first key whose value is another, with both values: `train.epochs was 50 and is now 60`; null where there is none. */
export function firstDifference(
  before: unknown,
  after: unknown,
  path: readonly string[] = [],
): string | null {
  if (isMapping(before) && isMapping(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const difference = firstDifference(before[key], after[key], [...path, key]);
      if (difference !== null) return difference;
    }
    return null;
  }
  const [was, is] = [before, after].map((value) => (value === undefined ? 'not set' : JSON.stringify(value)));
  return was === is ? null : `${path.join('.')} was ${was} and is now ${is}`;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
