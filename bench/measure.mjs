// Measures one network on one workload. All contenders run side by side as processes and take turns in short bursts,
// so that whatever else the machine does meets all of them alike; while one computes, the others wait.
import { busyShare } from './busy.mjs';
import { startContender, Unavailable } from './contender-process.mjs';
import { summarize } from './statistics.mjs';

/** A card is watched for so long. */
const watchedMilliseconds = 3000;

/** Steps of each mode before anything is timed. */
const warmUpSteps = 5;

/** Of an epoch whose batches all have one shape so many are timed, in place of all. */
const batchesForAll = 4;

/** After so many rounds, a mode whose median is so many times that of its contender's best takes no further part. */
const trialRounds = 2;
const hopeless = 1.1;

/**
 * Starts each program once and ends it, so that the time to a first step is not that of reading it from the disk.
 *
 * @param commands for `startContender`
 */
export async function readIntoMemory(commands) {
  const programs = new Map(commands.map((command) => [`${command.program} ${command.args[0]}`, command]));
  for (const command of programs.values()) {
    const process = startContender(command);
    // Whoever cannot start says so when it is measured.
    await process.ask('memory').catch(() => undefined);
    await process.close();
  }
}

/**
 * @param cell `{network, entrants, epoch}`: a network of `networks.json`; who is measured on what, `[{name, kind, plan,
 *   command, skipped}]` with `plan` from `writePlans`, `command` for `startContender`, and in `skipped` the reason not
 *   to; whether a time is that of all batches of the plan, not of a step; on a card `card`, its UUID
 * @param settings `{rounds, predictRounds, minimumSteps, minimumMilliseconds}`
 * @param report told the share that is done and what is done now
 * @returns one object for each entrant: `{name, kind, skipped | failed}` with the reason, or its results, see `resultOf`
 * @throws Error when contenders differ in their number of trainable parameters
 */
export async function measureCell(cell, settings, report = () => undefined) {
  const runners = [];
  try {
    for (const [i, entrant] of cell.entrants.entries()) {
      report((0.4 * i) / cell.entrants.length, `starting ${entrant.name}`);
      runners.push(await startRunner(entrant, cell));
    }
    const running = runners.filter(takesPart);
    assertEqualParameters(running);
    for (let round = 0; round < settings.rounds; round++) {
      report(0.4 + (0.5 * round) / settings.rounds, `round ${round + 1} of ${settings.rounds}`);
      for (const runner of turns(running, round))
        await attempt(runner, () => trainBurst(runner, cell, settings));
      if (round + 1 !== trialRounds) continue;
      for (const runner of running.filter(takesPart)) {
        runner.modes = promising(runner.modes, (mode) => summarize(runner.samples[mode]).median);
      }
    }
    for (const runner of running) await attempt(runner, () => readMemory(runner));
    if (cell.card) for (const runner of running) await attempt(runner, () => watchCard(runner, cell.card));
    for (let round = 0; round < settings.predictRounds; round++) {
      report(0.9 + (0.1 * round) / settings.predictRounds, 'predict');
      for (const runner of turns(running, round)) await attempt(runner, () => predictBurst(runner, settings));
      if (round + 1 !== trialRounds) continue;
      for (const runner of running.filter(takesPart)) {
        const slowness = (mode) => 1 / summarize(runner.predictSamples[mode]).median;
        runner.predictModes = promising(runner.predictModes, slowness);
      }
    }
    return runners.map(resultOf);
  } finally {
    await Promise.all(runners.map(({ process }) => process?.close()));
  }
}

/** Whether a contender is there, and has not failed since. */
function takesPart({ process }) {
  return process !== undefined;
}

/** Starts a contender, makes its first step and warms it up. */
async function startRunner(entrant, cell) {
  if (entrant.skipped !== undefined) return { entrant, skipped: entrant.skipped };
  const process = startContender(entrant.command);
  const runner = {
    entrant,
    process,
    next: 0,
    losses: {},
    estimates: {},
    firstStepSeconds: {},
    warmUpSeconds: {},
    samples: {},
    predictEstimates: {},
    predictSamples: {},
  };
  await attempt(runner, async () => {
    runner.built = await process.ask('build', { network: cell.network, plan: entrant.plan.path });
    runner.modes = [...runner.built.modes];
    const buildMilliseconds = performance.now() - process.startedAt;
    for (const mode of runner.modes) {
      runner.samples[mode] = [];
      const began = performance.now();
      await burst(runner, mode, 1);
      runner.firstStepSeconds[mode] = (buildMilliseconds + performance.now() - began) / 1000;
      // An epoch has every shape in it, and all that a contender compiles for it.
      const { milliseconds, steps } = await burst(
        runner,
        mode,
        cell.epoch ? batchesToTime(entrant.plan) : warmUpSteps,
      );
      runner.estimates[mode] = milliseconds / steps;
      runner.warmUpSeconds[mode] = (performance.now() - began) / 1000;
    }
    runner.predictModes = [...runner.built.predictModes];
    for (const mode of runner.predictModes) runner.predictSamples[mode] = [];
  });
  return runner;
}

/** Does something with a contender; one that fails takes no further part. */
async function attempt(runner, action) {
  if (runner.process === undefined) return;
  try {
    await action();
  } catch (error) {
    const process = runner.process;
    runner.process = undefined;
    runner[error instanceof Unavailable ? 'skipped' : 'failed'] = error.message;
    await process.close();
  }
}

