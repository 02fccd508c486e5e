/** Key paths by the fewest last parts that still tell them apart: `ratio` of `model.attention.ratio`. */
export function shortNames(paths: readonly string[]): ReadonlyMap<string, string> {
  const lastParts = (path: string, parts: number) => path.split('.').slice(-parts).join('.');
  return new Map(
    paths.map((path) => {
      const most = path.split('.').length;
      let parts = 1;
      while (
        parts < most &&
        paths.some((other) => other !== path && lastParts(other, parts) === lastParts(path, parts))
      )
        parts++;
      return [path, lastParts(path, parts)];
    }),
  );
}
