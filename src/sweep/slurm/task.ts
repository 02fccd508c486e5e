// A task of a job array, as the batch script starts it on a node: trains one trial. `node task.js <array folder> <index>`.
// What it prints is its log. Exit code 0: there is nothing left to do; 1: it failed and may be tried again.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../../shared/errors.js';
import { exitCodes, leaseFolder } from './protocol.js';

/** Aborted when the task is to write a checkpoint and end. */
const end = new AbortController();
let again = false;
// SLURM sends it when time is nearly over or when another job needs the node. (USR1 would start Node's debugger.)
process.on('SIGUSR2', () => {
  again = true;
  end.abort();
});
// `scancel`, the end of its time, or pre-emption: SLURM knows whether the task is to run again.
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    end.abort();
  });
}

try {
  process.exitCode = await run(process.argv[2], Number(process.argv[3]));
} catch (error) {
  if (end.signal.aborted && error instanceof Error && error.name === 'AbortError') {
    process.exitCode = await interrupted();
  } else {
    say(messageOf(error));
    process.exitCode = exitCodes.failed;
  }
}
// A program or module of the config may have left something open.
process.exit();

async function run(folder: string, index: number): Promise<number> {
  // Only now, so that a signal that comes while TensorFlow.js is loaded is heard.
  const [{ importModules, resolveConfig }, { runTrial }, { readTaskList }, { acquireLease, keepRenewing }] =
    await Promise.all([
      import('../../train/index.js'),
      import('../run/runTrial.js'),
      import('./arrays.js'),
      import('../run/lease.js'),
    ]);
  if (!existsSync(join(folder, 'tasks.json'))) {
    say('This array has been given up; another one trains the trial.');
    return exitCodes.done;
  }
  const { device, threads, tasks } = await readTaskList(folder);
  const task = tasks.at(index);
  if (task === undefined) throw new Error(`${folder} has no task ${index}.`);
  const study = resolve(folder, '..', '..');
  say(`Trial ${task.cell}, seed ${task.seed}, on ${process.env.SLURMD_NODENAME ?? 'this machine'}.`);
  await importModules(task.config);
  const trial = { directory: join(study, task.directory), config: resolveConfig(task.config) };
  const lease = await acquireLease(leaseFolder(study, task), {
    signal: end.signal,
    onHeld: (holder) => {
      say(`Waiting for process ${holder?.pid ?? '?'} on ${holder?.host ?? '?'}, which trains this trial.`);
    },
  });
  keepRenewing(lease, () => {
    say('Another task has taken this trial over.');
    process.exit(exitCodes.failed);
  });
  const outcome = await runTrial(trial, {
    ...{ device, threads, signal: end.signal },
    // Whether it is tried again after a failure that may pass is for the sweep to say.
    ...{ attempt: 1, attempts: Infinity },
    onStart: ({ epochsDone }) => {
      say(epochsDone === 0 ? 'Training.' : `Training, after epoch ${epochsDone}.`);
    },
    onWarning: (warning) => {
      say(`Warning: ${warning}`);
    },
  });
  await lease.release();
  if (outcome.status === 'interrupted') return interrupted();
  say(outcome.status === 'failed' ? outcome.message : 'Finished.');
  if (outcome.status !== 'failed') return exitCodes.done;
  if (outcome.diskFull) return exitCodes.diskFull;
  return outcome.retry ? exitCodes.failed : exitCodes.done;
}

/** Asks SLURM to run the task again where it was told to make room. */
async function interrupted(): Promise<number> {
  say('Interrupted.');
  const job = process.env.SLURM_JOB_ID;
  if (!again || job === undefined) return exitCodes.terminated;
  try {
    await promisify(execFile)('scontrol', ['requeue', job]);
  } catch (error) {
    say(`SLURM does not requeue this task: ${messageOf(error)}`);
  }
  return exitCodes.requeue;
}

function say(text: string): void {
  process.stdout.write(`${new Date().toISOString().slice(0, 19)} ${text}\n`);
}
