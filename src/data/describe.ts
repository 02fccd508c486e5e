// What is in a data file, and what is wrong with it.
import { counted } from '../shared/counted.js';
import { UserError, withoutPlace } from '../shared/errors.js';
import { type EmptyEnds, emptyEnds, mayBeTransposed } from './arrayDoubts.js';
import { inspectChannels, type ChannelFindings } from './channelFindings.js';
import { describePrepared } from './prepared.js';
import { type Preparation, prepareRead } from './preparation.js';
import type { Problem } from './read/problems.js';
import { readRecordings } from './read/readRecordings.js';
import type { FoundFormat, ReadOptions, ReadResult } from './read/reader.js';
import { count, lengthOf, type Recordings } from './recordings.js';
import { intervalsOf, median, SUSPICIOUS } from './timestamps.js';
import type { PreparedFile } from './useTogether.js';

const BINS = 8;

/** The number of recordings of `from` to `to` steps, both included. */
export interface LengthBin {
  readonly from: number;
  readonly to: number;
  readonly recordings: number;
}

/** The content of one file, or of a folder or table of files, as `masq data describe --json` prints it. */
export interface FileDescription extends ChannelFindings {
  readonly file: string;
  /** Null where the format could not be told. */
  readonly format: FoundFormat | null;
  /** Recordings whose form is right; those that are not are among the problems. */
  readonly recordings: number;
  readonly channels: number;
  /** Names of the channels; null where the format has none. */
  readonly channelNames: readonly string[] | null;
  /** Steps of a recording; 0 where there is no recording. */
  readonly lengths: { readonly min: number; readonly median: number; readonly max: number };
  /**
   * Times from a step to the next, in the unit of the file (dates: seconds), and how many are more than three times the median; null
   * where the file has no times, or no recording two steps.
   */
  readonly intervals: {
    readonly min: number;
    readonly median: number;
    readonly max: number;
    readonly gaps: number;
  } | null;
  /** How many recordings have which lengths, in at most eight ranges of equal width. */
  readonly histogram: readonly LengthBin[];
  /** What is counted of classes: steps where their classes are read and some recording has several, else recordings. */
  readonly classesOf: 'recordings' | 'steps';
  /** How many of these each class has; declared classes without one included. */
  readonly classes: Readonly<Record<string, number>>;
  /** How many have no class. */
  readonly unlabelled: number;
  /** Number of recordings of each group; null where the file has none. */
  readonly groups: Readonly<Record<string, number>> | null;
  /** Recordings or steps of each class within each group; classes without one in the group are left out. Null without groups. */
  readonly groupClasses: Readonly<Record<string, Readonly<Record<string, number>>>> | null;
  /** Number of recordings of each part that the file assigns; null where it assigns none. */
  readonly splits: Readonly<Record<string, number>> | null;
  /** Number of missing values. */
  readonly missing: number;
  /** Steps without any value at the ends of recordings: they may be padding. */
  readonly emptyEnds: EmptyEnds;
  /** Whether a NumPy array has more channels than steps: its axes may be `[recordings, channels, time]`. */
  readonly mayBeTransposed: boolean;
  /** What was done to the recordings of a packed file before they were written, in words; null where nothing was. */
  readonly prepared: string | null;
  /** In the order of the file, those of other files with their paths in front; where there are too many, the last entry counts those left out. */
  readonly problems: readonly Problem[];
}

/** A description, and the recordings. */
export interface Described {
  readonly description: FileDescription;
  /** Null where values of a packed file are damaged. */
  readonly readable: Recordings | null;
  /** As a run would have them, but without values; null where there is a problem, or no run is meant. */
  readonly prepared: PreparedFile | null;
}

/** Reads and describes one file. A file that cannot be read is described by its problems. */
export async function describeFile(file: string, options: ReadOptions = {}): Promise<FileDescription> {
  return (await readAndDescribe(file, options, null)).description;
}

/**
 * As {@link describeFile}, with the recordings.
 *
 * @param preparation what a run would do with them: where it could not, that is a problem
 */
export async function readAndDescribe(
  file: string,
  options: ReadOptions,
  preparation: Preparation | null,
): Promise<Described> {
  const read = await readRecordings(file, { times: 'keep', ...options });
  const { recordings, numbered } = read;
  try {
    const used = preparation === null || read.problemCount > 0 ? null : prepareRead(read, file, preparation);
    const result = used instanceof UserError ? withProblem(read, used, file) : read;
    const description = describe(file, result, inspectValues(recordings));
    if (used === null || used instanceof UserError)
      return { description, readable: recordings, prepared: null };
    const values = { kind: 'none', channels: used.channels } as const;
    const prepared = { path: file, recordings: { ...used, values }, numbered };
    return { description, readable: recordings, prepared };
  } catch (error) {
    // Values of packed files are read only now.
    if (!(error instanceof UserError)) throw error;
    const description = describe(file, withProblem(read, error, file), nothingFound);
    return { description, readable: null, prepared: null };
  }
}

function withProblem(result: ReadResult, error: UserError, file: string): ReadResult {
  const problems = [...result.problems, problemOf(error, file)];
  return { ...result, problems, problemCount: result.problemCount + 1 };
}

