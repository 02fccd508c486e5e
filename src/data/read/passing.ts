// Passes recordings on to a sink while the parts of a file come in: each once it is whole.
import { setImmediate } from 'node:timers/promises';
import type { Parts } from './parts.js';
import { type Piece, together } from './pieces.js';
import { RunFile } from './runs.js';
import { type RecordingSink, ScatteredError } from './sink.js';

/** Bytes of values that are passed on from the disk before signals and timers are heard. */
const UNHEARD = 1 << 24;

/** What is known of a recording beside its steps. */
export interface RecordingName {
  readonly id: string;
  readonly line: number;
}

/** Puts pieces of recordings together; recordings are numbered in the order in which they begin. */
export class Passing {
  /** The recording that is not whole yet. */
  private open = -1;
  private pieces: Piece[] = [];
  private runs: RunFile | null;
  private about: Pick<Parts, 'channels'> & { numbered: boolean; channelNames: readonly string[] | null } = {
    ...{ channels: 0, numbered: true, channelNames: null },
  };

  constructor(
    private readonly sink: RecordingSink,
    private readonly file: string,
    private readonly labelsPerStep: boolean,
    private readonly recordings: readonly RecordingName[],
  ) {
    this.runs = sink.regroup === false ? null : new RunFile(sink.regroup.path, labelsPerStep);
  }

  /**
   * @param owners the recording of each part
   * @throws ScatteredError where a recording goes on that is not the last, unless the sink asks for all to be brought together
   */
  add(parts: Parts, owners: readonly number[], channelNames: readonly string[] | null): void {
    const { channels, values, lengths, stepTimes, labels } = parts;
    if (lengths.length > 0) this.about = { channels, numbered: parts.ids === null, channelNames };
    if (this.runs !== null) {
      this.runs.add(parts, owners);
      return;
    }
    let step = 0;
    for (const [part, owner] of owners.entries()) {
      const end = step + lengths[part];
      const piece: Piece = {
        values: values.subarray(step * channels, end * channels),
        times: stepTimes?.subarray(step, end) ?? null,
        labels: [{ label: labels[part], steps: lengths[part] }],
      };
      step = end;
      if (owner < this.open) throw new ScatteredError(`recording ${this.recordings[owner].id} goes on later`);
      if (owner !== this.open) this.passOpen();
      this.open = owner;
      this.pieces.push(piece);
    }
  }

  /** Passes on what has not been yet; nothing comes after it. */
  async finish(): Promise<void> {
    this.passOpen();
    let bytes = 0;
    try {
      for (let i = 0; this.runs !== null && i < this.recordings.length; i++) {
        const piece = this.runs.read(i);
        this.pass(i, piece);
        bytes += piece.values.byteLength;
        if (bytes < UNHEARD) continue;
        await setImmediate();
        bytes = 0;
      }
    } finally {
      this.close();
    }
  }

  /** Removes what lies on the disk. */
  close(): void {
    this.runs?.close();
    this.runs = null;
  }

  private passOpen(): void {
    if (this.open >= 0) this.pass(this.open, together(this.pieces));
    this.open = -1;
    this.pieces = [];
  }

  private pass(index: number, { values, times, labels }: Piece): void {
    const { id, line } = this.recordings[index];
    this.sink.add({
      ...{ file: this.file, id, line, ...this.about, values, times },
      stepLabels: this.labelsPerStep ? labels : null,
      isPrepared: false,
    });
  }
}
