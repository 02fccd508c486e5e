// The training steps of one epoch, in the order of its batches. Their metrics stay on the device for a while.
import { setImmediate } from 'node:timers/promises';
import type { BucketPlan, PlannedBatch } from '../data/index.js';
import type { RunnersOfEpochs, RunSteps } from './batchRunner.js';
import type { Config } from './config.js';
import type { EpochSums, Progress } from './progress.js';
import { learningRateAt } from './schedules.js';
import { nonFinite } from './trainingErrors.js';

/** What the steps of an epoch need. */
export interface EpochInput {
  /** Gives the steps their batches. */
  readonly runners: RunnersOfEpochs;
  readonly buckets: Pick<BucketPlan, 'batches'>;
  readonly config: Config['train'];
  readonly signal?: AbortSignal | undefined;
  /** Called after every few steps, with the steps of this epoch that are done. */
  onStep?: (done: { epoch: number; steps: number; stepsPerEpoch: number }) => void;
}

/** Losses are read back once in so many steps, or a few more. */
const stepsPerRead = 50;

/** The steps of one epoch from where it stands, until its end, an interruption, or a batch that cannot be made. */
export async function trainEpoch(
  { runners, buckets, config, signal, onStep }: EpochInput,
  progress: Progress,
  batches: readonly PlannedBatch[],
): Promise<Progress> {
  const epoch = progress.epoch + 1;
  const stepsPerEpoch = buckets.batches;
  const began = performance.now();
  const waitedBefore = runners.waitSeconds();
  let { partial, step } = progress;
  let pending: RunSteps[] = [];
  let pendingSteps = 0;
  const readBack = (): void => {
    partial = addSteps(partial, pending, { epoch, step: step - pendingSteps, config, batches });
    [pending, pendingSteps] = [[], 0];
    onStep?.({ epoch, steps: partial.steps, stepsPerEpoch });
  };
  const run = runners.ofEpoch(epoch, batches, partial.steps);
  while (partial.steps + pendingSteps < batches.length) {
    const from = partial.steps + pendingSteps;
    const before = step - from;
    const done = await run(from, (place) => ({
      learningRate: rateAt(config, before + place, stepsPerEpoch),
      step: before + place + 1,
    }));
    if (done === null) break;
    pending.push(done);
    pendingSteps += done.steps;
    step += done.steps;
    if (pendingSteps >= stepsPerRead) readBack();
    // Signals and timers get their turn.
    await setImmediate();
    if (signal?.aborted === true) break;
  }
  readBack();
  return {
    ...progress,
    step,
    partial,
    trainSeconds: progress.trainSeconds + (performance.now() - began) / 1000,
    waitSeconds: progress.waitSeconds + runners.waitSeconds() - waitedBefore,
  };
}

/** The learning rate of a step, from 0. */
export function rateAt(
  { schedule, optimizer, epochs }: Config['train'],
  step: number,
  stepsPerEpoch: number,
): number {
  return learningRateAt(schedule, { step, totalSteps: epochs * stepsPerEpoch, base: optimizer.learningRate });
}

/** Reads the metrics of steps, the first of them the one after `step`, back from the device and adds them up. */
function addSteps(
  sums: EpochSums,
  pending: readonly RunSteps[],
  place: { epoch: number; step: number; config: Config['train']; batches: readonly PlannedBatch[] },
): EpochSums {
  const { epoch, step, config, batches } = place;
  let { steps, recordings, loss, correct: totalCorrect } = sums;
  const told = pending.map((done) => ({ steps: done.steps, ...done.read() }));
  for (const { steps: done, losses, correct } of told) {
    for (let i = 0; i < done; i++) {
      const { length } = batches[steps].indices;
      steps++;
      if (!Number.isFinite(losses[i])) {
        const at = step + steps - sums.steps;
        throw nonFinite(`The loss became ${losses[i]}`, { epoch, step: at }, config);
      }
      recordings += length;
      loss += losses[i] * length;
      totalCorrect += correct[i];
    }
  }
  return { steps, recordings, loss, correct: totalCorrect };
}
