// What is done to recordings before they are split and normalised, each for itself: times put in order, missing values filled,
// resampled. And after that: channels that tell what is missing, windows.
import { counted } from '../shared/counted.js';
import { UserError } from '../shared/errors.js';
import { emptyEnds } from './arrayDoubts.js';
import { concatenate } from './combine.js';
import { checkLabels, checkMissing, loadEach, type LoadOptions } from './load.js';
import { addMissingIndicators, checkSomeValue, fillMissing, type MissingValues } from './missing.js';
import { checkPrepared } from './prepared.js';
import type { ReadResult } from './read/reader.js';
import type { Recordings } from './recordings.js';
import { resample, type Resampling } from './resampling.js';
import { arrangeTimes, checkGaps, type TimestampOptions } from './timestamps.js';
import { cutWindows, planWindows, type WindowCounts, type WindowOptions } from './windows.js';

/** How recordings are prepared. */
export interface Preparation {
  readonly timestamps: TimestampOptions;
  readonly missing: MissingValues;
  readonly resampling: 'none' | Resampling;
  readonly windows: 'none' | WindowOptions;
}

/**
 * Loads files and prepares each recording by itself: nothing is taken from other recordings. In this order: steps are put in the
 * order of their times, gaps are looked for, missing values are filled (those that get an indicator stay missing), and recordings are
 * resampled. Packed files were prepared when they were made.
 *
 * @throws UserError as `loadRecordings` does, for the first recording that cannot be prepared, and for a packed file that was prepared
 * otherwise
 */
export async function loadPrepared(
  files: string | readonly string[],
  preparation: Preparation,
  options: LoadOptions = {},
): Promise<Recordings> {
  const parts: Recordings[] = [];
  for await (const loaded of loadEach(files, { ...options, ...readingFor(preparation) })) {
    const { recordings, missing, prepared } = loaded;
    if (missing > 0 && prepared === undefined)
      options.onEmptyEnds?.(emptyEnds(recordings), recordings.files[0]);
    parts.push(prepareLoaded(loaded, preparation));
  }
  return concatenate(parts, options.groups);
}

/** What was loaded, prepared: now, or before it was packed, which has to have been the same. */
function prepareLoaded(
  { recordings, prepared }: { readonly recordings: Recordings; readonly prepared?: unknown },
  preparation: Preparation,
): Recordings {
  return prepared === undefined
    ? prepareEach(recordings, preparation)
    : checkPrepared(recordings, prepared, preparation);
}

/**
 * What a run would have of a file that was read with its times and has no problem in itself: prepared recordings, or why it could not
 * use them.
 */
export function prepareRead(
  result: ReadResult,
  file: string,
  preparation: Preparation,
): Recordings | UserError {
  try {
    if (preparation.missing === 'error') checkMissing(result, file);
    checkLabels(result.recordings);
    const keepsTimes = readingFor(preparation).times !== 'check';
    const recordings = keepsTimes ? result.recordings : { ...result.recordings, times: undefined };
    return prepareLoaded({ ...result, recordings }, preparation);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

/** How files are read, so that their recordings can be prepared. */
export function readingFor(preparation: Preparation): Pick<LoadOptions, 'missing' | 'times' | 'labelsPer'> {
  const { missing, windows } = preparation;
  const { anyOrder, needsTimes } = needsOf(preparation);
  return {
    missing: missing === 'error' ? 'error' : 'report',
    times: anyOrder ? 'keep-unordered' : needsTimes || missing === 'interpolate' ? 'keep' : 'check',
    labelsPer: windows === 'none' ? 'recording' : 'step',
  };
}

/**
 * Prepares recordings that were read, each by itself.
 *
 * @throws UserError for the first that cannot be prepared
 */
export function prepareEach(read: Recordings, preparation: Preparation): Recordings {
  const { timestamps, missing, resampling, windows } = preparation;
  const { gap } = timestamps;
  const { anyOrder, needsTimes } = needsOf(preparation);
  if (read.times === undefined && (anyOrder || typeof gap === 'number')) {
    throw new UserError('data.timestamps says what to do with times, but the file has none.', {
      file: read.files.at(0),
    });
  }
  const ordered = arrangeTimes(read, timestamps);
  if (needsTimes) checkGaps(ordered, gap, windows === 'none' ? 'error' : 'split');
  if (missing === 'zero-with-indicator') checkSomeValue(ordered);
  const filled =
    missing === 'interpolate' || missing === 'carry-forward' ? fillMissing(ordered, missing, gap) : ordered;
  return resampling === 'none' ? filled : resample(filled, resampling, gap);
}

/** Whether preparation leaves recordings as they are read. */
export function changesNothing(preparation: Preparation): boolean {
  const { anyOrder, needsTimes } = needsOf(preparation);
  return !anyOrder && !needsTimes && preparation.missing === 'error';
}

function needsOf({ timestamps: { duplicates, unordered, gap }, resampling, windows }: Preparation): {
  anyOrder: boolean;
  needsTimes: boolean;
} {
  const anyOrder = duplicates !== 'error' || unordered !== 'error';
  return {
    anyOrder,
    needsTimes: anyOrder || gap !== undefined || resampling !== 'none' || windows !== 'none',
  };
}

/**
 * Normalised recordings as a model is to see them: with indicators of missing values, and cut into windows.
 *
 * @param unlabelled `keep` also those windows without a class or with too few steps of it
 * @throws UserError where not one window is left
 */
export function finishPreparation(
  recordings: Recordings,
  { missing, windows, timestamps: { gap } }: Preparation,
  unlabelled: 'drop' | 'keep' = 'drop',
): { readonly recordings: Recordings; readonly windows: WindowCounts | null } {
  const indicated = missing === 'zero-with-indicator' ? addMissingIndicators(recordings) : recordings;
  if (windows === 'none') return { recordings: indicated, windows: null };
  const plan = planWindows(indicated, windows, { gap, unlabelled });
  if (plan.counts.windows === 0) throw noWindows(recordings, windows, plan.counts);
  return { recordings: cutWindows(indicated, plan), windows: plan.counts };
}

function noWindows({ files }: Recordings, { length }: WindowOptions, counts: WindowCounts): UserError {
  const { unlabelled, impure } = counts;
  const why =
    unlabelled + impure === 0
      ? `no recording (between two gaps) has ${counted(length, 'step')}. Make data.windows.length smaller, or set rest to keep.`
      : `${counted(unlabelled, 'window')} without a class and ${counted(impure, 'window')} below data.windows.minPurity were left out.`;
  return new UserError(`no window is left: ${why}`, { file: files.at(0) });
}
