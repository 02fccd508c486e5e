// What every reader returns, and what readers share.
import type { Problem, ProblemList } from './problems.js';
import type { Recordings } from '../recordings.js';
import { memoryValues } from '../values.js';

/** The formats of files, by the names that a config gives them. `csv` is one row a step. */
export const formats = [
  'ts',
  'arff',
  'ucr',
  'csv',
  'csv-wide',
  'csv-files',
  'jsonl',
  'npy',
  'npz',
  'parquet',
  'packed',
] as const;

/** The format of a file. */
export type Format = (typeof formats)[number];

/** What a file, or what is read as one, turned out to be. */
export type FoundFormat = Format | 'folder';

/** Where a missing value is. */
export interface MissingValue {
  /** The file, where it is one of several that were read as one. */
  readonly file?: string;
  /** From 1; 0 where the file has no lines. */
  readonly line: number;
  /** The id of the recording. */
  readonly recording: string;
  /** The channel's name, or its number from 1. */
  readonly channel: string;
  /** The step, from 1. */
  readonly step: number;
}

/** The content of one file. */
export interface ReadResult {
  /** Null where the format could not be told. */
  readonly format: FoundFormat | null;
  /** Recordings whose form is right. Missing values, and values that are a problem, are NaN in it. */
  readonly recordings: Recordings;
  /** Whether the file gives its recordings no ids, so that theirs are their positions. */
  readonly numbered: boolean;
  /** The first problems, at most `PROBLEMS_KEPT`, in the order of the file. */
  readonly problems: readonly Problem[];
  /** All problems, those not kept included. */
  readonly problemCount: number;
  /** Number of missing values. */
  readonly missing: number;
  readonly firstMissing: MissingValue | null;
  /** What was done to the recordings before; only where the file is packed. */
  readonly prepared?: unknown;
}

/** Columns of a CSV or a Parquet file, or keys of JSON lines, for files that do not name them as masq expects. */
export interface Columns {
  /** The file of each row, in a table of files. Found by name: `file`, `path`. */
  file?: string | undefined;
  /** Which recording a row belongs to. Found by name: `recording_id`, `recording`, `id`. */
  recording?: string | undefined;
  /** The time of a row: a number or an ISO 8601 date; in JSON lines an array of them. Found by name: `t`, `time`, `timestamp`. */
  time?: string | undefined;
  /** The channels. Default: all columns, or all keys that hold arrays, without another role. */
  channels?: readonly string[] | undefined;
  /** The class. Found by name: `label`, `class`. */
  label?: string | undefined;
  /** The group (subject, machine, …). Found by name: `subject`, `group`. */
  group?: string | undefined;
  /** The part that the recording belongs to: `train`, `test`, …. Found by name where it holds words: `split`. */
  split?: string | undefined;
}

/** How a file is read. */
export interface ReadOptions {
  /** `one`: the file is one recording, whose rows need not say so. Default: `many`. */
  recordings?: 'many' | 'one';
  /** Default: told from the content, else from the name. */
  format?: Format | undefined;
  /** Columns or keys, where a file does not name them as expected. */
  columns?: Columns | undefined;
  /** `optional`: the label column that `columns` names may be absent. Default: `required`. */
  labels?: 'required' | 'optional';
  /**
   * `ignore` reads neither groups nor splits; the columns that `columns` names for them may be absent. `optional` is the same for splits, but
   * reads groups where every recording of a set has one and nothing is wrong with them; else it has none. Default: `read`.
   */
  groups?: 'read' | 'optional' | 'ignore';
  /**
   * `check`: times must ascend within a recording, and serve for nothing else. `keep` keeps them as well; `keep-unordered` keeps them
   * in whatever order they come. Default: `check`.
   */
  times?: 'check' | 'keep' | 'keep-unordered';
  /** Whether a recording has one class, or each step its own. Default: `recording`. */
  labelsPer?: 'recording' | 'step';
  /** Hears how many bytes were read from files since it heard last. */
  onBytes?: ((bytes: number) => void) | undefined;
}

/** The id of a file's recording where the file is one, and gives it none: its position. */
export const ONLY_ID = '0';

/** The largest float32; a value beyond it would become infinite. */
export const FLOAT32_MAX = 3.4028234663852886e38;

/** What is wrong with a value that is. */
export const BEYOND_FLOAT32 = 'the value is infinite or beyond the range of float32 (±3.4e38).';

/** A result without recordings, for files that cannot be read further. */
export function emptyResult(file: string, format: FoundFormat | null, problems: ProblemList): ReadResult {
  const offsets = new Float64Array(1);
  return {
    format,
    recordings: {
      files: [file],
      channelNames: null,
      channels: 0,
      classes: [],
      values: memoryValues(new Float32Array(0), offsets, 0),
      offsets,
      labels: new Int32Array(0),
      ids: [],
      groups: null,
      splits: null,
      fileIndices: new Int32Array(0),
      lines: new Int32Array(0),
    },
    numbered: true,
    problems: problems.kept,
    problemCount: problems.total,
    missing: 0,
    firstMissing: null,
  };
}

/** The class that a truth value is in every format that has them: as Python, and so pandas, writes it into text. */
export function truthClass(value: boolean): string {
  return value ? 'True' : 'False';
}
