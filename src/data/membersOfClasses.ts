// The recordings of each class.

/**
 * The indices of the recordings of each class, ascending; those whose class is unknown (-1) are in none.
 *
 * @param labels index of the class of each recording
 * @param classes how many classes there are
 */
export function membersOfClasses(labels: Int32Array, classes: number): Int32Array[] {
  const sizes = new Int32Array(classes);
  for (const label of labels) if (label >= 0) sizes[label]++;
  const members = Array.from(sizes, (size) => new Int32Array(size));
  const filled = new Int32Array(classes);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (label >= 0) members[label][filled[label]++] = i;
  }
  return members;
}
