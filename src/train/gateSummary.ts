// What `gates.json` holds: what the attention of a finished run did to the test recordings, small enough to keep of every run.
// Recordings come in batches and leave sums behind, so that memory does not grow with the set.
import type tf from '#tfjs';
import { makeBatch, type Recordings } from '../data/index.js';
import { gateRange, type GateRange } from '../models/index.js';
import { plannedPredictions } from './predictions.js';
import { gatesOfBatch } from './recordingGates.js';

/** The gates of a run on its test data, by attention layer and name of the gate, as `layer/gate`. */
export interface GateSummary {
  readonly classes: readonly string[];
  readonly gates: Readonly<Record<string, GateOfLayer>>;
}

/**
 * One gate of a layer. What it is for a recording: of a gate that knows no steps its value, of a gate over time its mean over the
 * recording's valid steps. Each recording weighs the same. Numbers have 6 digits.
 */
export interface GateOfLayer {
  /** Lower and upper end of what the gate can be, e.g. [0, 1] of a sigmoid; null at an end that is open. */
  readonly range: readonly [number | null, number | null];
  /** Mean gate `[class][channel]` over the recordings of a class; null in gates without channels. A class without recordings has nulls. */
  readonly profile: readonly (readonly (number | null)[])[] | null;
  /** Standard deviation (divided by n) between the recordings of a class `[class][channel]`; null as the profile is. */
  readonly spread: readonly (readonly (number | null)[])[] | null;
  /**
   * Shares of gates within 0.05 of the lower and upper end of their range, of gates over time among the valid steps of each
   * recording; 0 at an end that is open.
   */
  readonly saturated: { readonly low: number; readonly high: number };
  /** Standard deviation (divided by n) of a gate between recordings, of all classes; root mean square over channels. */
  readonly betweenRecordings: number;
  /** The part of its variance that is between classes, from 0 to 1; null where recordings differ by no more than rounding. */
  readonly betweenClassesShare: number | null;
}

/** A gate this near to an end of its range is saturated. */
const saturation = 0.05;

/** Standard deviations below this are rounding of float32. */
const rounding = 1e-6;

/**
 * The gates of a model's attention for all recordings of a set, in inference and without those of padded steps; null where no
 * layer reports any. Weights over time that sum to 1 are left out, since their mean is that of their number.
 *
 * @param recordings normalised and labelled
 */
export function summarizeGates(model: tf.LayersModel, recordings: Recordings): GateSummary | null {
  const { classes, labels } = recordings;
  const sums = new Map<string, GateSums>();
  for (const planned of plannedPredictions(recordings)) {
    for (const { layer, name, width, rows } of gatesOfBatch(
      model,
      makeBatch(recordings, planned.indices, planned),
    )) {
      const range = gateRange(model, layer, name);
      if (range === null) continue;
      for (const [row, index] of planned.indices.entries()) {
        // A recording without a step has no gates over time.
        if (rows[row].length === 0) continue;
        const key = `${layer}/${name}`;
        const sum =
          sums.get(key) ?? emptySums(classes.length, width, { range, hasChannels: name !== 'temporal' });
        sums.set(key, sum);
        addRecording(sum, rows[row], labels[index]);
      }
    }
  }
  if (sums.size === 0) return null;
  return {
    classes,
    gates: Object.fromEntries([...sums].map(([key, sum]) => [key, describe(sum)])),
  };
}

/** What the recordings so far leave behind of one gate. */
interface GateSums {
  readonly range: GateRange;
  readonly hasChannels: boolean;
  /** Of each class. */
  readonly classes: readonly Moments[];
  /** Sums over recordings of their shares of saturated gates. */
  low: number;
  high: number;
}

/** Mean and sum of squared differences from it, by channel, as Welford (1962) updates them: 0 for numbers that are the same. */
interface Moments {
  count: number;
  readonly mean: Float64Array;
  readonly squares: Float64Array;
}

function emptySums(classes: number, width: number, kind: Pick<GateSums, 'range' | 'hasChannels'>): GateSums {
  return { ...kind, classes: Array.from({ length: classes }, () => emptyMoments(width)), low: 0, high: 0 };
}

function emptyMoments(width: number): Moments {
  return { count: 0, mean: new Float64Array(width), squares: new Float64Array(width) };
}

/** @param gates `[steps, width]`, a step at least */
function addRecording(sums: GateSums, gates: Float32Array, label: number): void {
  const moments = sums.classes[label];
  const width = moments.mean.length;
  const steps = gates.length / width;
  moments.count++;
  for (let channel = 0; channel < width; channel++) {
    let sum = 0;
    for (let at = channel; at < gates.length; at += width) sum += gates[at];
    const before = sum / steps - moments.mean[channel];
    moments.mean[channel] += before / moments.count;
    moments.squares[channel] += before * (sum / steps - moments.mean[channel]);
  }
  const [lower, upper] = sums.range;
  if (lower !== null) sums.low += shareOf(gates, (gate) => gate <= lower + saturation);
  if (upper !== null) sums.high += shareOf(gates, (gate) => gate >= upper - saturation);
}

function shareOf(gates: Float32Array, has: (gate: number) => boolean): number {
  let count = 0;
  for (const gate of gates) if (has(gate)) count++;
  return count / gates.length;
}

function describe({ range, hasChannels, classes, low, high }: GateSums): GateOfLayer {
  const all = together(classes);
  const within = sumOf(classes.map(({ squares }) => sumOf(squares)));
  const total = sumOf(all.squares);
  const betweenRecordings = Math.sqrt(total / (all.count * all.mean.length));
  const byClass = (of: (moments: Moments) => Float64Array) =>
    hasChannels ? classes.map((moments) => Array.from(of(moments), roundedOrNull)) : null;
  return {
    range: [roundedOrNull(range[0]), roundedOrNull(range[1])],
    profile: byClass(({ count, mean }) => mean.map((value) => (count === 0 ? NaN : value))),
    spread: byClass(({ count, squares }) => squares.map((sum) => Math.sqrt(sum / count))),
    saturated: { low: rounded(low / all.count), high: rounded(high / all.count) },
    betweenRecordings: rounded(betweenRecordings),
    betweenClassesShare: betweenRecordings < rounding ? null : rounded(Math.max(0, 1 - within / total)),
  };
}

/** The moments of the recordings of all classes: squares within classes and those of the classes' means (Chan et al. 1979). */
function together(classes: readonly Moments[]): Moments {
  const width = classes[0].mean.length;
  return classes.reduce<Moments>((a, b) => {
    const count = a.count + b.count;
    if (b.count === 0) return a;
    const apart = b.mean.map((mean, channel) => mean - a.mean[channel]);
    return {
      count,
      mean: a.mean.map((mean, channel) => mean + (apart[channel] * b.count) / count),
      squares: a.squares.map(
        (sum, channel) => sum + b.squares[channel] + (apart[channel] ** 2 * a.count * b.count) / count,
      ),
    };
  }, emptyMoments(width));
}

function sumOf(values: readonly number[] | Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

/** NaN is what a class without recordings has. */
function roundedOrNull(value: number | null): number | null {
  return value === null || Number.isNaN(value) ? null : rounded(value);
}

/** To the digits that float32 has, so that the file stays small. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
