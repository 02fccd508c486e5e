// Where recordings lie in a NumPy array of values: along its first axis, one after another by offsets, or one in all of it.
import { counted } from '../../shared/counted.js';
import { type ArrayBytes, type NpyArray, openNpyArray, readList } from './npyArray.js';
import { entriesOf, formatShape } from './npyHeader.js';
import { FatalProblem } from './problems.js';
import type { StepAxes } from './stepArrays.js';

/** Where the recordings are in the array of values. */
export interface RecordingPlaces {
  readonly channels: number;
  /** Steps of the array, those of padding included. */
  readonly steps: number;
  /** Steps along the second axis; 1 where all are along the first. */
  readonly time: number;
  /** Of an array with an entry a step. */
  readonly axes: StepAxes;
  /** The first step of each recording in the array, ascending. */
  readonly starts: Float64Array;
  readonly lengths: Float64Array;
}

/** One recording, `[time, channels]` or `[time]`. */
export function placeOfOne({ bytes, shape }: NpyArray): RecordingPlaces {
  if (shape.length < 1 || shape.length > 2) {
    throw new FatalProblem(
      0,
      `${bytes.name} has the shape ${formatShape(shape)}, expected [time, channels] or [time], as the file is one recording.`,
    );
  }
  const [steps, channels = 1] = shape;
  const places = { starts: new Float64Array(1), lengths: Float64Array.of(steps) };
  return { channels, steps, time: 1, axes: [steps], ...places };
}

/** Recordings along the first axis. */
export async function placesOfRows(
  { bytes, shape }: NpyArray,
  padding: ArrayBytes | undefined,
): Promise<RecordingPlaces> {
  if (shape.length < 2 || shape.length > 3) {
    throw new FatalProblem(
      0,
      `${bytes.name} has the shape ${formatShape(shape)}, expected [recordings, time, channels] or [recordings, time]; with ` +
        '"offsets" also [steps, channels] or [steps].',
    );
  }
  const [recordings, time, channels = 1] = shape;
  const axes = { channels, steps: recordings * time, time, axes: [recordings, time] } as const;
  // There may be any number of recordings where none has a value.
  if (entriesOf({ shape }) === 0)
    return { ...axes, starts: new Float64Array(0), lengths: new Float64Array(0) };
  const starts = Float64Array.from({ length: recordings }, (_, i) => i * time);
  if (padding === undefined) return { ...axes, starts, lengths: new Float64Array(recordings).fill(time) };
  const lengths = await readCounts(padding, recordings, 'recording');
  const wrong = lengths.findIndex((length) => length > time);
  if (wrong >= 0) {
    throw new FatalProblem(
      0,
      `${padding.name} gives recording ${wrong} ${counted(lengths[wrong], 'step')}, but ${bytes.name} has only ` +
        `${time.toLocaleString('en')} (shape ${formatShape(shape)}).`,
    );
  }
  return { ...axes, starts, lengths };
}

/** Recordings one after another along the first axis. */
export async function placesByOffsets(
  { bytes, shape }: NpyArray,
  array: ArrayBytes,
  padding: ArrayBytes | undefined,
): Promise<RecordingPlaces> {
  if (padding !== undefined) {
    throw new FatalProblem(0, `both ${array.name} and ${padding.name} are given; one of them says it all.`);
  }
  if (shape.length < 1 || shape.length > 2) {
    throw new FatalProblem(
      0,
      `${bytes.name} has the shape ${formatShape(shape)}, expected [steps, channels] or [steps] with ${array.name}.`,
    );
  }
  const [steps, channels = 1] = shape;
  const offsets = await readCounts(array, null, 'recording');
  const decrease = offsets.findIndex((offset, i) => i > 0 && offset < offsets[i - 1]);
  if (decrease >= 0 || offsets.at(0) !== 0 || offsets.at(-1) !== steps) {
    const found =
      offsets.length === 0
        ? 'is empty'
        : decrease < 0
          ? `begins with ${offsets.at(0)} and ends with ${offsets.at(-1)}`
          : `decreases at entry ${decrease}`;
    throw new FatalProblem(
      0,
      `${array.name} ${found}, expected the first step of each recording and the end: 0, …, ${steps.toLocaleString('en')}.`,
    );
  }
  const starts = offsets.slice(0, -1);
  const lengths = starts.map((start, i) => offsets[i + 1] - start);
  return { channels, steps, time: 1, axes: [steps], starts, lengths };
}

/** Whole numbers from 0, as many as there should be; null where any number will do. */
async function readCounts(bytes: ArrayBytes, expected: number | null, what: string): Promise<Float64Array> {
  const array = await openNpyArray(bytes);
  if (array.type.kind !== 'number') throw new FatalProblem(0, `${bytes.name} holds no numbers.`);
  const counts = Float64Array.from(await readList(array, array.type.number));
  if (expected !== null) checkCount(bytes, counts.length, expected, what);
  const wrong = counts.findIndex((count) => !Number.isSafeInteger(count) || count < 0);
  if (wrong >= 0) {
    throw new FatalProblem(
      0,
      `${bytes.name} holds ${counts[wrong]} for recording ${wrong}, expected a whole number from 0.`,
    );
  }
  return counts;
}

/** @throws FatalProblem where an array has more or fewer entries than there should be */
export function checkCount({ name }: ArrayBytes, found: number, expected: number, what: string): void {
  if (found === expected) return;
  throw new FatalProblem(
    0,
    `${name} has ${counted(found, 'entry', 'entries')}, but there are ${counted(expected, what)}.`,
  );
}
