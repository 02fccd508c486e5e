// From the files that a config names to recordings that a model can see: read, checked, split, cut, normalised.
import {
  alignRecordings,
  checkSplits,
  checkTrainable,
  count,
  findRepetitions,
  fitNormalization,
  holdOut,
  loadRecordings,
  longest,
  normalize,
  paddedLength,
  padRecordings,
  selectRecordings,
  stratifiedResample,
  truncateRecordings,
  type HoldOut,
  type Normalization,
  type Recordings,
  type Repetition,
  type TrainedOn,
} from '../data/index.js';
import { deriveSeed } from '../shared/random.js';
import type { Config } from './config.js';
import { testFiles } from './dataFiles.js';
import { notesOn, type TruncatedSets } from './dataNotes.js';

/** The sets of a run, normalised and padded as the config says, and what is needed to treat other recordings alike. */
export interface PreparedData {
  readonly train: Recordings;
  /** Null where the config asks for none. */
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
  /** Null where recordings keep all steps. */
  readonly truncated: TruncatedSets | null;
  /** What the user should hear of the data, in sentences. */
  readonly notes: readonly string[];
}

/** The sets of a run as they are in the files. */
interface RawSets {
  readonly train: Recordings;
  readonly validation: Recordings | null;
  readonly test: Recordings | null;
}

/**
 * Loads the data of a config. Which recordings are in which set depends on labels, groups, parts that the data assign and, for
 * fractions, the seed; never on values. Nothing that training sees depends on the other sets beside that.
 *
 * @throws UserError for the first thing that is wrong with a file, or with the files together
 */
export async function prepareData({ data, seed }: Config): Promise<PreparedData> {
  const { train: pool, test } = await loadAndHoldOutTest(data, seed);
  const { validation: how } = data;
  const sides = how === 'none' ? null : holdOut(pool, how, 'validation', deriveSeed(seed, 'split'));
  const sets: RawSets = {
    train: sides === null ? pool : selectRecordings(pool, sides.train),
    validation: sides === null ? null : selectRecordings(pool, sides.heldOut),
    test,
  };
  const { train, validation, test: cutTest, truncated } = truncateSets(sets, data.maxLength);
  const normalization = fitNormalization(
    train,
    Array.from({ length: count(train) }, (_, i) => i),
    data.normalize,
  );
  const prepare = (recordings: Recordings): Recordings =>
    padRecordings(normalize(recordings, normalization), data.padding);
  const present = [train, validation, cutTest].filter((set) => set !== null);
  return {
    train: prepare(train),
    validation: validation && prepare(validation),
    test: cutTest && prepare(cutTest),
    trainedOn: { channels: pool.channels, channelNames: pool.channelNames, classes: pool.classes },
    normalization,
    leak: test === null ? null : (findRepetitions([pool, test]).find(isAcross) ?? null),
    longest: paddedLength(data.padding) ?? Math.max(...present.map(longest)),
    truncated,
    notes: notesOn({ train, validation, test: cutTest }, truncated, namedSplits(data)),
  };
}

/** What is trained and validated on, in one set, and what is tested on. */
async function loadAndHoldOutTest(
  data: Config['data'],
  seed: number,
): Promise<{ train: Recordings; test: Recordings | null }> {
  const { columns, format, test, resample = 0 } = data;
  const all = await loadRecordings(data.train, { columns, format });
  checkTrainable(all);
  const named = namedSplits(data);
  if (named.length > 0) checkSplits(all, named);
  if (test === undefined) return { train: all, test: null };
  if (isHeldOut(test)) {
    const { train, heldOut } = holdOut(all, test, 'test', deriveSeed(seed, 'test split'));
    return { train: selectRecordings(all, train), test: selectRecordings(all, heldOut) };
  }
  if (resample > 0) return resampled(data, all, resample);
  const others = await loadRecordings(test, { columns, format, groups: 'ignore' });
  return { train: all, test: alignRecordings(others, all, 'test') };
}

/** Training and test files pooled and drawn anew. Recordings without ids count on from the training to the test files. */
async function resampled(
  data: Config['data'],
  trained: Recordings,
  resample: number,
): Promise<{ train: Recordings; test: Recordings }> {
  const { validation, columns, format } = data;
  // Test files need no groups, unless training recordings that come from them are split by groups.
  const groups = typeof validation === 'object' && 'groups' in validation && validation.groups !== false;
  const files = [...[data.train].flat(), ...testFiles(data)];
  const loaded = await loadRecordings(files, { columns, format, groups: groups ? 'read' : 'ignore' });
  const pooled = alignRecordings(loaded, trained, 'test');
  const { train, heldOut } = stratifiedResample(pooled, count(trained), resample);
  return { train: selectRecordings(pooled, train), test: selectRecordings(pooled, heldOut) };
}

/** The parts beside the training part that a config takes as the data assign them. */
function namedSplits({ test, validation }: Config['data']): string[] {
  return [test, validation].flatMap((how) => (typeof how === 'object' && 'split' in how ? [how.split] : []));
}

function isHeldOut(test: NonNullable<Config['data']['test']>): test is HoldOut {
  return typeof test === 'object' && !Array.isArray(test);
}

function truncateSets(
  sets: RawSets,
  maxLength: Config['data']['maxLength'],
): RawSets & { readonly truncated: TruncatedSets | null } {
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

function isAcross({ earlier, later }: Repetition): boolean {
  return earlier !== later;
}
