// The order in which people read names: numbers in them by their size.

const collator = new Intl.Collator('en', { numeric: true });

/** `ratio=4` before `ratio=16`; names that differ in their bytes are never equal. */
export function naturalOrder(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}
