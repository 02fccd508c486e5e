// Recordings of which only classes and groups count, as for splits.
import { type Recordings, recordingsFromArrays } from '../../src/data/recordings.js';

/** One recording a label, of one step. */
export function labelled(labels: readonly string[], groups?: readonly string[]): Recordings {
  return recordingsFromArrays(
    labels.map(() => [[0]]),
    groups === undefined ? { labels } : { labels, groups },
  );
}

/** How many of the recordings at `indices` are of each class. */
export function shares({ labels, classes }: Recordings, indices: Int32Array): number[] {
  return classes.map((_, label) => indices.filter((i) => labels[i] === label).length);
}
