// k-fold and leave-one-group-out splits. They depend on labels and groups alone, not on a seed: the folds of one number complement
// one another, whatever else is drawn anew with them.
import { UserError } from '../shared/errors.js';
import { didYouMean } from '../shared/nearest.js';
import { deriveSeed, permutation } from '../shared/random.js';
import { groupTable, spread, sum, type GroupTable } from './groupTable.js';
import { count, type Recordings, sortClasses } from './recordings.js';
import { sidesOf, type Sides } from './sides.js';

/** One of `of` folds, from 0. */
export interface FoldOptions {
  fold: number;
  of: number;
  /** Whether all recordings of a group are in one fold. Default: false. */
  groups?: boolean | undefined;
}

/**
 * Holds out one fold of a labelled set.
 *
 * Without groups, the recordings of each class, in an order that is drawn once and for all, are dealt to the folds one after
 * another, class after class: folds, and the shares of a class in them, differ by at most one recording. With groups, whole
 * groups are dealt by the greedy rule of scikit-learn's StratifiedGroupKFold: the most uneven first, each to the fold that keeps
 * the shares of the classes nearest to each other.
 *
 * @throws UserError where there are fewer recordings or groups than folds, or a fold stays empty
 */
export function splitFold(recordings: Recordings, { fold, of, groups = false }: FoldOptions): Sides {
  if (!(Number.isInteger(of) && of >= 2 && Number.isInteger(fold) && fold >= 0 && fold < of)) {
    throw new UserError(
      `fold ${fold} of ${of}: expected at least two folds, and one of them, counted from 0.`,
    );
  }
  const foldOf = groups ? foldsOfGroups(recordings, of) : foldsOfClasses(recordings, of);
  return sidesOf(Uint8Array.from(foldOf, (other) => (other === fold ? 1 : 0)));
}

function foldsOfClasses({ labels, classes, files }: Recordings, folds: number): Int32Array {
  if (labels.length < folds) throw tooFew('recordings', labels.length, folds, files);
  const foldOf = new Int32Array(labels.length);
  let dealt = 0;
  for (const label of classes.keys()) {
    const members = Array.from(labels.keys()).filter((i) => labels[i] === label);
    for (const position of permutation(members.length, deriveSeed(0, 'folds', label))) {
      foldOf[members[position]] = dealt++ % folds;
    }
  }
  return foldOf;
}

function foldsOfGroups(recordings: Recordings, folds: number): Int32Array {
  const { files } = recordings;
  const table = groupTable(recordings);
  if (table.names.length < folds) throw tooFew('groups', table.names.length, folds, files);
  const assigned = assignGroups(inOrderOfNames(table), folds);
  const empty = Array.from({ length: folds }, (_, fold) => fold).find((fold) => !assigned.includes(fold));
  if (empty !== undefined) {
    throw new UserError(
      `fold ${empty} of ${folds} would hold no group, as the groups are too uneven. Ask for fewer folds, or leave one group out ` +
        'at a time.',
      { file: files.at(0) },
    );
  }
  const foldOf = new Map(sortClasses(table.names).map((name, i) => [name, assigned[i]]));
  return Int32Array.from(table.groupOf, (group) => foldOf.get(table.names[group]) ?? -1);
}

/** The numbers of recordings of each class, `[groups, classes]`, group by group in the order of their names. */
function inOrderOfNames({ names, counts }: GroupTable): (readonly number[])[] {
  return sortClasses(names).map((name) => counts[names.indexOf(name)]);
}

/** The fold of each group; `counts` is `[groups, classes]`. */
function assignGroups(counts: readonly (readonly number[])[], folds: number): number[] {
  const totals = counts[0].map((_, label) => sum(counts.map((row) => row[label])));
  const filled = Array.from({ length: folds }, () => totals.map(() => 0));
  /** How much the shares of a class differ between folds, mean over classes, with `row` in one of them. */
  const imbalance = (row: readonly number[], target: number): number =>
    sum(
      totals.map((total, label) =>
        total === 0
          ? 0
          : spread(filled.map((fold, i) => (fold[label] + (i === target ? row[label] : 0)) / total)),
      ),
    ) / totals.length;
  const assigned = counts.map(() => 0);
  const variances = counts.map(scaledVariance);
  const order = [...counts.keys()].sort((a, b) => variances[b] - variances[a]);
  for (const group of order) {
    const row = counts[group];
    let [best, least, fewest] = [0, Infinity, Infinity];
    for (let fold = 0; fold < folds; fold++) {
      const value = imbalance(row, fold);
      const recordings = sum(filled[fold]);
      // Equal but for rounding: the fold with fewer recordings.
      const isEqual = Math.abs(value - least) <= 1e-8 + 1e-5 * least;
      if (isEqual ? recordings >= fewest : value > least) continue;
      [best, least, fewest] = [fold, value, recordings];
    }
    assigned[group] = best;
    for (const [label, n] of row.entries()) filled[best][label] += n;
  }
  return assigned;
}

/** The variance of k whole numbers times k², which is whole too, so that equal ones compare as equal. */
function scaledVariance(numbers: readonly number[]): number {
  return numbers.length * sum(numbers.map((n) => n * n)) - sum(numbers) ** 2;
}

/**
 * Holds out the recordings of one group.
 *
 * @param which its name, or its position from 0 in the order of names: as numbers when all of them are numbers, else by code unit
 * @throws UserError where there is no such group, or only one
 */
export function leaveGroupOut(recordings: Recordings, which: number | string): Sides {
  const names = sortClasses(groupTable(recordings).names);
  if (typeof which === 'string') return splitGroups(recordings, [which]);
  const name = names.at(which);
  if (name === undefined || which < 0) {
    throw new UserError(
      `group ${which} is to be left out, counted from 0, but there are ${names.length} groups: ${shorten(names)}.`,
      { file: recordings.files.at(0) },
    );
  }
  return splitGroups(recordings, [name]);
}

/**
 * Holds out the recordings of some groups.
 * @throws UserError where there is no group of one of the names
 */
export function splitGroups(recordings: Recordings, chosen: readonly string[]): Sides {
  const { groups } = recordings;
  const names = sortClasses(groupTable(recordings).names);
  const unknown = chosen.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new UserError(
      `there is no group "${unknown}"; found ${shorten(names)}.${didYouMean(unknown, names)}`,
      { file: recordings.files.at(0) },
    );
  }
  const isChosen = new Set(chosen);
  return sidesOf(
    Uint8Array.from({ length: count(recordings) }, (_, i) => (isChosen.has(groups?.[i] ?? '') ? 1 : 0)),
  );
}

function tooFew(what: string, found: number, folds: number, files: readonly string[]): UserError {
  return new UserError(`${folds} folds need as many ${what}, found ${found}.`, { file: files.at(0) });
}

function shorten(names: readonly string[]): string {
  return names.length > 20 ? `${names.slice(0, 20).join(', ')}, …` : names.join(', ');
}
