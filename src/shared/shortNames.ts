/**
 * Key paths by the fewest last parts that still tell them apart: `ratio` of `model.attention.ratio`. A path to a `name` goes by what
 * that names: `attention` of `model.attention.name`.
 */
export function shortNames(paths: readonly string[]): ReadonlyMap<string, string> {
  const lastParts = (path: string, parts: number) => path.split('.').slice(-parts).join('.');
  const stems = paths.map((path) => path.replace(/\.name$/, ''));
  return new Map(
    stems.map((stem, i) => {
      const most = stem.split('.').length;
      let parts = 1;
      while (
        parts < most &&
        stems.some((other) => other !== stem && lastParts(other, parts) === lastParts(stem, parts))
      )
        parts++;
      return [paths[i], lastParts(stem, parts)];
    }),
  );
}
