// A share of a set, held out for validation or test: chosen by a seed alone, stratified by class, and by whole groups on request.
import { UserError } from '../shared/errors.js';
import { deriveSeed, permutation } from '../shared/random.js';
import { groupTable, spread, sum } from './groupTable.js';
import type { Recordings } from './recordings.js';
import { sidesOf, type Sides } from './sides.js';

/** What recordings are held out for. */
export type HeldOutPart = 'validation' | 'test';

/** Indices of recordings, ascending. */
export interface Split {
  readonly train: Int32Array;
  readonly validation: Int32Array;
}

/** How to split. */
export interface SplitOptions {
  /** The share of the recordings that is held out, between 0 and 1. */
  fraction: number;
  /** Whether all recordings of a group stay on one side. Default: false. */
  groups?: boolean | undefined;
}

interface Draw {
  readonly fraction: number;
  readonly part: HeldOutPart;
  readonly seed: number;
}

/** Splits a labelled set in a training and a validation part, as {@link splitFraction} does. */
export function splitValidation(recordings: Recordings, options: SplitOptions, seed: number): Split {
  const { train, heldOut } = splitFraction(recordings, options, 'validation', seed);
  return { train, validation: heldOut };
}

/**
 * Holds out a share of a labelled set, as a pure function of labels, groups and seed.
 *
 * Without groups, every class is on both sides, `round(fraction · n)` recordings are held out where that is possible,
 * and the share of each class is as near to `fraction` as whole numbers allow. With groups, whole groups are assigned one
 * after another to the side that keeps the shares of the classes nearest to `fraction`, and every class stays in
 * training; the greedy rule is that of scikit-learn's StratifiedGroupKFold, for two sides of unequal size.
 *
 * @throws UserError where no such split exists
 */
export function splitFraction(
  recordings: Recordings,
  { fraction, groups = false }: SplitOptions,
  part: HeldOutPart,
  seed: number,
): Sides {
  if (!(fraction > 0 && fraction < 1)) {
    throw new UserError(`the ${part} fraction is ${fraction}, expected a number between 0 and 1.`);
  }
  if (recordings.labels.includes(-1)) throw new UserError('a split needs the label of every recording.');
  const draw = { fraction, part, seed };
  return sidesOf(groups ? chooseGroups(recordings, draw) : chooseStratified(recordings, draw));
}

/** 1 for each recording that is held out. */
function chooseStratified(
  { labels, classes, files }: Recordings,
  { fraction, part, seed }: Draw,
): Uint8Array {
  const members = classes.map((_, label) => indicesOf(labels, label));
  const single = members.findIndex(({ length }) => length === 1);
  if (single >= 0) {
    throw new UserError(
      `the class "${classes[single]}" has a single recording, so it cannot be in both training and ${part}. Add recordings of ` +
        `it, or ${part === 'validation' ? 'train with "validation: none"' : 'name test data of their own'}.`,
      { file: files.at(0) },
    );
  }
  const sizes = members.map(({ length }) => length);
  const chosen = new Uint8Array(labels.length);
  for (const [label, quota] of classQuotas(sizes, fraction, seed).entries()) {
    const order = permutation(sizes[label], deriveSeed(seed, 'validation', label));
    for (const position of order.subarray(0, quota)) chosen[members[label][position]] = 1;
  }
  return chosen;
}

/** How many recordings of each class are held out: largest remainders, with at least one on each side. */
function classQuotas(sizes: readonly number[], fraction: number, seed: number): number[] {
  const exact = sizes.map((size) => size * fraction);
  const quotas = sizes.map((size, label) => (size === 0 ? 0 : clamp(Math.floor(exact[label]), 1, size - 1)));
  const total = Math.round(fraction * sum(sizes));
  const order = Array.from(permutation(sizes.length, deriveSeed(seed, 'validation quotas')));
  const surplus = (label: number): number => quotas[label] - exact[label];
  while (sum(quotas) < total) {
    const next = order
      .filter((c) => quotas[c] < sizes[c] - 1)
      .sort((a, b) => surplus(a) - surplus(b))
      .at(0);
    if (next === undefined) break;
    quotas[next]++;
  }
  while (sum(quotas) > total) {
    const next = order
      .filter((c) => quotas[c] > 1)
      .sort((a, b) => surplus(b) - surplus(a))
      .at(0);
    if (next === undefined) break;
    quotas[next]--;
  }
  return quotas;
}

/** 1 for each recording that is held out. */
function chooseGroups(recordings: Recordings, { fraction, part, seed }: Draw): Uint8Array {
  const { groupOf, counts } = groupTable(recordings);
  const isHeldOut = assignGroups(counts, fraction, seed);
  if (!isHeldOut.includes(true)) {
    throw new UserError(
      `no group can go to ${part}, since each holds all recordings of some class. Add groups, or split without them.`,
      { file: recordings.files.at(0) },
    );
  }
  return Uint8Array.from(groupOf, (group) => (isHeldOut[group] ? 1 : 0));
}

/** Whether each group is held out; `table` is `[groups, classes]`, numbers of recordings. */
function assignGroups(table: readonly (readonly number[])[], fraction: number, seed: number): boolean[] {
  const totals = table[0].map((_, label) => sum(table.map((row) => row[label])));
  const heldOut = totals.map(() => 0);
  const train = totals.map(() => 0);
  const assigned = table.map(() => false);

  /** How far the two sides are from being filled alike, if `row` was added to one and taken from the other. */
  const imbalance = (toHeldOut: readonly number[] | null, toTrain: readonly number[] | null): number =>
    sum(
      totals.map((total, label) => {
        if (total === 0) return 0;
        const h = (heldOut[label] + (toHeldOut?.[label] ?? 0)) / (total * fraction);
        const t = (train[label] + (toTrain?.[label] ?? 0)) / (total * (1 - fraction));
        return (h - t) ** 2;
      }),
    );
  const leavesEveryClass = (row: readonly number[]): boolean =>
    totals.every((total, label) => total === 0 || total - heldOut[label] - row[label] > 0);

  // Uneven groups first, while there is still room to make up for them; the seed decides among equals.
  const order = Array.from(permutation(table.length, deriveSeed(seed, 'validation groups')));
  const spreads = table.map(spread);
  for (const group of order.sort((a, b) => spreads[b] - spreads[a])) {
    const row = table[group];
    assigned[group] = leavesEveryClass(row) && imbalance(row, null) < imbalance(null, row);
    const side = assigned[group] ? heldOut : train;
    for (const [label, n] of row.entries()) side[label] += n;
  }
  if (!assigned.includes(true)) {
    const negated = table.map((row) => row.map((n) => -n));
    const best = order
      .filter((group) => leavesEveryClass(table[group]))
      .sort((a, b) => imbalance(table[a], negated[a]) - imbalance(table[b], negated[b]))
      .at(0);
    if (best !== undefined) assigned[best] = true;
  }
  return assigned;
}

function indicesOf(labels: Int32Array, label: number): number[] {
  return Array.from(labels.keys()).filter((i) => labels[i] === label);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
