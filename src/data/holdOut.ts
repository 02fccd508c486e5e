// Ways to hold recordings out for test or validation, and what every one of them must leave: all classes to train on.
import { UserError } from '../shared/errors.js';
import { didYouMean } from '../shared/nearest.js';
import { type FoldOptions, leaveGroupOut, splitFold, splitGroups } from './folds.js';
import { placeOf, type Recordings } from './recordings.js';
import { sidesOf, type Sides } from './sides.js';
import { type HeldOutPart, splitFraction } from './split.js';

/** The name of the recordings to train on where the data assign parts themselves. */
export const trainSplit = 'train';

/** What is held out of a set. */
export type HoldOut =
  /** The recordings that the data assign to the part of that name. */
  | { readonly split: string }
  /** A share, drawn by the seed; of whole groups on request. */
  | { readonly fraction: number; readonly groups?: boolean | undefined }
  /** The groups of these names. */
  | { readonly groups: readonly string[] }
  /** One of several folds, which no seed decides. */
  | Readonly<FoldOptions>
  /** One group, by its name or its position in the order of names. */
  | { readonly leaveGroupOut: number | string };

/**
 * Holds recordings out for test or validation. Only `fraction` depends on the seed, and nothing on values.
 *
 * @throws UserError where the set cannot be split so, or a class would have no recording left to train on
 */
export function holdOut(recordings: Recordings, how: HoldOut, part: HeldOutPart, seed: number): Sides {
  const sides = sidesBy(recordings, how, part, seed);
  checkClasses(recordings, sides, part);
  return sides;
}

/** As `holdOut`, whatever is left to train on. */
export function sidesBy(recordings: Recordings, how: HoldOut, part: HeldOutPart, seed: number): Sides {
  if ('split' in how) return splitByName(recordings, how.split, part);
  if ('fraction' in how) return splitFraction(recordings, how, part, seed);
  if ('fold' in how) return splitFold(recordings, how);
  if ('leaveGroupOut' in how) return leaveGroupOut(recordings, how.leaveGroupOut);
  return splitGroups(recordings, how.groups);
}

function splitByName(recordings: Recordings, name: string, part: HeldOutPart): Sides {
  const splits = splitsOf(recordings);
  const sides = sidesOf(Uint8Array.from(splits, (split) => (split === name ? 1 : 0)));
  if (sides.heldOut.length > 0) return sides;
  const names = [...new Set(splits)];
  throw new UserError(
    `no recording has the split "${name}", which data.${part} asks for; found ${names.join(', ')}.${didYouMean(name, names)}`,
    { file: recordings.files.at(0) },
  );
}

/**
 * Checks the parts that the data assign, once some of them are asked for: each recording is to train on or in one of these.
 *
 * @param named the parts that are asked for
 * @throws UserError that names the first recording which is in neither
 */
export function checkSplits(recordings: Recordings, named: readonly string[]): void {
  const known = [trainSplit, ...named];
  const splits = splitsOf(recordings);
  const wrong = splits.findIndex((split) => !known.includes(split));
  if (wrong < 0) return;
  const name = splits[wrong];
  const others = splits.filter((split) => split === name).length;
  throw new UserError(
    `recording ${recordings.ids[wrong]} has the split "${name}" (${others} of ${splits.length} recordings have), expected one of ` +
      `${known.join(', ')}.${didYouMean(name, known)} Parts other than "${trainSplit}" are named in the config, e.g. ` +
      `data.validation: { split: ${name} }.`,
    placeOf(recordings, wrong),
  );
}

function splitsOf({ splits, files }: Recordings): readonly string[] {
  if (splits !== null) return splits;
  throw new UserError(
    'the config asks for a part by its name, but the data assign none (long CSV, Parquet: a column "split" that holds words; ' +
      'JSON lines: such a key; NumPy: an array "splits" of texts; another column is named by data.columns.split).',
    { file: files.at(0) },
  );
}

function checkClasses({ labels, classes, files }: Recordings, { train }: Sides, part: HeldOutPart): void {
  const left = new Set(Array.from(train, (i) => labels[i]));
  const missing = classes.findIndex((_, label) => labels.includes(label) && !left.has(label));
  if (missing < 0) return;
  const n = labels.filter((label) => label === missing).length;
  throw new UserError(
    `the class "${classes[missing]}" has no recording left to train on: ${n === 1 ? 'the only one is' : `all ${n} are`} held out ` +
      `by data.${part}. Add recordings of it, or split otherwise.`,
    { file: files.at(0) },
  );
}
