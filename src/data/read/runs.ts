// Steps of recordings that come in any order, brought together on the disk: what fits into memory is written recording by recording,
// as runs, and at the end the runs of each recording are read one after another.
import { closeSync, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { writing } from '../packed/writing.js';
import type { LabelRun } from './sink.js';

/** Bytes that wait in memory until they are written. */
const WAITING = 1 << 27;

/** Bytes that a piece takes beside its numbers, about. */
const PIECE_BYTES = 300;

/** Steps of one recording that follow each other. */
export interface Piece {
  /** `[steps, channels]` */
  readonly values: Float32Array;
  /** `[steps]`, or null where times are not kept. */
  readonly times: Float64Array | null;
  readonly labels: readonly LabelRun[];
}

/** Where a run lies in the file: its values, and behind them its times. */
interface Run {
  readonly at: number;
  readonly values: number;
  readonly times: number | null;
  readonly labels: readonly LabelRun[];
}

/** Brings the steps of recordings together, by the numbers of the recordings. The file is removed when it is closed. */
export class RunFile {
  private readonly path: string;
  private readonly file: number;
  private readonly runs = new Map<number, Run[]>();
  private waiting = new Map<number, Piece[]>();
  private waitingBytes = 0;
  private at = 0;

  /**
   * @param beside path of the packed file beside which this one is
   * @throws UserError or PackWriteError where it cannot be written, as does `add`
   */
  constructor(
    private readonly beside: string,
    private readonly most = WAITING,
  ) {
    this.path = `${beside}.${randomUUID().slice(0, 8)}.runs.tmp`;
    this.file = writing(beside, () => {
      mkdirSync(dirname(beside), { recursive: true });
      return openSync(this.path, 'wx+');
    });
  }

  /** Pieces of a recording come in their order. */
  add(recording: number, piece: Piece): void {
    const pieces = this.waiting.get(recording);
    if (pieces === undefined) this.waiting.set(recording, [piece]);
    else pieces.push(piece);
    this.waitingBytes += piece.values.byteLength + (piece.times?.byteLength ?? 0) + PIECE_BYTES;
    if (this.waitingBytes >= this.most) this.write();
  }

  /** All steps of a recording. */
  read(recording: number): Piece {
    const runs = this.runs.get(recording) ?? [];
    return together([...runs.map((run) => this.readRun(run)), ...(this.waiting.get(recording) ?? [])]);
  }

  close(): void {
    closeSync(this.file);
    rmSync(this.path, { force: true });
  }

  private write(): void {
    for (const [recording, pieces] of this.waiting) {
      const { values, times, labels } = together(pieces);
      const run: Run = { at: this.at, values: values.length, times: times?.length ?? null, labels };
      this.put(values);
      if (times !== null) this.put(times);
      const before = this.runs.get(recording);
      if (before === undefined) this.runs.set(recording, [run]);
      else before.push(run);
    }
    this.waiting = new Map();
    this.waitingBytes = 0;
  }

  private put(numbers: Float32Array | Float64Array): void {
    const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
    writing(this.beside, () => {
      for (let done = 0; done < bytes.length;) {
        done += writeSync(this.file, bytes, done, bytes.length - done, this.at + done);
      }
    });
    this.at += bytes.length;
  }

  private readRun({ at, values, times, labels }: Run): Piece {
    const take = <Numbers extends Float32Array | Float64Array>(numbers: Numbers, from: number): Numbers => {
      const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
      for (let done = 0; done < bytes.length;) {
        const read = readSync(this.file, bytes, done, bytes.length - done, from + done);
        if (read === 0) throw new Error(`${this.path} became shorter while it was used`);
        done += read;
      }
      return numbers;
    };
    return {
      values: take(new Float32Array(values), at),
      times: times === null ? null : take(new Float64Array(times), at + 4 * values),
      labels,
    };
  }
}

/** Pieces one after another as one; times are kept where all have them. */
export function together(pieces: readonly Piece[]): Piece {
  if (pieces.length === 1) return pieces[0];
  const labels: { label: string; steps: number }[] = [];
  for (const { label, steps } of pieces.flatMap((piece) => piece.labels)) {
    const last = labels.at(-1);
    if (last?.label === label) last.steps += steps;
    else labels.push({ label, steps });
  }
  const times = pieces.map((piece) => piece.times).filter((each) => each !== null);
  return {
    values: joined(
      Float32Array,
      pieces.map(({ values }) => values),
    ),
    times: pieces.length > 0 && times.length === pieces.length ? joined(Float64Array, times) : null,
    labels,
  };
}

function joined<Numbers extends Float32Array | Float64Array>(
  type: new (length: number) => Numbers,
  parts: readonly Numbers[],
): Numbers {
  const all = new type(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
