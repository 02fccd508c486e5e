// Names that must differ.

/** The first name that was there before, or undefined. By a hash table of positions (FNV-1a from a drawn basis), as a file may have a million columns. */
export function firstRepeated(names: readonly string[]): string | undefined {
  const size = 2 ** Math.ceil(Math.log2(2 * names.length + 1));
  // Positions from 1; 0 where nothing is.
  const table = new Int32Array(size);
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    let slot = hashOf(name) & (size - 1);
    for (; table[slot] !== 0; slot = (slot + 1) & (size - 1))
      if (names[table[slot] - 1] === name) return name;
    table[slot] = i + 1;
  }
  return undefined;
}

/** Another in each process, so that names that collide in one need not in the next. */
const basis = Math.floor(Math.random() * 2 ** 32);

function hashOf(name: string): number {
  let hash = basis;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash ^ (hash >>> 15);
}
