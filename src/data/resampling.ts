// Recordings at equal intervals, made of those with times as they come.
import { counted } from '../shared/counted.js';
import { UserError } from '../shared/errors.js';
import { allValues, count, placeOf, type Recordings } from './recordings.js';
import { roundingOf, segmentsOf, type TimestampOptions } from './timestamps.js';
import { memoryValues, sharedFloats } from './values.js';

/** How recordings are resampled. */
export interface Resampling {
  /** Time from step to step, in the unit of the times. */
  readonly period: number;
  /** What lies between two steps: a straight line from one to the other, or the value of the one before. */
  readonly method: 'linear' | 'previous';
}

/** A recording that grew beyond this, many times over, has its period in another unit than its times: seconds for milliseconds, say. */
const MOST_GROWTH = 200;

/**
 * Recordings with a step every `period`, from the first time of each segment to its last. A segment ends at a gap, and nothing is
 * interpolated across it. A value between two steps of which one is missing is missing; a step has the class of the one before.
 * `linear` is `numpy.interp`, `previous` pandas' `reindex(…, method='ffill')`.
 *
 * @param recordings whose times ascend
 * @throws UserError for a recording without times, or of a length that shows another unit
 */
export function resample(
  recordings: Recordings,
  { period, method }: Resampling,
  gap: TimestampOptions['gap'],
): Recordings {
  const { channels, stepLabels } = recordings;
  const { times } = recordings;
  if (times === undefined) {
    throw new UserError('data.resampling needs the time of each step, but the file has none.', {
      file: recordings.files.at(0),
    });
  }
  const values = allValues(recordings);
  const recordingCount = count(recordings);
  const bounds = Array.from({ length: recordingCount }, (_, i) => segmentsOf(recordings, i, gap));
  const offsets = new Float64Array(recordingCount + 1);
  for (const [i, ofRecording] of bounds.entries()) {
    let steps = 0;
    for (let segment = 1; segment < ofRecording.length; segment++) {
      steps += stepsOf(times, ofRecording[segment - 1], ofRecording[segment], period);
    }
    checkUnit(recordings, i, steps, times, period);
    offsets[i + 1] = offsets[i] + steps;
  }
  const steps = offsets[recordingCount];
  const resampled = {
    values: sharedFloats(steps * channels),
    times: new Float64Array(steps),
    stepLabels: stepLabels && new Int32Array(steps),
  };
  let to = 0;
  for (const ofRecording of bounds) {
    for (let segment = 1; segment < ofRecording.length; segment++) {
      const [from, end] = [ofRecording[segment - 1], ofRecording[segment]];
      const grown = stepsOf(times, from, end, period);
      let before = from;
      for (let k = 0; k < grown; k++, to++) {
        const time = times[from] + k * period;
        const slack = slackOf(time, period);
        while (before + 1 < end && times[before + 1] <= time + slack) before++;
        const share =
          method === 'previous' || before + 1 === end || time - times[before] <= slack
            ? 0
            : (time - times[before]) / (times[before + 1] - times[before]);
        resampled.times[to] = time;
        if (resampled.stepLabels && stepLabels) resampled.stepLabels[to] = stepLabels[before];
        for (let channel = 0; channel < channels; channel++) {
          const value = values[before * channels + channel];
          resampled.values[to * channels + channel] =
            share === 0 ? value : value + (values[(before + 1) * channels + channel] - value) * share;
        }
      }
    }
  }
  return {
    ...recordings,
    ...{ offsets, times: resampled.times, values: memoryValues(resampled.values, offsets, channels) },
    ...(resampled.stepLabels && { stepLabels: resampled.stepLabels }),
  };
}

function stepsOf(times: Float64Array, from: number, end: number, period: number): number {
  const last = times[end - 1];
  return Math.floor((last - times[from] + slackOf(last, period)) / period) + 1;
}

/** Times that are nearer to each other are the same. */
function slackOf(time: number, period: number): number {
  return 1e-6 * period + roundingOf(time);
}

/** Throws a UserError where a recording would become one step, or very many. */
function checkUnit(
  recordings: Recordings,
  index: number,
  steps: number,
  times: Float64Array,
  period: number,
): void {
  const [from, to] = [recordings.offsets[index], recordings.offsets[index + 1]];
  if (to - from < 2 || (steps > 1 && steps <= MOST_GROWTH * (to - from))) return;
  throw new UserError(
    `recording ${recordings.ids[index]} has ${counted(to - from, 'step')} from time ${times[from]} to ${times[to - 1]}, and would have ` +
      `${steps.toLocaleString('en')} with a data.resampling.period of ${period}. Give the period in the unit of the times (dates and ` +
      'timestamps: seconds).',
    placeOf(recordings, index),
  );
}
