// The trials of a study as job arrays of a SLURM cluster. The study's folder, which all machines must see under one path, is all
// that this process and the tasks have in common: they may begin, end and fail without each other.
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { UserError } from '../../shared/errors.js';
import { cacheFolder, packageRoot } from '../../shared/node/paths.js';
import { DiskFullError, type LaunchOptions, type Launcher } from '../run/launcher.js';
import { removeTrialRecord } from '../run/trialRecords.js';
import type { Study, Trial } from '../study/study.js';
import { closeArray, createArray, planArrays, readArrays, type TrialArray } from './arrays.js';
import { batchScript, checkOptions } from './batchScript.js';
import { cancelArrays } from './cancel.js';
import { runCommand, type RunCommand } from './command.js';
import { assign, follow, followedTrial, giveUp, type FollowedTrial } from './followTrial.js';
import { isActive, isWaiting, QueueError, readMaxArraySize, readQueue, type Queue } from './queue.js';
import { RefusedError, submit } from './submit.js';

export interface SlurmLauncherOptions {
  readonly study: Pick<Study, 'name' | 'slurm' | 'halving'>;
  /** Of the study. */
  readonly directory: string;
  /** Aborted when the study is another machine's, which then follows its jobs. Default: never. */
  readonly lost?: AbortSignal;
  /** Default: runs SLURM's commands. */
  readonly run?: RunCommand;
  /** Default: that of the system. */
  readonly clock?: Clock;
}

