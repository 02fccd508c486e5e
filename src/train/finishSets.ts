// The sets of a run as a model is to see them: cut to their first steps, normalised, cut into windows, padded.
import {
  finishPreparation,
  normalize,
  padRecordings,
  truncateRecordings,
  type Normalization,
  type Recordings,
  type WindowCounts,
} from '../data/index.js';
import { UserError } from '../shared/errors.js';
import type { Config } from './config.js';
import type { TruncatedSets } from './dataNotes.js';
import type { DividedSets } from './divideData.js';

/** What windows were cut from each set; null where there is no such set. */
export interface SetWindows {
  readonly train: WindowCounts;
  readonly validation: WindowCounts | null;
  readonly test: WindowCounts | null;
}

/** Cuts recordings to `maxLength` steps, where the config asks for it, and counts those that had more. */
export function truncateSets(
  sets: DividedSets,
  maxLength: Config['data']['maxLength'],
): DividedSets & { readonly truncated: TruncatedSets | null } {
  if (maxLength === 'none') return { ...sets, truncated: null };
  const cut = (set: Recordings | null) => set && truncateRecordings(set, maxLength);
  const { recordings: train, truncated } = truncateRecordings(sets.train, maxLength);
  const [validation, test] = [cut(sets.validation), cut(sets.test)];
  return {
    train,
    validation: validation?.recordings ?? null,
    test: test?.recordings ?? null,
    truncated: {
      maxLength,
      train: truncated,
      validation: validation?.truncated ?? null,
      test: test?.truncated ?? null,
    },
  };
}

/**
 * Recordings that were loaded as the config says, as a model is to see them.
 *
 * @param unlabelled `keep` also those windows without a class or with too few steps of it
 */
export function finishRecordings(
  recordings: Recordings,
  normalization: Normalization,
  data: Config['data'],
  unlabelled: 'drop' | 'keep' = 'drop',
): ReturnType<typeof finishPreparation> {
  const finished = finishPreparation(normalize(recordings, normalization), data, unlabelled);
  return { ...finished, recordings: padRecordings(finished.recordings, data.padding) };
}

/**
 * Sets as a model is to see them, and how they were cut into windows; null where none are.
 *
 * @throws UserError where no training window of some class is left, or a recording is longer than it is to be padded to
 */
export function finishSets(
  sets: DividedSets,
  normalization: Normalization,
  data: Config['data'],
): { readonly seen: DividedSets; readonly windows: SetWindows | null } {
  const finish = (recordings: Recordings) => finishRecordings(recordings, normalization, data);
  const train = finish(sets.train);
  const validation = sets.validation && finish(sets.validation);
  const test = sets.test && finish(sets.test);
  if (train.windows !== null) checkEveryClass(train.recordings);
  return {
    seen: {
      train: train.recordings,
      validation: validation?.recordings ?? null,
      test: test?.recordings ?? null,
    },
    windows: train.windows && {
      train: train.windows,
      validation: validation?.windows ?? null,
      test: test?.windows ?? null,
    },
  };
}

/** Throws a UserError where windows left no training window of some class. */
function checkEveryClass({ classes, labels, files }: Recordings): void {
  const present = new Set(labels);
  const absent = classes.filter((_, i) => !present.has(i));
  if (absent.length === 0) return;
  throw new UserError(
    `no training window has the class ${absent.map((name) => `"${name}"`).join(', ')}. Make windows shorter, lower ` +
      'data.windows.minPurity, split otherwise, or leave these classes out.',
    { file: files.at(0) },
  );
}
