// Ends the jobs of a study from the submitting side: those that wait go at once, those that run write a checkpoint first.
import type { TrialArray } from './arrays.js';
import type { RunCommand } from './command.js';
import { isActive, isWaiting, QueueError, readQueue, type QueuedTask } from './queue.js';

export interface CancelOptions {
  readonly run: RunCommand;
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** A task has so long for its checkpoint; then SLURM kills it. */
const graceMilliseconds = 60_000;
/** Where SLURM does not answer, its jobs are left to it. */
const patienceMilliseconds = 180_000;

/** Resolves to whether all tasks have ended. */
export async function cancelArrays(
  arrays: readonly TrialArray[],
  { run, now, sleep }: CancelOptions,
): Promise<boolean> {
  const told = new Set<string>();
  const begun = now();
  while (now() - begun < patienceMilliseconds) {
    const tasks = await activeTasks(arrays, run);
    if (tasks?.length === 0) return true;
    if (tasks !== null) await end(tasks, { run, told, kill: now() - begun > graceMilliseconds });
    await sleep(1000);
  }
  return false;
}

async function end(
  tasks: readonly QueuedTask[],
  { run, told, kill }: { run: RunCommand; told: Set<string>; kill: boolean },
): Promise<void> {
  const jobs = [...new Set(tasks.map(({ arrayJob }) => arrayJob))];
  if (kill) {
    await run('scancel', jobs);
    return;
  }
  if (tasks.some(isWaiting)) await run('scancel', ['--state=PENDING', ...jobs]);
  const running = tasks.filter(({ state, job }) => state === 'RUNNING' && !told.has(job));
  // By their own numbers: by those of their array, scancel of 22.05 sends the signal again and again.
  const numbers = running.map(({ job }) => job);
  for (const number of numbers) told.add(number);
  if (numbers.length > 0) await run('scancel', ['--signal=TERM', '--batch', ...numbers]);
}

async function activeTasks(arrays: readonly TrialArray[], run: RunCommand): Promise<QueuedTask[] | null> {
  try {
    const queue = await readQueue(run);
    return arrays.flatMap(({ name }) => [...(queue.get(name)?.values() ?? [])]).filter(isActive);
  } catch (error) {
    if (error instanceof QueueError) return null;
    throw error;
  }
}
