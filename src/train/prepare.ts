// From the files that a config names to recordings that a model can see: read, checked, split, normalised.
import {
  alignRecordings,
  checkTrainable,
  count,
  finishPreparation,
  fitNormalization,
  loadPrepared,
  longest,
  normalize,
  paddedLength,
  padRecordings,
  planWindows,
  selectRecordings,
  splitByWindows,
  splitValidation,
  type Normalization,
  type Preparation,
  type Recordings,
  type TrainedOn,
  type WindowCounts,
} from '../data/index.js';
import { UserError } from '../shared/errors.js';
import { deriveSeed } from '../shared/random.js';
import type { Config } from './config.js';

/** The sets of a run, prepared, normalised and padded as the config says, and what is needed to treat other recordings alike. */
export interface PreparedData {
  readonly train: Recordings;
  readonly validation: Recordings | null;
  /** Null where the config names no test data. */
  readonly test: Recordings | null;
  /** How each set was cut into windows; null where none is. */
  readonly windows: SetWindows | null;
  readonly trainedOn: TrainedOn;
  /** Fitted on the training part alone. */
  readonly normalization: Normalization;
  /** Steps of the longest recording of all sets, or those that all are padded to. */
  readonly longest: number;
}

/** What windows were cut from each set; null where there is no such set. */
export interface SetWindows {
  readonly train: WindowCounts;
  readonly validation: WindowCounts | null;
  readonly test: WindowCounts | null;
}

/**
 * Loads the data of a config. The split depends on labels, groups and seed; nothing depends on the test data.
 *
 * @throws UserError for the first thing that is wrong with a file, or with the files together
 */
export async function prepareData({ data, seed }: Config): Promise<PreparedData> {
  const { columns } = data;
  const all = await loadPrepared(data.train, data, { columns });
  checkTrainable(all);
  const split = splitRecordings(all, data, deriveSeed(seed, 'split'));
  // By the steps of the training recordings, each once, however many windows it will be in.
  const normalization = fitNormalization(all, split.train, data.normalize);
  const trainedOn: TrainedOn = {
    channels: all.channels,
    channelNames: all.channelNames,
    classes: all.classes,
  };
  const tested =
    data.test === undefined
      ? null
      : alignRecordings(
          await loadPrepared(data.test, data, { columns, groups: 'ignore' }),
          trainedOn,
          'test',
        );
  const finish = (recordings: Recordings) => finishRecordings(recordings, normalization, data);
  const train = finish(selectRecordings(all, split.train));
  const validation = split.validation && finish(selectRecordings(all, split.validation));
  const test = tested && finish(tested);
  if (train.windows !== null) checkEveryClass(train.recordings);
  return {
    train: train.recordings,
    validation: validation?.recordings ?? null,
    test: test?.recordings ?? null,
    windows: train.windows && {
      train: train.windows,
      validation: validation?.windows ?? null,
      test: test?.windows ?? null,
    },
    trainedOn,
    normalization,
    longest:
      paddedLength(data.padding) ??
      Math.max(...[train, validation, test].map((set) => (set === null ? 0 : longest(set.recordings)))),
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

/** What the config does to recordings before they are split and normalised, for the metadata of a model; empty where nothing is. */
export function preparationOf({ data }: Config): { preparation?: Preparation } {
  const { timestamps, missing, resampling, windows } = data;
  const { duplicates, unordered, gap } = timestamps;
  const isNone =
    [missing, duplicates, unordered].every((choice) => choice === 'error') &&
    [resampling, windows].every((choice) => choice === 'none') &&
    gap === undefined;
  return isNone ? {} : { preparation: { timestamps, missing, resampling, windows } };
}

/** Recordings to train on and to validate, each whole on one side, before windows are cut. */
function splitRecordings(
  all: Recordings,
  { validation, windows, timestamps: { gap } }: Config['data'],
  seed: number,
): { train: Int32Array; validation: Int32Array | null } {
  if (validation === 'none')
    return { train: Int32Array.from({ length: count(all) }, (_, i) => i), validation: null };
  return windows === 'none' || all.stepLabels === undefined
    ? splitValidation(all, validation, seed)
    : splitByWindows(all, planWindows(all, windows, { gap }), validation, seed);
}

/** Throws a UserError where windows left no training window of some class. */
function checkEveryClass({ classes, labels, files }: Recordings): void {
  const present = new Set(labels);
  const absent = classes.filter((_, i) => !present.has(i));
  if (absent.length === 0) return;
  throw new UserError(
    `no training window has the class ${absent.map((name) => `"${name}"`).join(', ')}. Make windows shorter, lower ` +
      'data.windows.minPurity, or leave these classes out.',
    { file: files.at(0) },
  );
}

/** Every data file that a config names, without repetition. */
export function dataFiles({ data }: Config): string[] {
  return [...new Set([data.train, data.test ?? []].flat())];
}
