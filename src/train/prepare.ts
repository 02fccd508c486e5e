// From the files that a config names to recordings that a model can see: read, prepared, divided into sets, cut, normalised.
import {
  count,
  findRepetitions,
  fitNormalization,
  loadWithin,
  longest,
  paddedLength,
  type Load,
  type LoadWithinOptions,
  type Normalization,
  type PackedSet,
  type Preparation,
  type Recordings,
  type Repetition,
  type TrainedOn,
} from '../data/index.js';
import type { Config } from './config.js';
import { divideData, namedSplits } from './divideData.js';
import { finishSets, type SetWindows, truncateSets } from './finishSets.js';
import {
  channelNotes,
  emptyEndsNotes,
  notesOn,
  transpositionNotes,
  type TruncatedSets,
} from './dataNotes.js';

/** The sets of a run, prepared, normalised and padded as the config says, and what is needed to treat other recordings alike. */
export interface PreparedData {
  readonly train: Recordings;
  /** Null where the config asks for none. */
  readonly validation: Recordings | null;
  /** Null where the config names no test data. */
  readonly test: Recordings | null;
  /** How each set was cut into windows; null where none is. */
  readonly windows: SetWindows | null;
  readonly trainedOn: TrainedOn;
  /** Fitted on the training part alone. */
  readonly normalization: Normalization;
  /** Test recordings with the values of a training or validation recording; null where there are none. */
  readonly leak: Repetition | null;
  /** Steps of the longest recording of all sets, or those that all are padded to. */
  readonly longest: number;
  /** Null where recordings keep all steps. */
  readonly truncated: TruncatedSets | null;
  /** The sets that were packed as they are larger than `data.memoryLimit`. */
  readonly packed: readonly PackedSet[];
  /** What the user should hear of the data, in sentences. */
  readonly notes: readonly string[];
}

/** Who hears of sets that are packed, and who ends that. */
export type Hear = Pick<LoadWithinOptions, 'onPacking' | 'signal'>;

/**
 * Loads the data of a config. Which recordings are in which set depends on labels, groups, parts that the data assign and, for
 * fractions, the seed; never on values. Nothing that training sees depends on the other sets beside that.
 *
 * @param hear hears of sets that are packed, as they are larger than `data.memoryLimit`
 * @throws UserError for the first thing that is wrong with a file, or with the files together
 */
export async function prepareData(config: Config, hear: Hear = {}): Promise<PreparedData> {
  const { data } = config;
  const packed: PackedSet[] = [];
  // By file, as some are loaded twice to be drawn from anew.
  const emptyEnds = new Map<string, number>();
  const onEmptyEnds: LoadWithinOptions['onEmptyEnds'] = ({ recordings }, file) => {
    emptyEnds.set(file, recordings);
  };
  const load: Load = async (files, options) => {
    const loaded = await loadSet(files, data, { ...options, ...hear, onEmptyEnds });
    if (loaded.packed !== null) packed.push(loaded.packed);
    return loaded.recordings;
  };
  const { pool, ...divided } = await divideData(config, load);
  const { test: tested } = divided;
  const { truncated, ...sets } = truncateSets(divided, data.maxLength);
  // By the steps of the training recordings, each once, however many windows it will be in.
  const normalization = fitNormalization(
    sets.train,
    Array.from({ length: count(sets.train) }, (_, i) => i),
    data.normalize,
  );
  const { seen, windows } = finishSets(sets, normalization, data);
  const present = [seen.train, seen.validation, seen.test].filter((set) => set !== null);
  return {
    ...seen,
    windows,
    trainedOn: { channels: pool.channels, channelNames: pool.channelNames, classes: pool.classes },
    normalization,
    leak: tested === null ? null : (findRepetitions([pool, tested]).find(isAcross) ?? null),
    longest: paddedLength(data.padding) ?? Math.max(...present.map(longest)),
    truncated,
    packed,
    notes: [
      ...(data.resampling === 'none' ? transpositionNotes(pool) : []),
      ...channelNotes(pool),
      ...emptyEndsNotes([...emptyEnds.values()].reduce((sum, n) => sum + n, 0)),
      ...notesOn(sets, seen, truncated, namedSplits(data)),
    ],
  };
}

/** Loads a set as a config says, into memory or, where it is too large, as a packed file. */
export function loadSet(
  files: string | readonly string[],
  data: Config['data'],
  options: LoadWithinOptions,
): ReturnType<typeof loadWithin> {
  const { columns, format, memoryLimit } = data;
  const limit = memoryLimit === undefined ? {} : { memoryLimit: memoryLimit * 1e9 };
  return loadWithin(files, data, { columns, format, ...limit, ...options });
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

function isAcross({ earlier, later }: Repetition): boolean {
  return earlier !== later;
}
