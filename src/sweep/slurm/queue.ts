// What SLURM knows of the tasks of job arrays.
import { userInfo } from 'node:os';
import { complaint, type RunCommand } from './command.js';

/** A task of a job array, as `squeue` lists it. */
export interface QueuedTask {
  /** The number of its array. */
  readonly arrayJob: string;
  readonly index: number;
  /** Its own number, which all commands take; tasks that have not begun share their array's. */
  readonly job: string;
  /** E.g. `PENDING`. */
  readonly state: string;
  /** Why it waits, or how it ended. */
  readonly reason: string;
}

/** Tasks by the name of their job and by their index. */
export type Queue = ReadonlyMap<string, ReadonlyMap<number, QueuedTask>>;

/**
 * The format is that of `squeue --format`, which is the same in all versions. The JSON of `squeue` is not: its states, numbers
 * and exit codes change from version to version, and `--json` lists the jobs of all users whatever else is asked for (man
 * page of 22.05).
 */
const format = '%F|%K|%A|%T|%r|%j';

/** @throws QueueError when SLURM does not answer */
export async function readQueue(run: RunCommand): Promise<Queue> {
  const result = await run('squeue', [
    ...['--noheader', '--array', '--states=all'],
    ...[`--user=${userInfo().uid}`, `--format=${format}`],
  ]);
  if (result.status !== 0) throw new QueueError(complaint(result));
  return parseQueue(result.stdout);
}

/** SLURM's controller does not answer, as when it is restarted. */
export class QueueError extends Error {
  override readonly name = 'QueueError';
}

/** Lines that are no tasks of arrays are left out. */
export function parseQueue(text: string): Queue {
  const queue = new Map<string, Map<number, QueuedTask>>();
  for (const line of text.split('\n')) {
    const fields = line.split('|');
    if (fields.length < 6) continue;
    const [arrayJob, index, job, state, reason] = fields;
    const name = fields.slice(5).join('|');
    if (!/^\d+$/.test(index)) continue;
    const tasks = queue.get(name) ?? new Map<number, QueuedTask>();
    tasks.set(Number(index), { arrayJob, index: Number(index), job, state, reason });
    queue.set(name, tasks);
  }
  return queue;
}

/** States that a task does not leave by itself; all others end or begin again. */
const ended = [
  ...['BOOT_FAIL', 'CANCELLED', 'COMPLETED', 'DEADLINE', 'FAILED', 'LAUNCH_FAILED', 'NODE_FAIL'],
  ...['OUT_OF_MEMORY', 'PREEMPTED', 'RECONFIG_FAIL', 'REVOKED', 'TIMEOUT'],
];

export function isActive({ state }: QueuedTask): boolean {
  return !ended.includes(state);
}

/** Waits to begin, for the first time or again. */
export function isWaiting({ state }: QueuedTask): boolean {
  return ['PENDING', 'REQUEUED', 'REQUEUE_HOLD', 'REQUEUE_FED', 'SPECIAL_EXIT'].includes(state);
}

/** How a task ended, as far as SLURM still knows. */
export interface TaskEnd {
  readonly exitCode: number;
  /** The number of the signal that ended it; 0 for none. */
  readonly signal: number;
  /** The node it ran on; empty where there was none. */
  readonly node: string;
}

/** Null where SLURM knows nothing of the job any more. */
export async function readTaskEnd(job: string, run: RunCommand): Promise<TaskEnd | null> {
  const { status, stdout } = await run('scontrol', ['show', 'job', '--oneliner', job]);
  return status === 0 ? parseTaskEnd(stdout) : null;
}

export function parseTaskEnd(text: string): TaskEnd | null {
  const match = / ExitCode=(\d+):(\d+)/.exec(text);
  if (match === null) return null;
  const [, exitCode, signal] = match;
  const node = / NodeList=(\S+)/.exec(text)?.[1] ?? '';
  return { exitCode: Number(exitCode), signal: Number(signal), node: node === '(null)' ? '' : node };
}

/** The largest index of a job array is one less. */
export async function readMaxArraySize(run: RunCommand): Promise<number> {
  const { stdout } = await run('scontrol', ['show', 'config']);
  // SLURM's own default.
  return Number(/^MaxArraySize\s*=\s*(\d+)/m.exec(stdout)?.[1] ?? 1001);
}
