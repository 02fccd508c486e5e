// Names that must differ.

/** The first name that was there before, or undefined. Linear, as a file may have a million columns. */
export function firstRepeated<Name>(names: Iterable<Name>): Name | undefined {
  const seen = new Set<Name>();
  for (const name of names) if (seen.size === seen.add(name).size) return name;
  return undefined;
}
