// Why a task ended without a result, in words, and whether another try may help.
import { codeOf } from '../../shared/errors.js';
import { readTail } from '../../shared/node/files.js';
import { exitCodes } from './protocol.js';
import type { QueuedTask, TaskEnd } from './queue.js';

export interface EndOfTask {
  readonly message: string;
  readonly retry: boolean;
  readonly diskFull: boolean;
}

/**
 * @param task null where SLURM knows nothing of it any more
 * @param words the last lines of its log
 */
export function describeEnd(task: QueuedTask | null, end: TaskEnd | null, words: string): EndOfTask {
  const name = task === null ? 'The job of the trial' : `SLURM job ${task.arrayJob}_${task.index}`;
  const node = end === null || end.node === '' ? '' : ` on ${end.node}`;
  const said = words === '' ? '' : ` Its log ends: ${words}`;
  const advice = {
    OUT_OF_MEMORY: ' Ask for more with slurm.memory.',
    TIMEOUT: ' Ask for more with slurm.time.',
  };
  const hint = Object.entries(advice).find(([state]) => state === task?.state)?.[1] ?? '';
  return {
    message: `${name}${node} ${howItEnded(task, end)}.${hint}${said}`,
    // Somebody wanted it not to run, or it would need as much memory again.
    retry: !['CANCELLED', 'OUT_OF_MEMORY'].includes(task?.state ?? ''),
    diskFull: end?.exitCode === exitCodes.diskFull,
  };
}

function howItEnded(task: QueuedTask | null, end: TaskEnd | null): string {
  if (task === null) return 'is gone without a result';
  const parts = [
    ...(task.reason === '' || task.reason === 'None' ? [] : [task.reason]),
    ...(end === null || end.exitCode === 0 ? [] : [`exit code ${end.exitCode}`]),
    ...(end === null || end.signal === 0 ? [] : [`signal ${end.signal}`]),
  ];
  return `ended as ${task.state}${parts.length === 0 ? '' : ` (${parts.join(', ')})`} without a result`;
}

/** The last few lines of a log, as one, without their times. */
export async function lastWords(log: string): Promise<string> {
  let text: string;
  try {
    text = await readTail(log, 2000);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
  const lines = text.split('\n').map((line) => line.replace(/^\d{4}-\d\d-\d\dT[\d:]{8} /, '').trim());
  return lines
    .filter((line) => line !== '')
    .slice(-3)
    .join(' ');
}
