// The training steps of one epoch, in the order of its batches. Their metrics stay on the device for a while.
import tf from '#tfjs';
import { setImmediate } from 'node:timers/promises';
import type { BatchMaker, BucketPlan, PlannedBatch } from '../data/index.js';
import type { Steps } from './compiledSteps.js';
import type { Config } from './config.js';
import type { EpochSums, Progress } from './progress.js';
import { learningRateAt } from './schedules.js';
import type { StepMetrics } from './step.js';
import { nonFinite } from './trainingErrors.js';

/** What the steps of an epoch need. */
export interface EpochInput {
  /** Makes the batches. */
  readonly maker: BatchMaker;
  readonly buckets: Pick<BucketPlan, 'batches'>;
  readonly config: Config['train'];
  readonly signal?: AbortSignal | undefined;
  /** Called after every few steps, with the steps of this epoch that are done. */
  onStep?: (done: { epoch: number; steps: number; stepsPerEpoch: number }) => void;
}

/** Losses are read back once in so many steps. */
const stepsPerRead = 50;

/** The steps of one epoch from where it stands, until its end, an interruption, or a batch that cannot be made. */
export async function trainEpoch(
  { maker, buckets, config, signal, onStep }: EpochInput,
  steps: Steps,
  progress: Progress,
  batches: readonly PlannedBatch[],
): Promise<Progress> {
  const epoch = progress.epoch + 1;
  const stepsPerEpoch = buckets.batches;
  const began = performance.now();
  const waitedBefore = maker.waitSeconds;
  let { partial, step } = progress;
  let pending: { metrics: StepMetrics; recordings: number }[] = [];
  const readBack = (): void => {
    partial = addSteps(partial, pending, { epoch, step: step - pending.length, config });
    pending = [];
    onStep?.({ epoch, steps: partial.steps, stepsPerEpoch });
  };
  const left = batches.slice(partial.steps);
  maker.plan(left, epoch);
  for (const planned of left) {
    const batch = await maker.next();
    if (batch === null) break;
    const learningRate = rateAt(config, step, stepsPerEpoch);
    pending.push({
      metrics: steps.train(batch, { learningRate, step: step + 1 }),
      recordings: planned.indices.length,
    });
    step++;
    if (pending.length === stepsPerRead) readBack();
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
    waitSeconds: progress.waitSeconds + maker.waitSeconds - waitedBefore,
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
  pending: readonly { metrics: StepMetrics; recordings: number }[],
  { epoch, step, config }: { epoch: number; step: number; config: Config['train'] },
): EpochSums {
  const read = (key: keyof StepMetrics): Float32Array => {
    const scalars = pending.map(({ metrics }) => metrics[key]);
    const values =
      scalars.length === 0 ? new Float32Array() : tf.tidy(() => tf.stack(scalars).dataSync<'float32'>());
    tf.dispose(scalars);
    return values;
  };
  const [losses, correct] = [read('loss'), read('correct')];
  let { steps, recordings, loss, correct: totalCorrect } = sums;
  for (const [i, { recordings: n }] of pending.entries()) {
    steps++;
    if (!Number.isFinite(losses[i])) {
      throw nonFinite(`The loss became ${losses[i]}`, { epoch, step: step + i + 1 }, config);
    }
    recordings += n;
    loss += losses[i] * n;
    totalCorrect += correct[i];
  }
  return { steps, recordings, loss, correct: totalCorrect };
}
