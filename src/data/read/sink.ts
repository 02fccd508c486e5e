// Takes recordings one by one while a file is read, so that a set need not be in memory.
import { type Recordings, valuesOf } from '../recordings.js';

/** A recording that has been read. */
export interface ReadRecording {
  readonly file: string;
  readonly id: string;
  /** Whether the id is the position in its file. */
  readonly numbered: boolean;
  readonly line: number;
  readonly channels: number;
  readonly channelNames: readonly string[] | null;
  /** `[time, channels]`; only until the call returns. */
  readonly values: Float32Array;
  /** The time of each step, or null where they are not kept. */
  readonly times: Float64Array | null;
  /** The class of each step as runs of steps; empty where unknown. Null where a recording has one class. */
  readonly stepLabels: readonly LabelRun[] | null;
  /** Whether it comes from a packed file, and so was prepared. */
  readonly isPrepared: boolean;
}

/** So many steps with one class. */
export interface LabelRun {
  readonly label: string;
  readonly steps: number;
}

/** Where recordings go, in the order of their file. */
export interface RecordingSink {
  /**
   * Whether steps of one recording may come after those of others, as in a table by time: they are brought together on the disk, in
   * the folder of this path, before the first recording is given on. Else that is a `ScatteredError`.
   */
  readonly regroup: false | { readonly path: string };
  readonly add: (recording: ReadRecording) => void;
}

/** A recording goes on after another one began. */
export class ScatteredError extends Error {
  override readonly name = 'ScatteredError';
}

/** Gives recordings that were read already to a sink; those of a packed file are prepared. */
export function giveTo(sink: RecordingSink, recordings: Recordings, numbered: boolean): void {
  const isPrepared = recordings.values.kind === 'packed';
  const { channels, channelNames, files, fileIndices, ids, lines, offsets, times } = recordings;
  const { stepLabels, labels, classes } = recordings;
  for (const [i, id] of ids.entries()) {
    const [from, to] = [offsets[i], offsets[i + 1]];
    sink.add({
      ...{ file: files[fileIndices[i]], id, numbered, line: lines[i], channels, channelNames, isPrepared },
      values: valuesOf(recordings, i),
      times: times?.subarray(from, to) ?? null,
      stepLabels:
        stepLabels === undefined
          ? [{ label: nameOf(labels[i], classes), steps: to - from }]
          : runsOf(stepLabels.subarray(from, to), classes),
    });
  }
}

/** The recordings without what was given on. */
export function withoutValues(recordings: Recordings): Recordings {
  const values = { kind: 'none', channels: recordings.channels } as const;
  return { ...recordings, values, times: undefined, stepLabels: undefined };
}

function runsOf(labels: Int32Array, classes: readonly string[]): LabelRun[] {
  const runs: { label: string; steps: number }[] = [];
  let before = NaN;
  for (const label of labels) {
    if (label !== before) runs.push({ label: nameOf(label, classes), steps: 0 });
    before = label;
    runs[runs.length - 1].steps++;
  }
  return runs;
}

function nameOf(label: number, classes: readonly string[]): string {
  return label < 0 ? '' : classes[label];
}
