// masq sweep: the trials of a study, on this machine or a cluster, and its report at the end.
import { availableParallelism } from 'node:os';
import { countCards } from '../engine/index.js';
import { counted } from '../shared/counted.js';
import { isDiskFull, UserError } from '../shared/errors.js';
import {
  begunWith,
  defaultDirectory,
  DiskFullError,
  divide,
  localLauncher,
  openStudy,
  startTrialProcess,
  type Division,
  type Launcher,
  type OpenStudy,
} from '../sweep/run/index.js';
import { checkNoJobsLeft } from '../sweep/slurm/jobsLeft.js';
import { slurmLauncher } from '../sweep/slurm/slurmLauncher.js';
import { loadStudy, readStudy } from '../sweep/study/loadStudy.js';
import type { Study } from '../sweep/study/study.js';
import { trialsOf } from '../sweep/study/trials.js';
import { closeStudyRun, flatten, openStudyRun } from '../track/index.js';
import type { CommandContext, SweepArguments } from './context.js';
import { dryRun } from './studyPlan.js';
import { concludeSweep } from './sweepEnd.js';
import { followStudy } from './sweepFollow.js';

export async function run(args: SweepArguments, context: CommandContext): Promise<void> {
  check(args);
  const study = args.study === undefined ? null : await loadStudy(args.study, args.overrides);
  if (args.dryRun) await plan(study, args, context);
  else await sweep(study, args, context);
}

function check({ study, overrides, studyDir, resume, dryRun, launcher, ...given }: SweepArguments): void {
  if (study === undefined && studyDir === undefined) {
    throw new UserError(
      'masq sweep needs a study file, or --study-dir DIR --resume to go on with the study in that folder.',
    );
  }
  if (study === undefined && !resume && !dryRun) {
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

async function plan(file: Study | null, args: SweepArguments, context: CommandContext): Promise<void> {
  const study = file ?? (await readStudy(args.studyDir ?? ''));
  const directory = args.studyDir ?? defaultDirectory(study);
  const trials = trialsOf(study, directory);
  if (args.launcher === 'slurm') {
    // Says what it could not run.
    slurmLauncher({ study, directory });
    const { concurrent, cpus } = study.slurm;
    const workers = Math.min(concurrent ?? trials.length, trials.length);
    await dryRun(study, { directory, workers, threads: cpus, device: undefined }, context);
    return;
  }
  const { workers, threads, devices } = await divisionFor(args, trials);
  await dryRun(study, { directory, workers, threads, device: devices.at(0) }, context);
}

async function sweep(file: Study | null, args: SweepArguments, context: CommandContext): Promise<void> {
  const { studyDir: directory, resume } = args;
  const opened = await openStudy(file, { directory, resume, onWait: context.info });
  const { path } = opened.directory;
  const launched = args.launcher === 'slurm' ? ' --launcher slurm' : '';
  const goOn = `masq sweep --study-dir ${path} --resume${launched}`;
  // As trackers are told; null before they are.
  let status: Parameters<typeof closeStudyRun>[1] | null = null;
  try {
    const began = performance.now();
    const launcher = await launcherFor(args, opened, context);
    await tellTrackers(opened, context);
    status = 'interrupted';
    const end = await followStudy(opened, launcher, context);
    if (context.signal.aborted) return;
    status = end.failed.length === 0 ? 'finished' : 'failed';
    const seconds = (performance.now() - began) / 1000;
    await concludeSweep(end, opened, { seconds, goOn, context });
  } catch (error) {
    if (!(error instanceof DiskFullError) && !isDiskFull(error)) throw error;
    throw new Error(`The disk of ${path} is full. All results are kept: make room, and go on with ${goOn}`, {
      cause: error,
    });
  } finally {
    if (status === null) await opened.forget();
    else await closeStudyRun(path, status, context.warn);
    await opened.close();
    if (context.signal.aborted) context.info(`To go on: ${goOn}`);
  }
}

/** The study's own run, where trials have trackers that keep runs within runs. */
async function tellTrackers({ study, directory }: OpenStudy, { warn }: CommandContext): Promise<void> {
  const { name, design, axes, datasets, seeds, cells, compare, halving } = study;
  await openStudyRun(directory.path, {
    name,
    track: cells[0].config.track,
    parameters: flatten({ design, axes, datasets, seeds, cells: cells.length, compare, halving }),
    onWarning: warn,
  });
}

async function launcherFor(
  args: SweepArguments,
  { study, directory, trials, lost }: OpenStudy,
  context: CommandContext,
): Promise<Launcher> {
  if (args.launcher === 'slurm') return slurmLauncher({ study, directory: directory.path, lost });
  await checkNoJobsLeft(directory.path);
  const division = await divisionFor(args, trials);
  context.info(describeDivision(division));
  return localLauncher({ ...division, lost, start: startTrialProcess(context) });
}

async function divisionFor(args: SweepArguments, trials: OpenStudy['trials']): Promise<Division> {
  const machine = { processors: availableParallelism(), cards: countCards() };
  return divide(args, await begunWith(trials), machine, trials.length);
}

function describeDivision({ workers, threads, devices }: Division): string {
  const on = devices.length === 0 ? '' : ` on ${devices.join(', ')}`;
  return `${counted(workers, 'trial')} at once, each with ${counted(threads, 'thread')}${on}.`;
}
