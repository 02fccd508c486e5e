// Where the steps of an epoch get their batches: made on the host one at a time, or picked out of a set on the device, several
// steps in one call.
import tf from '#tfjs';
import type { BatchMaker, PlannedBatch } from '../data/index.js';
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
 * Trains on one or more batches of an epoch; null where the batch cannot be made, for which the maker has the reason.
 *
 * @param from the place of the first: the one after those that were trained on last
 * @param numbersOf the numbers of the step that trains on the batch at a place
 */
export type BatchRunner = (
  from: number,
  numbersOf: (place: number) => HostStepNumbers,
) => Promise<RunSteps | null>;

/** How the steps of each epoch get their batches. */
export interface RunnersOfEpochs {
  /**
   * @param epoch from 1
   * @param batches all of the epoch
   * @param from the first that will be trained on
   */
  readonly ofEpoch: (epoch: number, batches: readonly PlannedBatch[], from: number) => BatchRunner;
  /** Seconds for which steps waited for their batches, all epochs together. */
  readonly waitSeconds: () => number;
}

/**
 * Runners whose batches are made by `maker`, unless the steps have the sets on the device.
 *
 * @throws OutOfMemoryError, when they run, for a batch that does not fit into memory
 */
export function batchRunners(steps: Pick<Steps, 'train' | 'device'>, maker: BatchMaker): RunnersOfEpochs {
  const { device } = steps;
  // What is known of the time of steps is kept from epoch to epoch.
  const secondsOf = new Map<string, number>();
  return {
    ofEpoch: (epoch, batches, from) => {
      if (device !== null) return withinMemory(batches, deviceRunner(device, batches, secondsOf));
      maker.plan(batches.slice(from), epoch);
      return withinMemory(batches, hostRunner(steps, maker));
    },
    waitSeconds: () => maker.waitSeconds,
  };
}

function withinMemory(batches: readonly PlannedBatch[], run: BatchRunner): BatchRunner {
  return async (from, numbersOf) => {
    const failure = (error: unknown): unknown =>
      isOutOfMemory(error) ? outOfMemory(batches[from], error) : error;
    try {
      const done = await run(from, numbersOf);
      if (done === null) return null;
      // A card tells what went wrong when its results are waited for.
      const read = (): StepsTold => {
        try {
          return done.read();
        } catch (error) {
          throw failure(error);
        }
      };
      return { ...done, read };
    } catch (error) {
      throw failure(error);
    }
  };
}

/** Takes the batches as the maker makes them. */
function hostRunner(steps: Pick<Steps, 'train'>, maker: BatchMaker): BatchRunner {
  return async (from, numbersOf) => {
    const batch = await maker.next();
    return batch === null ? null : told(steps.train(batch, numbersOf(from)), 1);
  };
}

/** A call takes so many seconds at most, but for its first step, so that an interruption and the progress are prompt. */
const secondsPerCall = 0.3;

/** Trains in calls of as many steps as there are batches of one shape in a row, and as stay within the time of a call. */
function deviceRunner(
  steps: Pick<DeviceSteps, 'train' | 'mostSteps'>,
  batches: readonly PlannedBatch[],
  secondsOf: Map<string, number>,
): BatchRunner {
  return (from, numbersOf) => {
    const { rows, time } = batches[from];
    const shape = `${rows} ${time}`;
    const seconds = secondsOf.get(shape);
    // The first step of a shape takes longer, and comes alone.
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
    return Promise.resolve(told(metrics, numbers.length));
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
