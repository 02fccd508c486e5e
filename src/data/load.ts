// Loads data files for training, evaluation and prediction, where anything wrong with them is an error.
import { counted } from '../shared/counted.js';
import { UserError } from '../shared/errors.js';
import { adviceOnEmptyEnds, type EmptyEnds, emptyEnds } from './arrayDoubts.js';
import { concatenate } from './combine.js';
import { expandPatterns } from './patterns.js';
import { readRecordings } from './read/readRecordings.js';
import type { MissingValue, ReadOptions, ReadResult } from './read/reader.js';
import type { RecordingSink } from './read/sink.js';
import { count, placeOf, type Recordings } from './recordings.js';
import { isInMemory } from './values.js';

/** How `loadRecordings` reads. */
export interface LoadOptions extends ReadOptions {
  /** `report` leaves missing values in as NaN. Default: `error`. */
  missing?: 'error' | 'report';
  /** Hears of steps without any value at the ends of recordings, where missing values are filled. */
  onEmptyEnds?: ((found: EmptyEnds, file: string) => void) | undefined;
  /** Whether every recording must have a label, and files the column that `columns` names. Default: `required`. */
  labels?: 'required' | 'optional';
}

/** Loads one or more files as one set. */
export type Load = (
  files: string | readonly string[],
  options?: Pick<LoadOptions, 'groups'>,
) => Promise<Recordings>;

/** What was read for one name. */
export interface LoadedFile {
  readonly recordings: Recordings;
  /** Whether ids are positions in the set. */
  readonly numbered: boolean;
  readonly missing: number;
  readonly firstMissing: MissingValue | null;
  /** What was done to the recordings before, where the file is packed; else undefined. */
  readonly prepared: unknown;
}

/**
 * Reads one or more files into one set, in the order given; folders, tables of files and patterns (`data/*.csv`) stand for what they
 * hold. Recordings without an id are numbered through.
 * Throws a UserError with file and line for the first thing that is wrong: a problem inside a file, a missing value,
 * a missing label, or files that do not fit together.
 */
export async function loadRecordings(
  files: string | readonly string[],
  options: LoadOptions = {},
): Promise<Recordings> {
  const parts: Recordings[] = [];
  for await (const { recordings } of loadEach(files, options)) parts.push(recordings);
  return concatenate(parts, options.groups);
}

/**
 * The files of a set one by one, as `loadRecordings` reads them.
 *
 * @param sink takes the recordings, which are then without values
 */
export async function* loadEach(
  files: string | readonly string[],
  { missing = 'error', labels = 'required', ...options }: LoadOptions = {},
  sink: RecordingSink | null = null,
): AsyncGenerator<LoadedFile> {
  const names = await expandPatterns(typeof files === 'string' ? [files] : files);
  if (names.length === 0) throw new UserError('No data file is named.');
  let before = 0;
  for (const file of names) {
    const result = await readRecordings(file, { ...options, labels }, sink);
    checkProblems(result, file);
    if (missing === 'error') checkMissing(result, file);
    const { numbered, prepared, firstMissing } = result;
    const recordings = numbered ? numberedFrom(result.recordings, before) : result.recordings;
    if (labels === 'required') checkLabels(recordings);
    before += count(recordings);
    yield { recordings, numbered, missing: result.missing, firstMissing, prepared };
  }
}

function checkProblems({ problems, problemCount }: ReadResult, file: string): void {
  const first = problems.at(0);
  if (first === undefined) return;
  const others = problemCount - 1;
  const rest =
    others === 0 ? '' : ` (and ${counted(others, 'more problem')}; "masq data describe" lists them)`;
  const line = first.line === 0 ? undefined : first.line;
  throw new UserError(first.message + rest, { file: first.file ?? file, line });
}

/** @throws UserError where a value is missing */
export function checkMissing(
  { missing, firstMissing, recordings }: Pick<ReadResult, 'missing' | 'firstMissing' | 'recordings'>,
  file: string,
): void {
  if (firstMissing === null) return;
  const { line, recording, channel, step, file: its = file } = firstMissing;
  throw new UserError(
    `recording ${recording}, channel ${channel}, step ${step}: the value is missing ` +
      `(${counted(missing, 'missing value')} in ${its === file ? 'the file' : file}). Fill missing values first, or say with ` +
      `data.missing how.${isInMemory(recordings.values) ? adviceOnEmptyEnds(emptyEnds(recordings)) : ''}`,
    { file: its, line: line === 0 ? undefined : line },
  );
}

/** @throws UserError where a recording has no class */
export function checkLabels(recordings: Recordings): void {
  const unlabelled = recordings.labels.indexOf(-1);
  if (unlabelled < 0) return;
  const none = recordings.labels.every((label) => label < 0);
  throw new UserError(
    none
      ? 'no recording has a label (.ts: @classLabel true; CSV, Parquet: a column "label" or "class"; JSON lines: such a key; ' +
          'NumPy: an array "labels"; a folder: folders in it, one a class). A column or key of another name is named with ' +
          'data.columns.label in the config of a run.'
      : `recording ${recordings.ids[unlabelled]} has no label.`,
    none ? { file: recordings.files.at(0) } : placeOf(recordings, unlabelled),
  );
}

/** Recordings whose ids are positions, as they are in a set after `first` others. */
export function numberedFrom(recordings: Recordings, first: number): Recordings {
  return { ...recordings, ids: recordings.ids.map((_, i) => String(first + i)) };
}
