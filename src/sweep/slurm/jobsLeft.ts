// Jobs that an earlier call of `masq sweep --launcher slurm` left behind, for those who want to train their trials otherwise.
import { existsSync } from 'node:fs';
import { counted } from '../../shared/counted.js';
import { UserError } from '../../shared/errors.js';
import { readArrays, slurmFolder } from './arrays.js';
import { runCommand, type RunCommand } from './command.js';
import { isActive, readQueue } from './queue.js';

/**
 * Checks that no job of a study waits or runs.
 *
 * @throws UserError when one does, or when jobs were submitted and SLURM cannot be asked
 */
export async function checkNoJobsLeft(directory: string, run: RunCommand = runCommand): Promise<void> {
  const arrays = existsSync(slurmFolder(directory)) ? await readArrays(directory) : [];
  if (arrays.length === 0) return;
  const what = 'Go on with --launcher slurm, which follows them, or cancel them by Ctrl-C there.';
  let queue;
  try {
    queue = await readQueue(run);
  } catch (error) {
    throw new UserError(
      `jobs of this study were submitted to SLURM, and SLURM cannot be asked here whether they still run. ${what} ` +
        `If none does, remove ${slurmFolder(directory)}.`,
      { file: directory },
      { cause: error },
    );
  }
  const tasks = arrays.flatMap(({ name }) => [...(queue.get(name)?.values() ?? [])]).filter(isActive);
  if (tasks.length === 0) return;
  throw new UserError(
    `${counted(tasks.length, 'job')} of this study ${tasks.length === 1 ? 'waits or runs' : 'wait or run'} on SLURM. ${what}`,
    {
      file: directory,
    },
  );
}
