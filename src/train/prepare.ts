// From the files that a config names to recordings that a model can see: read, checked, split, normalised.
import {
  alignRecordings,
  checkTrainable,
  count,
  findRepetitions,
  fitNormalization,
  loadRecordings,
  longest,
  normalize,
  paddedLength,
  padRecordings,
  selectRecordings,
  splitValidation,
  type Normalization,
  type Recordings,
  type Repetition,
  type TrainedOn,
} from '../data/index.js';
import { deriveSeed } from '../shared/random.js';
import type { Config } from './config.js';

/** The sets of a run, normalised and padded as the config says, and what is needed to treat other recordings alike. */
export interface PreparedData {
  readonly train: Recordings;
  readonly validation: Recordings | null;
  /** Null where the config names no test data. */
  readonly test: Recordings | null;
  readonly trainedOn: TrainedOn;
  /** Fitted on the training part alone. */
  readonly normalization: Normalization;
  /** Test recordings with the values of a training or validation recording; null where there are none. */
  readonly leak: Repetition | null;
  /** Steps of the longest recording of all sets, or those that all are padded to. */
  readonly longest: number;
}

/**
 * Loads the data of a config. The split depends on labels, groups and seed; nothing depends on the test data.
 *
 * @throws UserError for the first thing that is wrong with a file, or with the files together
 */
export async function prepareData({ data, seed }: Config): Promise<PreparedData> {
  const { columns, format } = data;
  const all = await loadRecordings(data.train, { columns, format });
  checkTrainable(all);
  const split =
    data.validation === 'none'
      ? { train: Int32Array.from({ length: count(all) }, (_, i) => i), validation: null }
      : splitValidation(all, data.validation, deriveSeed(seed, 'split'));
  const normalization = fitNormalization(all, split.train, data.normalize);
  const trainedOn: TrainedOn = {
    channels: all.channels,
    channelNames: all.channelNames,
    classes: all.classes,
  };
  const test =
    data.test === undefined
      ? null
      : alignRecordings(
          await loadRecordings(data.test, { columns, format, groups: 'ignore' }),
          trainedOn,
          'test',
        );
  const prepare = (recordings: Recordings): Recordings =>
    padRecordings(normalize(recordings, normalization), data.padding);
  const select = (indices: Int32Array): Recordings => prepare(selectRecordings(all, indices));
  return {
    train: select(split.train),
    validation: split.validation === null ? null : select(split.validation),
    test: test === null ? null : prepare(test),
    trainedOn,
    normalization,
    leak: test === null ? null : (findRepetitions([all, test]).find(isAcross) ?? null),
    longest: paddedLength(data.padding) ?? Math.max(longest(all), test === null ? 0 : longest(test)),
  };
}

function isAcross({ earlier, later }: Repetition): boolean {
  return earlier !== later;
}
