// Rehearsals of runs: how large a model is, and how long a run takes by a few of its real steps.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type tf from '#tfjs';
import { mixes, openBatchMaker, type PlannedBatch } from '../data/index.js';
import { buildModel, modelCost, type ModelCost } from '../models/index.js';
import { deriveSeed } from '../shared/random.js';
import { epochBatches, planBatches } from './batchPlan.js';
import { batchRunners } from './batchRunner.js';
import { writeCheckpoint } from './checkpoint.js';
import { compileSteps, differentShapes, type Steps } from './compiledSteps.js';
import type { Config } from './config.js';
import { setsForDevice } from './deviceSet.js';
import { stepOptions } from './fit.js';
import { createOptimizer } from './optimizers.js';
import { plannedPredictions, predict, predictBatches } from './predictions.js';
import { completedByPacked } from './dataFiles.js';
import { prepareData, type PreparedData } from './prepare.js';
import { noProgress } from './progress.js';
import { createTrainingState, disposeSlots, type TrainingState } from './step.js';

/** Where the time of a run goes, in seconds. */
export interface RunTiming {
  readonly step: number;
  readonly stepsPerEpoch: number;
  /** Validation and checkpoint, once an epoch. */
  readonly epochEnd: number;
  /** What comes before the first step and after the last: data, model, recording of steps, test. */
  readonly around: number;
}

/** Rehearses runs that share their data. */
export interface Rehearsal {
  readonly cost: (config: Config) => ModelCost;
  /** @param seconds to spend on training steps, at least */
  readonly time: (config: Config, seconds: number) => Promise<RunTiming>;
}

/**
 * Reads the data of a config, for rehearsals of all configs with these data. The engine has to be loaded.
 *
 * @throws UserError when the data cannot be read or trained on
 */
export async function rehearse(config: Config): Promise<Rehearsal> {
  const began = performance.now();
  const data = await prepareData(await completedByPacked(config));
  const preparation = secondsSince(began);
  return {
    cost: (other) => {
      const model = modelFor(other, data);
      try {
        return modelCost(model, data.longest);
      } finally {
        model.dispose();
      }
    },
    time: async (other, seconds) => {
      const timing = await timeRun(other, data, seconds);
      return { ...timing, around: timing.around + preparation };
    },
  };
}

/** Seconds that a run trains and tests, start-up of its process apart. */
export function secondsOfRun({ step, stepsPerEpoch, epochEnd, around }: RunTiming, epochs: number): number {
  return around + epochs * (stepsPerEpoch * step + epochEnd);
}

async function timeRun(config: Config, data: PreparedData, seconds: number): Promise<RunTiming> {
  const began = performance.now();
  const buckets = planBatches(data.train, config);
  const model = modelFor(config, data);
  const state = createTrainingState(model, createOptimizer(config.train.optimizer));
  const { augmentation } = config.train;
  const options = stepOptions(config.train, data.train);
  const validation = data.validation === null ? [] : plannedPredictions(data.validation);
  const steps = compileSteps({
    model,
    training: { state, options, shapes: buckets.shapes, mixed: mixes(augmentation) },
    predictionShapes: differentShapes(validation),
    sets: setsForDevice(data, augmentation),
  });
  const maker = openBatchMaker({
    ...{ recordings: data.train, augmentation },
    ...{ seed: config.seed, modules: config.modules },
  });
  try {
    const batches = epochBatches(data.train, buckets, config.train, config.seed)(1);
    const runners = batchRunners(steps, maker);
    const stepsOn = async (some: readonly PlannedBatch[], isOver: () => boolean): Promise<number> => {
      const run = runners.ofEpoch(1, some, 0);
      let place = 0;
      do {
        // At a learning rate of 0 weights stay as they are, however many steps are rehearsed.
        const done = await run(place, () => ({ learningRate: 0, step: 1 }));
        if (done === null) throw maker.failure ?? new Error('a batch could not be made');
        done.read();
        place += done.steps;
      } while (place < some.length && !isOver());
      return place;
    };
    // The first step of a shape takes longer, once a run.
    const firsts = new Map(batches.map((batch) => [`${batch.rows} ${batch.time}`, batch]));
    await stepsOn([...firsts.values()], () => false);
    const before = secondsSince(began);
    const step = await timeSteps((isOver) => stepsOn(batches, isOver), seconds);
    const epochEnd = (await timeCheckpoint(state, data, steps)) + timeValidation(steps, data, validation);
    return { step, stepsPerEpoch: buckets.batches, epochEnd, around: before + timeTest(model, data) };
  } finally {
    await maker.close();
    steps.dispose();
    options.classWeights?.dispose();
    disposeSlots(state);
    model.dispose();
  }
}

/**
 * Mean seconds of steps, which are run one after another and again until the time is over.
 *
 * @param stepsUntil runs steps until the time is over, or there are no more, and says how many
 */
async function timeSteps(
  stepsUntil: (isOver: () => boolean) => Promise<number>,
  seconds: number,
): Promise<number> {
  const began = performance.now();
  const isOver = (): boolean => secondsSince(began) >= seconds;
  let done = 0;
  do {
    done += await stepsUntil(isOver);
  } while (!isOver());
  return secondsSince(began) / done;
}

async function timeCheckpoint(
  state: TrainingState,
  { trainedOn, normalization }: PreparedData,
  steps: Steps,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'masq-rehearsal-'));
  try {
    const began = performance.now();
    steps.store();
    await writeCheckpoint(folder, state, { ...trainedOn, normalization, output: 'logits' }, noProgress);
    return secondsSince(began);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The second time, as the first is slower and there are many. */
function timeValidation(
  steps: Steps,
  { validation }: PreparedData,
  batches: ReturnType<typeof plannedPredictions>,
): number {
  if (validation === null) return 0;
  const run = (): number => {
    const began = performance.now();
    predictBatches(steps, validation, batches, validation.classes.length);
    return secondsSince(began);
  };
  run();
  return run();
}

function timeTest(model: tf.LayersModel, { test }: PreparedData): number {
  if (test === null) return 0;
  const began = performance.now();
  predict(model, test);
  return secondsSince(began);
}

function modelFor(config: Config, { trainedOn, train }: PreparedData): tf.LayersModel {
  return buildModel(config.model, {
    channels: train.channels,
    classes: trainedOn.classes.length,
    seed: deriveSeed(config.seed, 'weights'),
  });
}

function secondsSince(began: number): number {
  return (performance.now() - began) / 1000;
}
