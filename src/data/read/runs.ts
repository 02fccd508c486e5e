// Steps of recordings that come in any order, brought together by an external merge sort: what memory may hold is written as a segment,
// recording by recording, and at the end all segments are read side by side. Memory does not grow with the steps, whatever their order.
import { closeSync, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { GrowingNumbers } from '../growingNumbers.js';
import { temporaryBeside } from '../packed/temporaries.js';
import { writing } from '../packed/writing.js';
import type { Parts } from './parts.js';
import { type Piece, together } from './pieces.js';

/** Bytes that wait in memory until they are written as a segment. */
const WAITING = 1 << 25;

/** Bytes of all segments that are in memory while they are read, and the least and the most of one. */
const READING = { all: 1 << 26, least: 1 << 12, most: 1 << 20 };

/** Words of 32 bits that are written at once. */
const WORDS_AT_ONCE = 1 << 18;

/** Words before a run: its recording, the words of its values and times, and its number of classes. */
const HEADER = 4;

/** Parts of recordings as they come. */
export type StepParts = Pick<Parts, 'channels' | 'values' | 'lengths' | 'stepTimes' | 'labels'>;

/** Brings the steps of recordings together, by the numbers of the recordings. The file is removed when it is closed. */
export class RunFile {
  private readonly path: string;
  private readonly file: number;
  private readonly names = new Names();
  private waiting: WaitingParts | null = new WaitingParts();
  /** Where segments end. */
  private readonly ends: number[] = [];
  private segments: Segment[] = [];

  /**
   * @param beside path of the packed file beside which this one is
   * @param labelled whether each step has a class
   * @throws UserError or PackWriteError where it cannot be written, as do `add` and `read`
   */
  constructor(
    private readonly beside: string,
    private readonly labelled: boolean,
    private readonly most = WAITING,
  ) {
    this.path = temporaryBeside(beside, 'runs');
    this.file = writing(beside, () => {
      mkdirSync(dirname(beside), { recursive: true });
      return openSync(this.path, 'wx+');
    });
  }

  /**
   * Parts of a recording come in their order, all before the first recording is read.
   *
   * @param owners the recording of each part
   */
  add(parts: StepParts, owners: readonly number[]): void {
    this.waiting ??= new WaitingParts();
    this.waiting.add(parts, owners, this.labelled ? this.names : null);
    if (this.waiting.bytes >= this.most) this.write(this.waiting);
  }

  /** All steps of a recording. Recordings are read in the order of their numbers, each once. */
  read(recording: number): Piece {
    if (this.waiting !== null) {
      this.write(this.waiting);
      this.waiting = null;
      const bytes = READING.all / Math.max(1, this.ends.length);
      const words = Math.floor(Math.min(READING.most, Math.max(READING.least, bytes)) / 4);
      this.segments = this.ends.map(
        (end, i) => new Segment(this.file, i === 0 ? 0 : this.ends[i - 1], end, words),
      );
    }
    return together(
      this.segments.filter(({ owner }) => owner === recording).map((segment) => segment.take(this.names)),
    );
  }

  close(): void {
    closeSync(this.file);
    rmSync(this.path, { force: true });
  }

  private write(waiting: WaitingParts): void {
    let at = this.ends.at(-1) ?? 0;
    const out = new GrowingNumbers(Int32Array);
    const put = (): void => {
      const words = out.numbers;
      const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
      writing(this.beside, () => {
        for (let done = 0; done < bytes.length;) {
          done += writeSync(this.file, bytes, done, bytes.length - done, at + done);
        }
      });
      at += bytes.length;
      out.clear();
    };
    waiting.writeRuns(out, () => {
      if (out.length >= WORDS_AT_ONCE) put();
    });
    put();
    this.ends.push(at);
    waiting.clear();
  }
}

/** Strings as numbers, each once. */
class Names {
  readonly all: string[] = [];
  private readonly indices = new Map<string, number>();

  indexOf(name: string): number {
    const known = this.indices.get(name);
    if (known !== undefined) return known;
    this.indices.set(name, this.all.length);
    return this.all.push(name) - 1;
  }
}

/** Parts that wait to be written, in columns. */
class WaitingParts {
  private readonly values = new GrowingNumbers(Float32Array);
  private readonly times = new GrowingNumbers(Float64Array);
  private readonly owners = new GrowingNumbers(Int32Array);
  /** Where parts start in `values`, and where among the steps. */
  private readonly valueStarts = new GrowingNumbers(Int32Array);
  private readonly stepStarts = new GrowingNumbers(Int32Array);
  private readonly labels = new GrowingNumbers(Int32Array);
  private steps = 0;

  add(
    { channels, values, lengths, stepTimes, labels }: StepParts,
    owners: readonly number[],
    names: Names | null,
  ): void {
    let at = this.values.length;
    this.values.append(values);
    if (stepTimes !== null) this.times.append(stepTimes);
    for (const [part, owner] of owners.entries()) {
      this.owners.push(owner);
      this.valueStarts.push(at);
      this.stepStarts.push(this.steps);
      if (names !== null) this.labels.push(names.indexOf(labels[part]));
      at += lengths[part] * channels;
      this.steps += lengths[part];
    }
  }

  get bytes(): number {
    const { values, times, owners, valueStarts, stepStarts, labels } = this;
    return (
      4 * (values.length + owners.length + valueStarts.length + stepStarts.length + labels.length) +
      8 * times.length
    );
  }

  clear(): void {
    const { values, times, owners, valueStarts, stepStarts, labels } = this;
    for (const numbers of [values, times, owners, valueStarts, stepStarts, labels]) numbers.clear();
    this.steps = 0;
  }

  /**
   * Writes the parts by their recordings, those of one as one run.
   *
   * @param onRun is called when a run has been written
   */
  writeRuns(out: GrowingNumbers<Int32Array>, onRun: () => void): void {
    const owners = this.owners.numbers;
    const values = wordsOf(this.values.numbers);
    // Some have no times where one of them is a problem; all are left out.
    const times = this.times.length === this.steps ? wordsOf(this.times.numbers) : null;
    const [valueStarts, stepStarts] = [this.valueStarts, this.stepStarts].map((starts, i) => {
      starts.push(i === 0 ? values.length : this.steps);
      return starts.numbers;
    });
    const labels = this.labels.length === 0 ? null : this.labels.numbers;
    const order = orderOf(owners);
    for (let first = 0, end = 0; first < order.length; first = end) {
      const owner = owners[order[first]];
      const header = out.length;
      out.extend(HEADER);
      let classes = 0;
      for (end = first; end < order.length && owners[order[end]] === owner; end++) {
        const part = order[end];
        if (labels === null) continue;
        out.push(labels[part]);
        out.push(stepStarts[part + 1] - stepStarts[part]);
        classes++;
      }
      const [valuesAt, start] = [out.length, first];
      for (let i = start; i < end; i++)
        copyWords(values, valueStarts[order[i]], valueStarts[order[i] + 1], out);
      const timesAt = out.length;
      for (let i = start; i < end && times !== null; i++) {
        copyWords(times, 2 * stepStarts[order[i]], 2 * stepStarts[order[i] + 1], out);
      }
      out.numbers.set([owner, timesAt - valuesAt, out.length - timesAt, classes], header);
      onRun();
    }
  }
}

/** One of the segments while all are read. */
class Segment {
  /** The recording of the run that comes next; -1 where there is none. */
  owner = -1;
  private run = { values: 0, times: 0, classes: 0 };
  private readonly buffer: Int32Array;
  private from = 0;
  private to = 0;

  /** @param words that are read at once */
  constructor(
    private readonly file: number,
    private at: number,
    private readonly end: number,
    words: number,
  ) {
    this.buffer = new Int32Array(Math.min(words, (end - at) / 4));
    this.next();
  }

  /** The run that comes next. */
  take({ all }: Names): Piece {
    const { values, times, classes } = this.run;
    const labels = this.read(2 * classes);
    const piece = {
      labels: Array.from({ length: classes }, (_, i) => ({
        label: all[labels[2 * i]],
        steps: labels[2 * i + 1],
      })),
      values: new Float32Array(this.read(values).buffer),
      times: times === 0 ? null : new Float64Array(this.read(times).buffer),
    };
    this.next();
    return piece;
  }

  private next(): void {
    if (this.from === this.to && this.at === this.end) {
      this.owner = -1;
      return;
    }
    const [owner, values, times, classes] = this.read(HEADER);
    this.owner = owner;
    this.run = { values, times, classes };
  }

  /** So many words, in a buffer of their own. */
  private read(words: number): Int32Array<ArrayBuffer> {
    const read = new Int32Array(words);
    for (let done = 0; done < words;) {
      if (this.from === this.to) this.fill();
      const n = Math.min(words - done, this.to - this.from);
      read.set(this.buffer.subarray(this.from, this.from + n), done);
      this.from += n;
      done += n;
    }
    return read;
  }

  private fill(): void {
    const size = Math.min(4 * this.buffer.length, this.end - this.at);
    const bytes = new Uint8Array(this.buffer.buffer, 0, size);
    for (let done = 0; done < size;) {
      const read = readSync(this.file, bytes, done, size - done, this.at + done);
      if (read === 0) throw new Error('the file of steps became shorter while it was used');
      done += read;
    }
    this.at += size;
    [this.from, this.to] = [0, size / 4];
  }
}

/** The numbers of parts, sorted by their recordings and otherwise as they are: a counting sort. */
function orderOf(owners: Int32Array): Int32Array {
  const next = new Int32Array(owners.reduce((most, owner) => Math.max(most, owner), -1) + 2);
  for (const owner of owners) next[owner + 1]++;
  for (let i = 1; i < next.length; i++) next[i] += next[i - 1];
  const order = new Int32Array(owners.length);
  for (let part = 0; part < owners.length; part++) order[next[owners[part]]++] = part;
  return order;
}

/** The bits of floats, 32 a word. */
function wordsOf({ buffer, byteOffset, byteLength }: Float32Array | Float64Array): Int32Array {
  return new Int32Array(buffer, byteOffset, byteLength / 4);
}

function copyWords(from: Int32Array, start: number, end: number, out: GrowingNumbers<Int32Array>): void {
  let at = out.length;
  const to = out.extend(end - start);
  for (let i = start; i < end; i++) to[at++] = from[i];
}
