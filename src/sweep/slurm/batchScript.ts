// The script that `sbatch` is given for an array of trials: what is asked for, readable, and one line that trains a trial.
import { join } from 'node:path';
import { UserError } from '../../shared/errors.js';
import type { SlurmRequest } from '../study/study.js';

export interface BatchScriptInput {
  readonly study: string;
  /** Of the job, unique among all jobs of the user. */
  readonly name: string;
  /** Of the array; holds the script, the list of its trials and their logs. */
  readonly folder: string;
  readonly tasks: number;
  readonly request: SlurmRequest;
  /** Arrays, by number, that must have ended before this one begins. */
  readonly after: readonly string[];
  /** The program that trains a task: Node, and the file that it runs. */
  readonly program: readonly [node: string, entry: string];
  /** Where masq keeps TensorFlow. */
  readonly cache: string;
}

/** Seconds before the end of its time, or before it is pre-empted, at which a task is told to write a checkpoint. */
const secondsBeforeEnd = 60;

/** @throws UserError when an option of the study is one that masq must set itself */
export function batchScript(input: BatchScriptInput): string {
  const { study, name, folder, tasks, request, after, program, cache } = input;
  checkOptions(request.options);
  const { partition, time, memory, cpus, gpus, concurrent } = request;
  const limit = concurrent === null ? '' : `%${concurrent}`;
  const options = [
    ...(partition === null ? [] : [`--partition=${partition}`]),
    ...(time === null ? [] : [`--time=${time}`]),
    ...(memory === null ? [] : [`--mem=${memory}`]),
    '--nodes=1',
    '--ntasks=1',
    `--cpus-per-task=${cpus}`,
    ...(gpus === 0 ? [] : [`--gres=gpu:${gpus}`]),
    '--requeue',
    `--signal=B:USR2@${secondsBeforeEnd}`,
    // The last of two options of one kind holds: those of the study may change what is above, and nothing below.
    ...request.options,
    `--job-name=${quoted(name)}`,
    `--array=0-${tasks - 1}${limit}`,
    ...(after.length === 0 ? [] : [`--dependency=afterany:${after.join(':')}`]),
    `--output=${quoted(join(folder, '%a.log').replace(/%(?!a\.log$)/g, '%%'))}`,
    '--open-mode=append',
  ];
  return [
    '#!/bin/bash',
    `# Trains trials of the study ${study}, those of tasks.json beside this file, each in a task of a job array.`,
    ...options.map((option) => `#SBATCH ${option}`),
    '',
    `export MASQ_CACHE=${forShell(cache)}`,
    '# In place of the shell, so that signals reach it.',
    `exec ${[...program, folder].map(forShell).join(' ')} "$SLURM_ARRAY_TASK_ID"`,
    '',
  ].join('\n');
}

/** By which tasks are found again, and what a task relies on. */
const reserved = {
  '--array': '-a',
  '--job-name': '-J',
  '--output': '-o',
  '--error': '-e',
  '--open-mode': undefined,
  '--dependency': '-d',
  '--wait': '-W',
  '--wrap': undefined,
  '--ntasks': '-n',
};

function checkOptions(options: readonly string[]): void {
  for (const option of options) {
    const found = Object.entries(reserved).find(
      ([long, short]) =>
        option.split(/[= ]/, 1)[0] === long ||
        (short !== undefined && option.startsWith(short) && !option.startsWith('--')),
    );
    if (found === undefined) continue;
    throw new UserError(
      `slurm.options holds ${option}, and masq sets ${found[0]} itself: it finds its jobs and their logs by it. Leave it out.`,
    );
  }
}

/** As `sbatch` reads the lines of a script. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function forShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
