// The groups of a set, and how many recordings of each class they hold.
import { UserError } from '../shared/errors.js';
import type { Recordings } from './recordings.js';

export interface GroupTable {
  /** In the order in which they occur first. */
  readonly names: readonly string[];
  /** Position in `names` for each recording. */
  readonly groupOf: Int32Array;
  /** Numbers of recordings, `[groups, classes]`. */
  readonly counts: readonly (readonly number[])[];
}

/** @throws UserError where the data name no groups, or fewer than two */
export function groupTable({ labels, classes, groups, files }: Recordings): GroupTable {
  const place = { file: files.at(0) };
  if (groups === null) {
    throw new UserError(
      'a split by groups is asked for, but the data name no groups (long CSV, Parquet: a column "group" or "subject"; JSON lines: ' +
        'such a key; NumPy: an array "groups"). A column or key of another name is named with data.columns.group in the config of a run.',
      place,
    );
  }
  const names = [...new Set(groups)];
  if (names.length < 2) {
    throw new UserError(`a split by groups needs at least two groups, found ${names.length}.`, place);
  }
  const positions = new Map(names.map((name, i) => [name, i]));
  const groupOf = Int32Array.from(groups, (name) => positions.get(name) ?? -1);
  const counts = names.map(() => new Array<number>(classes.length).fill(0));
  for (const [i, group] of groupOf.entries()) counts[group][labels[i]]++;
  return { names, groupOf, counts };
}

/** The standard deviation, divided by n. */
export function spread(numbers: readonly number[]): number {
  const mean = sum(numbers) / numbers.length;
  return Math.sqrt(sum(numbers.map((n) => (n - mean) ** 2)) / numbers.length);
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
