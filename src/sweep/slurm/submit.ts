// Hands a job array to SLURM, once, even when SLURM's answer is lost.
import { complaint, type RunCommand } from './command.js';
import { scriptOf, type TrialArray } from './arrays.js';
import { QueueError, readQueue } from './queue.js';

/** SLURM does not take a job. The message is what it says. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';

  /** It has as many jobs of the user as it takes, and may take this one later or a smaller one now. */
  get isLimit(): boolean {
    return /limit|MaxJobCount|too many/i.test(this.message);
  }
}

const tries = 5;

/**
 * @returns the number of the job
 * @throws RefusedError
 * @throws QueueError when SLURM does not answer for half a minute
 */
export async function submit(
  array: TrialArray,
  run: RunCommand,
  sleep: (milliseconds: number) => Promise<void>,
): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const result = await run('sbatch', ['--parsable', scriptOf(array)]);
    const job = /^(\d+)(?:;|$)/m.exec(result.stdout)?.[1];
    if (result.status === 0 && job !== undefined) return job;
    const words = complaint(result);
    // The controller may have taken the job before the connection broke.
    const lost = result.status === null || /time(d)? ?out|unable to contact|communication/i.test(words);
    if (!lost) throw new RefusedError(words);
    if (attempt === tries) throw new QueueError(words === '' ? 'sbatch does not answer' : words);
    await sleep(1000 * 2 ** attempt);
    const found = await jobOf(array, run);
    if (found !== null) return found;
  }
}

async function jobOf({ name }: TrialArray, run: RunCommand): Promise<string | null> {
  try {
    const tasks = [...((await readQueue(run)).get(name)?.values() ?? [])];
    return tasks.at(0)?.arrayJob ?? null;
  } catch (error) {
    if (error instanceof QueueError) return null;
    throw error;
  }
}
