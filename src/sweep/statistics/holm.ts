// Holm's correction for testing a family of hypotheses at once.

/**
 * Adjusted p-values (Holm 1979): in ascending order, `max over j ≤ i of min(1, (m − j + 1)·p₍ⱼ₎)`. They hold the
 * chance of any false rejection in the family at the level whatever the dependence between tests. A missing p-value (null: a
 * comparison that could not be made) stays missing and is no member of the family.
 * @throws RangeError for a p-value outside [0, 1]
 */
export function holm(pValues: readonly (number | null)[]): (number | null)[] {
  const members = pValues.flatMap((p, index) => (p === null ? [] : [{ p, index }]));
  const adjusted = new Array<number | null>(pValues.length).fill(null);
  let largest = 0;
  members
    .toSorted((first, second) => first.p - second.p)
    .forEach(({ p, index }, rank) => {
      if (!(p >= 0 && p <= 1)) {
        throw new RangeError(`p-value ${index}: expected a number from 0 to 1, found ${p}.`);
      }
      largest = Math.max(largest, Math.min(1, (members.length - rank) * p));
      adjusted[index] = largest;
    });
  return adjusted;
}