/** The modes without those that the best one is far ahead of; what was measured of them is kept. */
function promising(modes, millisecondsOf) {
  const best = Math.min(...modes.map(millisecondsOf));
  return modes.filter((mode) => millisecondsOf(mode) <= hopeless * best);
}

/** The same arithmetic for all: networks that differ in size are not comparable. */
function assertEqualParameters(runners) {
  const counts = runners.map(({ entrant, built }) => `${entrant.name} ${built.parameters}`);
  if (new Set(runners.map(({ built }) => built.parameters)).size > 1) {
    throw new Error(`The contenders' networks differ in trainable parameters: ${counts.join(', ')}.`);
  }
}

/** Everyone in an order that changes from round to round, so that nobody always follows the same other. */
function turns(runners, round) {
  const shift = round % Math.max(1, runners.length);
  const order = [...runners.slice(shift), ...runners.slice(0, shift)];
  return round % 2 === 0 ? order : order.reverse();
}

async function trainBurst(runner, { epoch }, { minimumSteps, minimumMilliseconds }) {
  for (const mode of runner.modes) {
    if (epoch) {
      const { batches } = runner.entrant.plan;
      const { milliseconds, steps } = await burst(runner, mode, batchesToTime(runner.entrant.plan));
      runner.samples[mode].push((milliseconds / steps) * batches);
      continue;
    }
    // Wakes threads and fills caches that the others have used meanwhile.
    await burst(runner, mode, 1);
    const wanted = Math.max(minimumSteps, Math.ceil(minimumMilliseconds / runner.estimates[mode]));
    const { milliseconds, steps } = await burst(runner, mode, wanted);
    runner.samples[mode].push(milliseconds / steps);
  }
}

/** How many batches of an epoch stand for all: each, where their shapes differ. */
function batchesToTime({ batches, shapes }) {
  return shapes === 1 ? Math.min(batches, batchesForAll) : batches;
}

async function burst(runner, mode, steps) {
  const result = await runner.process.ask('burst', { mode, first: runner.next, steps });
  runner.next += result.steps;
  runner.losses[mode] = result.loss;
  return result;
}

async function readMemory(runner) {
  runner.memory = await runner.process.ask('memory');
}

/** How busy the card is while a contender trains in its quickest way. */
async function watchCard(runner, card) {
  const medians = runner.modes.map((mode) => [summarize(runner.samples[mode]).median, mode]);
  const [[, mode]] = medians.sort(([a], [b]) => a - b);
  const steps = Math.ceil(watchedMilliseconds / runner.estimates[mode]);
  runner.busy = await busyShare(card, () => burst(runner, mode, steps));
}

/** Adds recordings a second of each mode; all shapes of the plan are in a burst as often as in the plan. */
async function predictBurst(runner, { minimumMilliseconds }) {
  const { batches, recordings } = runner.entrant.plan;
  const some = batchesToTime(runner.entrant.plan);
  for (const mode of runner.predictModes) {
    const ask = (steps) => runner.process.ask('predict', { mode, first: 0, steps });
    const samples = runner.predictSamples[mode];
    // The first time a contender may compile.
    if (samples.length === 0) await ask(some);
    runner.predictEstimates[mode] ??= (await ask(some)).milliseconds;
    const times = Math.max(1, Math.ceil(minimumMilliseconds / runner.predictEstimates[mode]));
    const { milliseconds, steps = times * some } = await ask(times * some);
    samples.push((1000 * recordings * steps) / batches / milliseconds);
  }
}

/**
 * What is kept of a contender: median, minimum and quartiles in milliseconds of its quickest mode, and the time to that
 * mode's first step; all samples of all modes, `continued: false` where they are those of the first rounds only; and
 * the rest as measured.
 */
function resultOf({ entrant, built, skipped, failed, samples, predictSamples, memory, ...runner }) {
  const { name, kind } = entrant;
  if (skipped !== undefined) return { name, kind, skipped };
  if (failed !== undefined) return { name, kind, failed };
  const modes = Object.entries(samples).map(([mode, values]) => ({
    mode,
    continued: runner.modes.includes(mode),
    ...summarize(values),
    firstStepSeconds: runner.firstStepSeconds[mode],
    warmUpSeconds: runner.warmUpSeconds[mode],
    loss: runner.losses[mode],
    samples: values,
  }));
  const best = modes.filter(({ continued }) => continued).reduce((a, b) => (b.median < a.median ? b : a));
  const rates = Object.entries(predictSamples)
    .filter(([, values]) => values.length > 0)
    .map(([mode, values]) => ({ mode, recordingsPerSecond: summarize(values), samples: values }));
  return {
    name,
    kind,
    mode: best.mode,
    milliseconds: {
      median: best.median,
      minimum: best.minimum,
      lowerQuartile: best.lowerQuartile,
      upperQuartile: best.upperQuartile,
      count: best.count,
    },
    modes,
    parameters: built.parameters,
    captureSeconds: built.captureSeconds,
    firstStepSeconds: best.firstStepSeconds,
    memory,
    ...(runner.busy === undefined ? {} : { busyShare: runner.busy }),
    steps: runner.next,
    loss: best.loss,
    predict: rates.reduce(
      (a, b) => (a && a.recordingsPerSecond.median >= b.recordingsPerSecond.median ? a : b),
      null,
    ),
    versions: built.versions,
  };
}
