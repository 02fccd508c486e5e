// SLURM's commands, run as programs: nothing else of SLURM is needed, and tests can put a function in their place.
import { execFile } from 'node:child_process';
import { codeOf, UserError } from '../../shared/errors.js';

export interface CommandResult {
  /** Exit code; null where the command did not answer in time. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type RunCommand = (command: string, args: readonly string[]) => Promise<CommandResult>;

/** A controller that is restarted may take a while to answer. */
const timeoutMilliseconds = 120_000;

/**
 * Runs a command of SLURM and resolves however it ends.
 *
 * @throws UserError when there is no such command on this machine
 */
export const runCommand: RunCommand = (command, args) =>
  new Promise((resolve, reject) => {
    const options = {
      env: environment(),
      timeout: timeoutMilliseconds,
      maxBuffer: 1e9,
      encoding: 'utf8',
    } as const;
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error !== null && codeOf(error) === 'ENOENT') {
        reject(
          new UserError(
            `there is no command ${command} here. --launcher slurm needs a machine that jobs can be submitted from, ` +
              'such as a login node of the cluster; --launcher local trains on this machine.',
            {},
            { cause: error },
          ),
        );
        return;
      }
      resolve({ status: error === null ? 0 : exitCodeOf(error), stdout, stderr });
    });
  });

/** What a command complained about, in its own words and without its name before each line. */
export function complaint({ stdout, stderr }: CommandResult): string {
  const text = stderr.trim() === '' ? stdout : stderr;
  const lines = text.split('\n').map((line) => line.replace(/^\w+: (error: )?/, '').trim());
  return lines.filter((line) => line !== '').join('; ');
}

/**
 * Variables by which users set defaults of these commands would change what is asked for or hide jobs, and win over the
 * batch script. Those of `sbatch` that a study file says nothing about, such as an account, hold.
 */
function environment(): NodeJS.ProcessEnv {
  const ours =
    /^(SQUEUE_|SCANCEL_|SBATCH_(ARRAY_INX|JOB_NAME|OUTPUT|ERROR|OPEN_MODE|WAIT|SIGNAL|REQUEUE|NO_REQUEUE)$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}

function exitCodeOf(error: Error): number | null {
  return 'code' in error && typeof error.code === 'number' ? error.code : null;
}
