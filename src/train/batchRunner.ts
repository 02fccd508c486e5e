// Where the steps of an epoch get their batches: made on the host one at a time, or picked out of a set on the device, several
// steps in one call.
import tf from '#tfjs';
import { makeBatch, type Augmenter, type PlannedBatch, type Recordings } from '../data/index.js';
import { isOutOfMemory } from '../engine/index.js';
import { outOfMemory } from './outOfMemory.js';
import type { DeviceSteps, HostStepNumbers, Steps } from './compiledSteps.js';

/** What steps tell, on the host. */
export interface StepsTold {
  readonly losses: ArrayLike<number>;
  readonly correct: ArrayLike<number>;
}

/** Steps that were run. */
export interface RunSteps {
  readonly steps: number;
  /** Waits for them and reads what they tell; to be called once. */
  readonly read: () => StepsTold;
}

/**
 * Trains on one or more of these batches.
 *
 * @param from the place of the first
 * @param numbersOf the numbers of the step that trains on the batch at a place
 */
export type BatchRunner = (
  batches: readonly PlannedBatch[],
  from: number,
  numbersOf: (place: number) => HostStepNumbers,
) => RunSteps;

/**
 * How the steps of each epoch, from 1, get their batches.
 *
 * @throws OutOfMemoryError, when they run, for a batch that does not fit into memory
 */
export function batchRunners(
  steps: Pick<Steps, 'train' | 'device'>,
  train: Recordings,
  augmenter: Augmenter | null,
): (epoch: number) => BatchRunner {
  if (steps.device === null) return (epoch) => withinMemory(hostRunner(steps, train, { augmenter, epoch }));
  const runner = withinMemory(deviceRunner(steps.device));
  return () => runner;
}

function withinMemory(run: BatchRunner): BatchRunner {
  return (batches, from, numbersOf) => {
    try {
      return run(batches, from, numbersOf);
    } catch (error) {
      throw isOutOfMemory(error) ? outOfMemory(batches[from], error) : error;
    }
  };
}

/** Makes each batch on the host. */
function hostRunner(
  steps: Pick<Steps, 'train'>,
  train: Recordings,
  augmentation: { augmenter: Augmenter | null; epoch: number },
): BatchRunner {
  return (batches, from, numbersOf) => {
    const planned = batches[from];
    const batch = makeBatch(train, planned.indices, planned, augmentation);
    return told(steps.train(batch, numbersOf(from)), 1);
  };
}

/** A call takes so many seconds at most, but for its first step, so that an interruption and the progress are prompt. */
const secondsPerCall = 0.3;

/** Trains in calls of as many steps as there are batches of one shape in a row, and as stay within the time of a call. */
function deviceRunner(steps: Pick<DeviceSteps, 'train' | 'mostSteps'>): BatchRunner {
  // The first step of a shape takes longer, and comes alone.
  const secondsOf = new Map<string, number>();
  return (batches, from, numbersOf) => {
    const { rows, time } = batches[from];
    const shape = `${rows} ${time}`;
    const seconds = secondsOf.get(shape);
    const inTime = seconds === undefined ? 1 : Math.floor(secondsPerCall / seconds);
    const most = Math.max(1, Math.min(steps.mostSteps, inTime));
    let to = from + 1;
    while (
      to < Math.min(batches.length, from + most) &&
      batches[to].rows === rows &&
      batches[to].time === time
    )
      to++;
    const numbers = Array.from({ length: to - from }, (_, i) => numbersOf(from + i));
    const began = performance.now();
    const metrics = steps.train(batches.slice(from, to), numbers);
    const taken = (performance.now() - began) / 1000 / numbers.length;
    secondsOf.set(shape, seconds === undefined ? secondsPerCall / 2 : taken);
    return told(metrics, numbers.length);
  };
}

function told(metrics: { readonly loss: tf.Tensor; readonly correct: tf.Tensor }, steps: number): RunSteps {
  return {
    steps,
    read: () => {
      const [losses, correct] = [metrics.loss, metrics.correct].map((tensor) => tensor.dataSync());
      tf.dispose([metrics.loss, metrics.correct]);
      return { losses, correct };
    },
  };
}