/** What is wrong with a file, or with one of those that it stands for. */
function problemOf(error: UserError, file: string): Problem {
  const { place } = error;
  return {
    ...(place.file !== file && { file: place.file }),
    ...{ line: place.line ?? 0, message: withoutPlace(error) },
  };
}

/** The description of a file, in which something more is wrong. */
export function addProblem(description: FileDescription, error: UserError, file: string): FileDescription {
  return { ...description, problems: [...description.problems, withFileInFront(problemOf(error, file))] };
}

/** What only values tell. */
type ValueFindings = ChannelFindings & Pick<FileDescription, 'emptyEnds'>;

function inspectValues(recordings: Recordings): ValueFindings {
  return { ...inspectChannels(recordings), emptyEnds: emptyEnds(recordings) };
}

const nothingFound: ValueFindings = {
  emptyChannels: [],
  constantChannels: [],
  nearConstantChannels: [],
  constantWithinChannels: [],
  risingChannels: [],
  coarseChannels: [],
  emptyEnds: { recordings: 0, steps: 0 },
};

function describe(file: string, result: ReadResult, found: ValueFindings): FileDescription {
  const { recordings, format, missing } = result;
  const { stepLabels: labels = recordings.labels } = recordings;
  const lengths = Float64Array.from(recordings.labels, (_, i) => lengthOf(recordings, i)).sort();
  return {
    file,
    format,
    recordings: count(recordings),
    channels: recordings.channels,
    channelNames: recordings.channelNames,
    lengths: { min: lengths.at(0) ?? 0, median: median(lengths), max: lengths.at(-1) ?? 0 },
    intervals: describeIntervals(recordings),
    histogram: histogramOf(lengths),
    classesOf: recordings.stepLabels === undefined ? 'recordings' : 'steps',
    classes: Object.fromEntries(recordings.classes.map((label, i) => [label, occurrences(labels, i)])),
    unlabelled: occurrences(labels, -1),
    groups: recordings.groups === null ? null : tally(recordings.groups),
    splits: recordings.splits === null ? null : tally(recordings.splits),
    missing,
    prepared: result.prepared === undefined ? null : describePrepared(result.prepared) || null,
    mayBeTransposed: mayBeTransposed(recordings),
    groupClasses: groupClasses(recordings),
    ...found,
    problems: listProblems(result),
  };
}

function describeIntervals(recordings: Recordings): FileDescription['intervals'] {
  const { times, offsets } = recordings;
  if (times === undefined) return null;
  const all = new Float64Array(Math.max(0, times.length - count(recordings)));
  let at = 0;
  for (let i = 0; i < count(recordings); i++) {
    // In order, as a config may say that they come in any.
    const ofOne = intervalsOf(times.slice(offsets[i], offsets[i + 1]).sort());
    all.set(ofOne, at);
    at += ofOne.length;
  }
  if (at === 0) return null;
  const usual = median(all);
  const short = (time: number): number => Number(time.toPrecision(6));
  const gaps = all.reduce((n, interval) => (interval > SUSPICIOUS * usual ? n + 1 : n), 0);
  const [min, max] = all.reduce(([low, high], x) => [Math.min(low, x), Math.max(high, x)], [Infinity, 0]);
  return { min: short(min), median: short(usual), max: short(max), gaps };
}

function histogramOf(sorted: Float64Array): LengthBin[] {
  const min = sorted.at(0);
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) return [];
  const width = Math.ceil((max - min + 1) / BINS);
  const counts = new Array<number>(Math.floor((max - min) / width) + 1).fill(0);
  for (const length of sorted) counts[Math.floor((length - min) / width)]++;
  return counts.map((recordings, i) => {
    const from = min + i * width;
    return { from, to: Math.min(from + width - 1, max), recordings };
  });
}

function occurrences(labels: Int32Array, label: number): number {
  return labels.reduce((n, other) => (other === label ? n + 1 : n), 0);
}

function tally(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries(counts);
}

function groupClasses(recordings: Recordings): FileDescription['groupClasses'] {
  const { groups, labels, stepLabels, offsets, classes } = recordings;
  if (groups === null) return null;
  const members = new Map<string, Map<string, number>>();
  for (const [i, group] of groups.entries()) {
    const counts = members.get(group) ?? new Map<string, number>();
    members.set(group, counts);
    for (const label of stepLabels?.subarray(offsets[i], offsets[i + 1]) ?? [labels[i]]) {
      if (label >= 0) counts.set(classes[label], (counts.get(classes[label]) ?? 0) + 1);
    }
  }
  return Object.fromEntries(Array.from(members, ([group, counts]) => [group, Object.fromEntries(counts)]));
}

function listProblems({ problems, problemCount }: ReadResult): Problem[] {
  const listed = problems.map(withFileInFront);
  const others = problemCount - problems.length;
  if (others === 0) return listed;
  const line = problems.at(-1)?.line ?? 0;
  return [...listed, { line, message: `and ${counted(others, 'more problem')} from here on.` }];
}

function withFileInFront({ file, line, message }: Problem): Problem {
  return { line, message: file === undefined ? message : `${file}: ${message}` };
}
