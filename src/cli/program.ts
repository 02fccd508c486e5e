// The masq command within a process: runs what was typed, says what went wrong, and gives the exit code.
import { messageOf, UserError } from '../shared/errors.js';
import { runCommandLine, type Execute } from './commands.js';

export const exitCodes = { succeeded: 0, failed: 1, userError: 2, interrupted: 130 } as const;

/** What the process gives a command. */
export interface Terminal {
  /** Standard output and standard error. */
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  /** Aborted when the command shall end, in good order. */
  readonly signal: AbortSignal;
  /** Called before the command runs; `graceful` as `Invocation` has it. */
  readonly onCommand: (command: { graceful: boolean; verbose: boolean }) => void;
}

/** Runs a command line to its end and gives its exit code. Never throws. */
export async function runProgram(typed: readonly string[], terminal: Terminal): Promise<number> {
  const { signal } = terminal;
  const writeError = (line: string): void => {
    terminal.error(`${line}\n`);
  };
  const interrupted = (): number => {
    writeError('Interrupted.');
    return exitCodes.interrupted;
  };
  let verbose = typed.includes('--verbose');
  const execute: Execute = async ({ quiet, graceful, args, load, ...invocation }) => {
    ({ verbose } = invocation);
    terminal.onCommand({ graceful, verbose });
    const { run } = await load();
    await run(args, {
      quiet,
      verbose,
      signal,
      out: (line) => {
        terminal.out(`${line}\n`);
      },
      info: quiet ? () => undefined : writeError,
      warn: (message) => {
        writeError(`Warning: ${message}`);
      },
    });
  };
  try {
    await runCommandLine(typed, execute);
    return signal.aborted ? interrupted() : exitCodes.succeeded;
  } catch (error) {
    if (signal.aborted && isInterruption(error)) return interrupted();
    const message = error instanceof UserError ? error.message : `masq: ${messageOf(error)}`;
    writeError(verbose && error instanceof Error ? (error.stack ?? message) : message);
    return error instanceof UserError ? exitCodes.userError : exitCodes.failed;
  }
}

/**
 * Whether a command ended because it was told to. Anything else, such as a disk too full for the last checkpoint, the
 * user must hear of. By name, so that `masq --help` need not load the classes.
 */
function isInterruption(error: unknown): boolean {
  return error instanceof Error && ['InterruptedError', 'AbortError'].includes(error.name);
}
