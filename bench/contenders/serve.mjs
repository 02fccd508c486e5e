// The contender's side of the protocol in Node: a request a line on standard input, an answer a line on standard
// output, one after the other, until standard input closes.
import { Console } from 'node:console';
import { readFileSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** Thrown by a contender that cannot take part here, with the reason as its message. */
export class Unavailable extends Error {}

/**
 * Answers `{"command": name, …}` with what `commands[name]` returns: `{"answer": …}`, or `{"unavailable": reason}`, or
 * `{"error": message}`.
 */
export async function serve(commands) {
  // Standard output belongs to the protocol, whatever a library prints.
  globalThis.console = new Console(process.stderr);
  for await (const line of createInterface({ input: process.stdin })) {
    const { command, ...request } = JSON.parse(line);
    writeSync(1, `${JSON.stringify(await answer(commands[command], request))}\n`);
  }
  process.exit();
}

async function answer(command, request) {
  try {
    return { answer: await command(request) };
  } catch (error) {
    if (error instanceof Unavailable) return { unavailable: error.message };
    console.error(error);
    return { error: `${error.name}: ${error.message}` };
  }
}

/**
 * Largest and present resident memory of this process in bytes; null where the system does not tell. Under
 * `--expose-gc` garbage of JavaScript is collected first.
 */
export function memory() {
  globalThis.gc?.();
  let text;
  try {
    text = readFileSync('/proc/self/status', 'utf8');
  } catch {
    return { peakBytes: null, residentBytes: null };
  }
  const bytes = (name) => Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(text)[1]) * 1024;
  return { peakBytes: bytes('VmHWM'), residentBytes: bytes('VmRSS') };
}

/** Steps one after the other, timed together; `step(n)` makes the n-th step from `first` on, `finish` reads the loss. */
export async function timeSteps(steps, first, step, finish) {
  const start = performance.now();
  for (let i = 0; i < steps; i++) await step(first + i);
  const loss = await finish();
  return { steps, milliseconds: performance.now() - start, loss };
}
