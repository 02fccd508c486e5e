// masq sweep: the trials of a study, on this machine or a cluster, with a live table and a report at the end.
import { availableParallelism } from 'node:os';
import { countCards } from '../engine/index.js';
import { UserError } from '../shared/errors.js';
import {
  begunWith,
  divide,
  DiskFullError,
  localLauncher,
  openStudy,
  runStudy,
  startTrialProcess,
  stateOf,
  type Division,
  type Launcher,
  type OpenStudy,
  type StudyEnd,
  type Trial,
  type TrialEvent,
} from '../sweep/run/index.js';
import { checkNoJobsLeft } from '../sweep/slurm/jobsLeft.js';
import { slurmLauncher } from '../sweep/slurm/slurmLauncher.js';
import { loadStudy } from '../sweep/study/loadStudy.js';
import type { CommandContext, SweepArguments } from './context.js';
import { formatSeconds } from './output.js';
import { startSweepDisplay, type SweepDisplay } from './sweepDisplay.js';
import { followSweep } from './sweepProgress.js';

export async function run(args: SweepArguments, context: CommandContext): Promise<void> {
  check(args);
  const study = args.study === undefined ? null : await loadStudy(args.study, args.overrides);
  const opened = await openStudy(study, { directory: args.studyDir, resume: args.resume });
  const { path } = opened.directory;
  const launched = args.launcher === 'slurm' ? ' --launcher slurm' : '';
  const goOn = `masq sweep --study-dir ${path} --resume${launched}`;
  try {
    const began = performance.now();
    const launcher = await launcherFor(args, opened, context);
    const end = await follow(opened, launcher, context).catch((error: unknown) => {
      if (!(error instanceof DiskFullError)) throw error;
      throw new Error(
        `The disk of ${path} is full. All results are kept: make room, and go on with ${goOn}`,
        {
          cause: error,
        },
      );
    });
    if (context.signal.aborted) return;
    conclude(end, opened, { seconds: (performance.now() - began) / 1000, goOn, context });
  } finally {
    await opened.close();
    if (context.signal.aborted) context.info(`To go on: ${goOn}`);
  }
}

function check({ study, overrides, studyDir, resume, launcher, ...given }: SweepArguments): void {
  if (study === undefined && studyDir === undefined) {
    throw new UserError(
      'masq sweep needs a study file, or --study-dir DIR --resume to go on with the study in that folder.',
    );
  }
  if (study === undefined && !resume) {
    throw new UserError('--study-dir without a study file needs --resume: to go on with the study in it.');
  }
  if (study === undefined && overrides.length > 0) {
    throw new UserError(
      `A resumed study keeps its file: ${overrides[0]} cannot be set without a study file.`,
    );
  }
  const local = (['workers', 'device', 'threads'] as const).find((name) => given[name] !== undefined);
  if (launcher === 'slurm' && local !== undefined) {
    throw new UserError(`--${local} is for trials on this machine; the key slurm of a study asks a cluster.`);
  }
}

async function launcherFor(
  args: SweepArguments,
  { study, trials, directory }: OpenStudy,
  context: CommandContext,
): Promise<Launcher> {
  if (args.launcher === 'slurm') return slurmLauncher({ study, directory: directory.path });
  await checkNoJobsLeft(directory.path);
  const machine = { processors: availableParallelism(), cards: countCards() };
  const division = divide(args, await begunWith(trials), machine, trials.length);
  context.info(describeDivision(division));
  return localLauncher({ ...division, start: startTrialProcess(context) });
}

function describeDivision({ workers, threads, devices }: Division): string {
  const many = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
  const on = devices.length === 0 ? '' : ` on ${devices.join(', ')}`;
  return `${many(workers, 'trial')} at once, each with ${many(threads, 'thread')}${on}.`;
}

/** Runs the trials, and shows how they go on. */
async function follow(
  opened: OpenStudy,
  launcher: Launcher,
  { signal, quiet, info, warn }: CommandContext,
): Promise<StudyEnd> {
  const { study, trials, directory } = opened;
  const before = await stateOf(trials);
  info(
    `${study.name}: ${study.cells.length} cells, ${study.seeds.length} seeds, ${trials.length} trials` +
      `${before.finished.length === 0 ? '' : `, of which ${before.finished.length} are finished`}.`,
  );
  info(`Study: ${directory.path}`);
  const progress = followSweep({ trials, before, halving: study.halving !== null });
  const display = startSweepDisplay({ progress, quiet });
  const say = reporter(display, warn);
  try {
    return await runStudy(opened, launcher, {
      signal,
      onEvent: (event) => {
        progress.hear(event);
        say(event);
        display.update();
      },
    });
  } finally {
    display.stop();
  }
}

/** Tells what went wrong with trials; what all of them warn of, once. */
function reporter(display: SweepDisplay, warn: CommandContext['warn']): (event: TrialEvent) => void {
  const told = new Set<string>();
  const tell = (text: string): void => {
    display.aside(() => {
      warn(text);
    });
  };
  return (event) => {
    if (event.type === 'retry') {
      tell(`${nameOf(event.trial)}: ${event.message} It is tried again.`);
    } else if (event.type === 'failed') {
      tell(`${nameOf(event.trial)} failed: ${event.message}`);
    } else if (event.type === 'warning' && !told.has(event.message)) {
      told.add(event.message);
      tell(`${nameOf(event.trial)}: ${event.message}`);
    }
  };
}

function nameOf({ cell, seed }: Trial): string {
  return `${cell.id}, seed ${seed}`;
}

function conclude(
  { finished, halved, failed }: StudyEnd,
  { trials, directory }: OpenStudy,
  { seconds, goOn, context }: { seconds: number; goOn: string; context: CommandContext },
): void {
  const ended = halved.length === 0 ? '' : `, ${halved.length} ended by halving`;
  context.out(
    `${finished.length} of ${trials.length} trials finished${ended}, in ${formatSeconds(seconds)}.`,
  );
  context.out(`Study: ${directory.path}`);
  if (failed.length === 0) return;
  const listed = failed.slice(0, mostListed).map(({ trial, message }) => `  ${nameOf(trial)}: ${message}`);
  const more = failed.length - listed.length;
  throw new Error(
    [
      `${failed.length} of ${trials.length} trials failed:`,
      ...listed,
      ...(more > 0
        ? [`  and ${more} more; each has its message in ${directory.path}/trials/<cell>/<seed>.json`]
        : []),
      `To try them again: ${goOn}`,
    ].join('\n'),
  );
}

const mostListed = 10;
