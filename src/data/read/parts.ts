// What the reader of a format finds, in columns: parts of recordings one after another. Most formats give whole recordings; of a
// long table, the rows of a stretch that belong to one recording make a part, wherever in the stretch they are.
import { GrowingNumbers } from '../growingNumbers.js';
import type { Decimals } from './decimals.js';
import { ProblemList, type Problem } from './problems.js';

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
  readonly lengths: Int32Array;
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
  /** The first and the last time of each part, or null where the file has none. */
  readonly firstTimes: Float64Array | null;
  readonly lastTimes: Float64Array | null;
  /** The first time of each part as it is written, for messages. */
  readonly timeTexts: readonly string[] | null;
  /** The time of each step, `[steps of all parts]`, or null where they are not kept, or the file has none. */
  readonly stepTimes: Float64Array | null;
  /** The line of each part's first step. */
  readonly lines: Int32Array;
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
  readonly values = new GrowingNumbers(Float32Array);
  /** The times of steps, where they are kept; a part's come in the order of its values. */
  readonly stepTimes = new GrowingNumbers(Float64Array);
  readonly problems = new ProblemList();
  private readonly lengths: number[] = [];
  private readonly starts: PartStart[] = [];
  /** The part whose steps come. */
  private current = -1;
  /** The last part of each recording, by its id. */
  private readonly lastParts = new Map<string, number>();
  /** The part of each step so far; null as long as the steps of each part follow each other. */
  private partOfSteps: GrowingNumbers<Int32Array> | null = null;
  private missing = 0;
  private firstMissing: MissingInPart | null = null;

  /** Begins a part; its steps follow. */
  begin(start: PartStart): void {
    this.current = this.starts.push(start) - 1;
    this.lengths.push(0);
    if (start.id !== undefined) this.lastParts.set(start.id, this.current);
  }

  /** Goes back to the last part of a recording, so that its steps follow; undefined where it has none. */
  turnTo(id: string): PartStart | undefined {
    const part = this.lastParts.get(id);
    if (part === undefined) return undefined;
    if (this.partOfSteps === null && part !== this.current) {
      this.partOfSteps = new GrowingNumbers(Int32Array);
      for (const [i, length] of this.lengths.entries()) this.partOfSteps.repeat(i, length);
    }
    this.current = part;
    return this.starts[part];
  }

  /** The part has so many more steps, whose values are in `values` already or come next. */
  grow(steps: number): void {
    this.lengths[this.current] += steps;
    this.partOfSteps?.repeat(this.current, steps);
  }

  /** The part whose steps come, or undefined. */
  get part(): PartStart | undefined {
    return this.starts.at(this.current);
  }

  /** Steps of the part so far. */
  get steps(): number {
    return this.lengths.at(this.current) ?? 0;
  }

  /**
   * Gives each step of the part that was begun last its class: the part becomes one for each run of a class. Not where parts are gone
   * back to.
   */
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
    this.current = this.starts.length - 1;
  }

  /** Counts missing values of the part; `first` is where the first of them is. */
  addMissing(count: number, first: { step: number; channel: number; line: number }): void {
    this.missing += count;
    this.firstMissing ??= { part: this.current, ...first };
  }

  finish(channels: number, { whole = false, decimals = null }: FinishOptions = {}): Parts {
    const { starts, values, lengths, stepTimes, problems, missing, firstMissing } = this;
    const steps = lengths.reduce((sum, length) => sum + length, 0);
    const column = <Value>(of: (start: PartStart) => Value | undefined): Value[] | null => {
      const all = starts.map(of).filter((value) => value !== undefined);
      return all.length === starts.length && all.length > 0 ? all : null;
    };
    const times = column(({ time }) => time);
    return {
      channels,
      values: this.byPart(values, channels),
      lengths: Int32Array.from(lengths),
      labels: starts.map(({ label }) => label ?? ''),
      ids: column(({ id }) => id),
      whole,
      goesOn: starts.some(({ goesOn }) => goesOn) ? starts.map(({ goesOn = false }) => goesOn) : null,
      groups: column(({ group }) => group),
      splits: column(({ split }) => split),
      firstTimes: times && Float64Array.from(times, ({ first }) => first),
      lastTimes: times && Float64Array.from(times, ({ last }) => last),
      timeTexts: times?.map(({ text }) => text) ?? null,
      stepTimes: steps > 0 && stepTimes.length === steps ? this.byPart(stepTimes, 1) : null,
      lines: Int32Array.from(starts, ({ line }) => line),
      problems: problems.kept,
      problemCount: problems.total,
      missing,
      firstMissing,
      decimals,
    };
  }

  /** What belongs to steps, `width` numbers each, part by part, each with its steps in the order in which they came. */
  private byPart<Floats extends Float32Array | Float64Array>(
    numbers: GrowingNumbers<Floats>,
    width: number,
  ): Floats {
    const came = numbers.numbers;
    if (this.partOfSteps === null) return numbers.toArray();
    const next = startsOf(this.lengths);
    const ordered = came.slice() as Floats;
    const parts = this.partOfSteps.numbers;
    for (let step = 0; step < parts.length; step++) {
      const from = step * width;
      const to = next[parts[step]]++ * width;
      for (let i = 0; i < width; i++) ordered[to + i] = came[from + i];
    }
    return ordered;
  }
}

/** Where each part starts among the steps of all. */
function startsOf(lengths: readonly number[]): Int32Array {
  const starts = new Int32Array(lengths.length);
  for (let part = 1; part < lengths.length; part++) starts[part] = starts[part - 1] + lengths[part - 1];
  return starts;
}
