// What the reader of a format finds, in columns: parts of recordings one after another. Most formats give whole recordings; of a
// long table, rows make a part for as long as they go on with the same recording.
import type { Decimals } from './decimals.js';
import { ProblemList, type Problem } from './problems.js';

/** Numbers that a buffer has room for, once it has any. */
const FIRST_SIZE = 1 << 12;

/** Where a missing value is: in which part, from 0, in which of its steps and which channel, both from 1. */
interface MissingInPart {
  readonly part: number;
  readonly step: number;
  readonly channel: number;
  readonly line: number;
}

/** Parts of recordings from some lines of a file. Lines count from 1, the first of these. */
export interface Parts {
  /** Number of channels; 0 where there is no part. */
  readonly channels: number;
  /** `[steps of all parts, channels]`. Missing values, and values that are a problem, are NaN. */
  readonly values: Float32Array;
  /** Steps of each part. */
  readonly lengths: readonly number[];
  /** The class of each part; empty where unknown. */
  readonly labels: readonly string[];
  /** The recording of each part, or null where every part is a recording of its own. */
  readonly ids: readonly string[] | null;
  /** Whether no part goes on with the recording of another, so that an id that comes again is a problem. */
  readonly whole: boolean;
  /** Whether each part goes on with the recording of the part before, or null where none does; only where parts are whole. */
  readonly goesOn: readonly boolean[] | null;
  readonly groups: readonly string[] | null;
  readonly splits: readonly string[] | null;
  /** The first and last time of each part, or null where the file has none. */
  readonly times: readonly TimeSpan[] | null;
  /** The time of each step, `[steps of all parts]`, or null where they are not kept, or the file has none. */
  readonly stepTimes: Float64Array | null;
  /** The line of each part's first step. */
  readonly lines: readonly number[];
  readonly problems: readonly Problem[];
  readonly problemCount: number;
  /** Number of missing values. */
  readonly missing: number;
  readonly firstMissing: MissingInPart | null;
  /** How decimals are written, where commas may stand in them. */
  readonly decimals: Decimals | null;
}

/** Times of a part in seconds, or whatever unit the file has. */
export interface TimeSpan {
  readonly first: number;
  last: number;
  /** The first as it is written, for messages. */
  readonly text: string;
}

/** What a part has beside its values. */
export interface PartStart {
  readonly line: number;
  readonly label?: string;
  readonly id?: string;
  readonly group?: string;
  readonly split?: string;
  readonly time?: TimeSpan;
  /** Whether the part goes on with the recording of the part before, with another class. */
  readonly goesOn?: boolean;
}

/** What `PartsBuilder.finish` is told. */
interface FinishOptions {
  /** Whether every part is a whole recording, though it has an id. Default: false. */
  readonly whole?: boolean;
  readonly decimals?: Decimals | null;
}

/** Puts parts together, value by value. */
export class PartsBuilder {
  readonly values = new FloatBuffer(Float32Array);
  /** The times of steps, where they are kept; a part's come in the order of its values. */
  readonly stepTimes = new FloatBuffer(Float64Array);
  readonly problems = new ProblemList();
  private readonly lengths: number[] = [];
  private readonly starts: PartStart[] = [];
  private missing = 0;
  private firstMissing: MissingInPart | null = null;

  /** Begins a part; its steps follow. */
  begin(start: PartStart): void {
    this.starts.push(start);
    this.lengths.push(0);
  }

  /** The part has so many more steps, whose values are in `values` already or come next. */
  grow(steps: number): void {
    this.lengths[this.lengths.length - 1] += steps;
  }

  /** The part that was begun last, or undefined. */
  get last(): PartStart | undefined {
    return this.starts.at(-1);
  }

  /** Steps of the part that was begun last. */
  get steps(): number {
    return this.lengths.at(-1) ?? 0;
  }

  /** Gives each step of the part that was begun last its class: the part becomes one for each run of a class. */
  labelSteps(labels: readonly string[]): void {
    const start = this.starts.pop();
    this.lengths.pop();
    if (start === undefined) return;
    for (let from = 0, to = 1; to <= labels.length; to++) {
      if (to < labels.length && labels[to] === labels[from]) continue;
      this.starts.push({ ...start, label: labels[from], goesOn: from > 0 });
      this.lengths.push(to - from);
      from = to;
    }
  }

  /** Counts missing values of the part that was begun last; `first` is where the first of them is. */
  addMissing(count: number, first: { step: number; channel: number; line: number }): void {
    this.missing += count;
    this.firstMissing ??= { part: this.starts.length - 1, ...first };
  }

  finish(channels: number, { whole = false, decimals = null }: FinishOptions = {}): Parts {
    const { starts, values, lengths, stepTimes, problems, missing, firstMissing } = this;
    const steps = lengths.reduce((sum, length) => sum + length, 0);
    const column = <Value>(of: (start: PartStart) => Value | undefined): Value[] | null => {
      const all = starts.map(of).filter((value) => value !== undefined);
      return all.length === starts.length && all.length > 0 ? all : null;
    };
    return {
      channels,
      values: values.toArray(),
      lengths,
      labels: starts.map(({ label }) => label ?? ''),
      ids: column(({ id }) => id),
      whole,
      goesOn: starts.some(({ goesOn }) => goesOn) ? starts.map(({ goesOn = false }) => goesOn) : null,
      groups: column(({ group }) => group),
      splits: column(({ split }) => split),
      times: column(({ time }) => time),
      stepTimes: steps > 0 && stepTimes.length === steps ? stepTimes.toArray() : null,
      lines: starts.map(({ line }) => line),
      problems: problems.kept,
      problemCount: problems.total,
      missing,
      firstMissing,
      decimals,
    };
  }
}

/** An array of floats that grows as blocks are put at its end. */
export class FloatBuffer<Floats extends Float32Array | Float64Array> {
  private data: Floats;
  length = 0;

  constructor(private readonly type: new (length: number) => Floats) {
    this.data = new type(0);
  }

  /** Makes room for `n` more numbers and returns the array to write them to, from the old `length` on. */
  extend(n: number): Floats {
    const needed = this.length + n;
    if (needed > this.data.length) {
      const larger = new this.type(Math.max(needed, this.data.length * 2, FIRST_SIZE));
      larger.set(this.data.subarray(0, this.length));
      this.data = larger;
    }
    this.length = needed;
    return this.data;
  }

  append(block: ArrayLike<number>): void {
    const at = this.length;
    this.extend(block.length).set(block, at);
  }

  push(value: number): void {
    const at = this.length;
    this.extend(1)[at] = value;
  }

  /** The numbers so far, in an array of just that size. */
  toArray(): Floats {
    return this.data.slice(0, this.length) as Floats;
  }
}
