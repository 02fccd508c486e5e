#!/usr/bin/env node
// The masq command: runs what was typed, and decides what becomes of errors, Ctrl-C and a closed pipe.
import { codeOf, messageOf, UserError } from '../shared/errors.js';
import { runCommandLine, type Execute } from './commands.js';

const exitCodes = { failed: 1, userError: 2, interrupted: 130 } as const;

let verbose = process.argv.includes('--verbose');

// `masq … | head`: the reader has gone, and nobody is left to tell.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (codeOf(error) !== 'EPIPE') throw error;
    process.exit(0);
  });
}

const interruption = new AbortController();

const execute: Execute = async ({ quiet, graceful, args, load, ...invocation }) => {
  verbose = invocation.verbose;
  // Read by TensorFlow when it is loaded.
  if (verbose) process.env.TF_CPP_MIN_LOG_LEVEL ??= '0';
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (!graceful || interruption.signal.aborted) process.exit(exitCodes.interrupted);
      interruption.abort();
    });
  }
  const { run } = await load();
  const writeError = (line: string): void => void process.stderr.write(`${line}\n`);
  await run(args, {
    quiet,
    verbose,
    signal: interruption.signal,
    out: (line) => void process.stdout.write(`${line}\n`),
    info: quiet ? () => undefined : writeError,
    warn: (message) => {
      writeError(`Warning: ${message}`);
    },
  });
};

try {
  await runCommandLine(process.argv.slice(2), execute);
  if (interruption.signal.aborted) sayInterrupted();
} catch (error) {
  if (interruption.signal.aborted && isInterruption(error)) {
    sayInterrupted();
  } else {
    const message = error instanceof UserError ? error.message : `masq: ${messageOf(error)}`;
    process.stderr.write(`${verbose && error instanceof Error ? (error.stack ?? message) : message}\n`);
    process.exitCode = error instanceof UserError ? exitCodes.userError : exitCodes.failed;
  }
}

/**
 * Whether a command ended because it was told to. Anything else, such as a disk too full for the last checkpoint, the
 * user must hear of. By name, so that `masq --help` need not load the classes.
 */
function isInterruption(error: unknown): boolean {
  return error instanceof Error && ['InterruptedError', 'AbortError'].includes(error.name);
}

function sayInterrupted(): void {
  process.stderr.write('Interrupted.\n');
  process.exitCode = exitCodes.interrupted;
}
