// Runs another program to its end and keeps what it says.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { codeOf } from '../shared/errors.js';

/** How a program ended. `output` is its standard output and error together, in the order they came. */
export interface CommandResult {
  /** The exit status; null when a signal ended it. */
  status: number | null;
  signal: NodeJS.Signals | null;
  output: string;
}

export interface CommandOptions {
  /** Added to this process's environment. */
  environment?: Record<string, string>;
  /** Ends the program when aborted. */
  signal?: AbortSignal | undefined;
  /** Hears the output so far whenever some arrives. */
  onOutput?: (output: string) => void;
}

/**
 * Runs `program` without a shell and with nothing on its standard input. Throws an error with `code` `ENOENT` where
 * there is no such program, and the signal's reason when aborted.
 */
export async function runCommand(
  program: string,
  args: readonly string[],
  { environment = {}, signal, onOutput }: CommandOptions = {},
): Promise<CommandResult> {
  signal?.throwIfAborted();
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
    // A process group of its own, to end what the program has started along with it.
    detached: true,
  });
  const end = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    } catch (error) {
      // The program has just ended by itself.
      if (codeOf(error) !== 'ESRCH') throw error;
    }
  };
  signal?.addEventListener('abort', end, { once: true });
  try {
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        onOutput?.(output);
      });
    }
    const [status, endedBy] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    signal?.throwIfAborted();
    return { status, signal: endedBy, output };
  } finally {
    signal?.removeEventListener('abort', end);
  }
}

/** The last `count` lines with text in them, for an error message. */
export function lastLines(text: string, count: number): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-count).join('\n');
}