export interface Clock {
  /** Milliseconds; only goes forward. */
  readonly now: () => number;
  /** Ends early when the signal is aborted. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

/** Between two looks at queue and files; longer and longer while nothing happens. */
const shortestPause = 1000;
const longestPause = 10_000;
/** A controller may be restarted, and comes back. */
const silenceMilliseconds = 600_000;
/** Until jobs that SLURM did not take, as they were too many or it did not answer, are submitted again. */
const limitMilliseconds = 60_000;

/**
 * Trials of an earlier call whose jobs still wait or run, in whatever way that call ended, are followed and not submitted again. When the
 * signal is aborted, all jobs are cancelled after a checkpoint.
 *
 * @throws UserError when the study has successive halving, which must see all trials at once, or asks for what masq sets itself; from
 * `run`: when SLURM is not there or refuses the jobs
 */
export function slurmLauncher({
  study,
  directory,
  lost = new AbortController().signal,
  run = runCommand,
  clock = systemClock,
}: SlurmLauncherOptions): Launcher {
  if (study.halving !== null) {
    throw new UserError(
      'successive halving compares all trials as they run, and --launcher slurm leaves it to the cluster which trials run. ' +
        'Set halving: none, or use --launcher local.',
    );
  }
  checkOptions(study.slurm.options);
  return {
    run: async (trials, options) => {
      // The command that is missed by its name where there is no SLURM.
      await run('sbatch', ['--version']);
      await launch(trials, { ...options, study, directory: resolve(directory), run, clock, lost });
    },
  };
}

type LaunchInput = Required<SlurmLauncherOptions> & LaunchOptions;

const systemClock: Clock = {
  now: () => performance.now(),
  sleep: async (milliseconds, signal) => {
    await setTimeout(milliseconds, undefined, { signal }).catch((error: unknown) => {
      if (signal?.aborted !== true) throw error;
    });
  },
};

async function launch(trials: readonly Trial[], input: LaunchInput): Promise<void> {
  const { directory, run, clock, signal, lost, onEvent } = input;
  const ask = patientQueue(run, clock);
  const open = new Set(trials.map(followedTrial));
  const jobs = await attach(open, directory, await readQueue(run));
  const submitter = {
    ...input,
    jobs,
    program: taskProgram(),
    largest: await readMaxArraySize(run),
    notBefore: 0,
  };
  const stop = AbortSignal.any([signal, lost]);
  const reasons = new Set<string>();
  let pause = shortestPause;
  try {
    while (open.size > 0 && !stop.aborted) {
      await submitWaiting(open, submitter);
      await clock.sleep(pause, stop);
      pause = Math.min(longestPause, 1.2 * pause);
      const queue = await ask();
      tellReasons(open, queue, reasons, onEvent);
      for (const followed of open) {
        const before = `${followed.running}${followed.attempt}`;
        const over = await follow(followed, queue, { run, onEvent, now: clock.now });
        if (over) open.delete(followed);
        const isNew = over || before !== `${followed.running}${followed.attempt}`;
        if (isNew || followed.endedAt !== null) pause = shortestPause;
      }
    }
  } catch (error) {
    // Whatever else went wrong here, the jobs are not to blame, and the next call follows them.
    if (error instanceof DiskFullError) await cancelArrays([...jobs.keys()], { run, ...clock });
    throw error;
  }
  lost.throwIfAborted();
  if (signal.aborted && !(await cancelArrays([...jobs.keys()], { run, ...clock }))) return;
  for (const array of jobs.keys()) await closeArray(array);
}

/** Arrays whose tasks may wait or run, with the number of their job. */
type Jobs = Map<TrialArray, string>;

/** Finds the tasks of earlier calls. Arrays that have ended are closed; the others are returned. */
async function attach(open: ReadonlySet<FollowedTrial>, directory: string, queue: Queue): Promise<Jobs> {
  const byDirectory = new Map([...open].map((followed) => [resolve(followed.trial.directory), followed]));
  const active: Jobs = new Map();
  for (const array of await readArrays(directory)) {
    const tasks = [...(queue.get(array.name)?.values() ?? [])].filter(isActive);
    if (tasks.length === 0) await closeArray(array);
    for (const { index, arrayJob } of tasks) {
      active.set(array, arrayJob);
      const followed = byDirectory.get(array.directories[index] ?? '');
      if (followed?.task === null) await assign(followed, { array, index });
    }
  }
  return active;
}

interface Submitter extends LaunchInput {
  readonly jobs: Jobs;
  readonly program: string;
  /** Tasks that an array may have. */
  largest: number;
  /** When SLURM may take more jobs again, after it had too many or did not answer. */
  notBefore: number;
}

async function submitWaiting(open: Set<FollowedTrial>, submitter: Submitter): Promise<void> {
  const waiting = [...open].filter(({ task }) => task === null);
  if (waiting.length === 0 || submitter.clock.now() < submitter.notBefore) return;
  for (const { trial } of waiting) await removeTrialRecord(trial);
  for (const part of planArrays(waiting, submitter.largest)) {
    if (submitter.signal.aborted) return;
    try {
      await submitPart(part, open, submitter);
    } catch (error) {
      if (error instanceof QueueError) {
        submitter.notBefore = submitter.clock.now() + limitMilliseconds;
        const message = `SLURM does not take jobs at present: ${error.message}. They are submitted again in a minute.`;
        submitter.onEvent({ type: 'warning', trial: part[0].trial, message });
        return;
      }
      if (!(error instanceof RefusedError)) throw error;
      const others = [...open].some(({ task }) => task !== null);
      if (error.isLimit && (part.length > 1 || others)) {
        // The next call tries later, or a smaller array where there is nothing to wait for.
        if (others) submitter.notBefore = submitter.clock.now() + limitMilliseconds;
        else submitter.largest = Math.ceil(part.length / 2);
        return;
      }
      const message = `SLURM refuses the jobs of this study: ${error.message}.`.replace(/\.+$/, '.');
      if (!others) {
        throw new UserError(
          `${message} What is asked for is under slurm in ${join(submitter.directory, 'study.yaml')}.`,
          {},
          { cause: error },
        );
      }
      for (const followed of part) {
        await giveUp(followed, message, submitter);
        open.delete(followed);
      }
    }
  }
}

async function submitPart(
  part: readonly FollowedTrial[],
  open: ReadonlySet<FollowedTrial>,
  { study, directory, run, clock, jobs, program }: Submitter,
): Promise<void> {
  const { slurm: request } = study;
  const busy = new Set([...open].flatMap(({ task }) => (task === null ? [] : [task.array])));
  const array = await createArray(
    directory,
    part.map(({ trial }) => trial),
    {
      device: request.gpus > 0 ? 'gpu' : 'cpu',
      threads: request.cpus,
      script: ({ folder, name }) =>
        batchScript({
          ...{ study: study.name, name, folder, tasks: part.length, request },
          // A limit of trials at once holds within an array only.
          after: request.concurrent === null ? [] : [...busy].flatMap((other) => jobs.get(other) ?? []),
          program: [process.execPath, program],
          cache: resolve(cacheFolder()),
        }),
    },
  );
  try {
    jobs.set(array, await submit(array, run, clock.sleep));
  } catch (error) {
    await rm(array.folder, { recursive: true });
    throw error;
  }
  for (const [index, followed] of part.entries()) await assign(followed, { array, index });
}

function taskProgram(): string {
  const path = join(packageRoot(), 'dist', 'sweep', 'slurm', 'task.js');
  if (!existsSync(path)) throw new Error(`${path} is not there: masq is not built. npm run setup builds it.`);
  return path;
}

/** Asks for the queue; null while SLURM does not answer for a moment. */
function patientQueue(run: RunCommand, { now }: Clock): () => Promise<Queue | null> {
  let silentSince: number | null = null;
  return async () => {
    try {
      const queue = await readQueue(run);
      silentSince = null;
      return queue;
    } catch (error) {
      if (!(error instanceof QueueError)) throw error;
      silentSince ??= now();
      if (now() - silentSince < silenceMilliseconds) return null;
      throw new Error(
        `SLURM has not answered for ${silenceMilliseconds / 60_000} minutes: ${error.message}. The jobs of this study are left ` +
          'to it; --resume follows them again.',
        { cause: error },
      );
    }
  };
}

/** Why tasks wait, where it is not that others come first: once for each reason. */
function tellReasons(
  open: ReadonlySet<FollowedTrial>,
  queue: Queue | null,
  told: Set<string>,
  onEvent: LaunchOptions['onEvent'],
): void {
  const usual = [
    '',
    'None',
    'Resources',
    'Priority',
    'JobArrayTaskLimit',
    'BeginTime',
    'Dependency',
    'Cleaning',
    'Prolog',
  ];
  for (const { trial, task } of open) {
    const queued = task === null ? undefined : queue?.get(task.array.name)?.get(task.index);
    if (queued === undefined || !isWaiting(queued) || usual.includes(queued.reason)) continue;
    if (told.has(queued.reason)) continue;
    told.add(queued.reason);
    onEvent({ type: 'warning', trial, message: `it waits in SLURM's queue: ${queued.reason}` });
  }
}
