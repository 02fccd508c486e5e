#!/usr/bin/env node
// The masq command: its streams, Ctrl-C and a closed pipe. What it does is in program.ts.
import { codeOf } from '../shared/errors.js';
import { exitCodes, runProgram } from './program.js';

// `masq … | head`: the reader has gone, and nobody is left to tell.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (codeOf(error) !== 'EPIPE') throw error;
    process.exit(0);
  });
}

const interruption = new AbortController();

process.exitCode = await runProgram(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
  signal: interruption.signal,
  onCommand: ({ graceful, verbose }) => {
    // Read by TensorFlow when it is loaded.
    if (verbose) process.env.TF_CPP_MIN_LOG_LEVEL ??= '0';
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (!graceful || interruption.signal.aborted) process.exit(exitCodes.interrupted);
        interruption.abort();
      });
    }
  },
});
