// NumPy arrays that say something of every step: its time, or its class. They have the axes of the values without that of the channels.
import { counted } from '../../shared/counted.js';
import { type ArrayBytes, type NpyArray, openNpyArray, readEntries } from './npyArray.js';
import { formatShape } from './npyHeader.js';
import { FatalProblem, quote } from './problems.js';
import { parseTime } from './times.js';

/** The axes of the values without that of the channels: `[recordings, time]`, or `[steps]` where recordings follow one another. */
export type StepAxes = readonly [recordings: number, time: number] | readonly [steps: number];

/** The class of each step, as an index into `names`; the name of an unknown one is empty. */
export interface StepLabels {
  readonly names: readonly string[];
  /** In the order of the values. */
  readonly indices: Int32Array;
}

/**
 * The time of each step, in the order of the values: numbers as they are, `datetime64` and ISO 8601 texts in seconds since 1970; NaN
 * where it is missing. A list of the length of the time axis is that of every recording.
 *
 * @throws FatalProblem where there is not one a step, or a text is no time
 */
export async function readStepTimes(bytes: ArrayBytes, axes: StepAxes): Promise<Float64Array> {
  const array = await openNpyArray(bytes);
  const { shape, type } = array;
  const isShared = axes.length === 2 && shape.length === 1 && shape[0] === axes[1];
  if (!isShared) checkAxes(array, axes, 'time');
  const times = new Float64Array(axes.reduce((product, length) => product * length, 1));
  const place = isShared ? (index: number) => index : placesOf(array);
  await readEntries(array, (view, index, at) => {
    const text = type.kind === 'text' ? type.text(view, index) : null;
    const time = text === null ? type.number(view, index) : parseTime(text);
    if (text !== null && text !== '' && Number.isNaN(time)) {
      throw new FatalProblem(
        0,
        `${bytes.name}: the time ${quote(text)} is neither a number nor an ISO 8601 date.`,
      );
    }
    times[place(at)] = time;
  });
  if (isShared) for (let at = axes[1]; at < times.length; at += axes[1]) times.copyWithin(at, 0, axes[1]);
  return times;
}

/**
 * The class of each step, as texts of its entries.
 *
 * @throws FatalProblem where there is not one a step, or one is neither a text nor a whole number
 */
export async function readStepLabels(bytes: ArrayBytes, axes: StepAxes): Promise<StepLabels> {
  const array = await openNpyArray(bytes);
  checkAxes(array, axes, 'class');
  const indices = new Int32Array(axes.reduce((product, length) => product * length, 1));
  const place = placesOf(array);
  const known = new Map<string, number>();
  await readEntries(array, (view, index, at) => {
    const name = labelText(array, array.type.text(view, index));
    const label = known.get(name) ?? known.size;
    if (label === known.size) known.set(name, label);
    indices[place(at)] = label;
  });
  return { names: [...known.keys()], indices };
}

/**
 * What an entry names: a text, a truth value or a whole number. Empty where it is unknown.
 *
 * @throws FatalProblem where it is another number
 */
export function labelText({ type, bytes }: NpyArray, text: string): string {
  if (type.kind === 'number') {
    if (text === 'NaN') return '';
    if (!/^-?\d+$/.test(text)) {
      throw new FatalProblem(0, `${bytes.name} holds ${text}, expected texts or whole numbers.`);
    }
  }
  if (type.kind === 'time')
    throw new FatalProblem(0, `${bytes.name} holds times, expected texts or whole numbers.`);
  return text === '?' ? '' : text;
}

function checkAxes({ shape, bytes }: NpyArray, axes: StepAxes, what: string): void {
  if (shape.length === axes.length && shape.every((length, i) => length === axes[i])) return;
  const steps = axes.length === 2 ? '[recordings, time]' : '[steps]';
  throw new FatalProblem(
    0,
    `${bytes.name} has the shape ${formatShape(shape)}, expected ${formatShape(axes)} as the values have: ${steps}, one ${what} a step.`,
  );
}

/** Where in the order of the values an entry belongs, by its position in the file. */
function placesOf({ shape, fortranOrder }: NpyArray): (at: number) => number {
  if (!fortranOrder || shape.length === 1) return (at) => at;
  const [recordings, time] = shape;
  return (at) => (at % recordings) * time + Math.floor(at / recordings);
}

/** What is wrong with an array of classes that has one for each step, where each recording should have one. */
export function notOfSteps({ bytes, shape }: NpyArray, recordings: number): FatalProblem {
  return new FatalProblem(
    0,
    `${bytes.name} has the shape ${formatShape(shape)}, expected a list with one axis, of one class for each of ` +
      `${counted(recordings, 'recording')}. With data.windows, each step may have its own.`,
  );
}
