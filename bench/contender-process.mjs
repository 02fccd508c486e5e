// A contender is a process of its own that lives as long as it is measured. A request goes to its standard input as a
// line of JSON, and the answer comes from its standard output as another; there is one request at a time.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A contender says that it cannot take part here, and why. */
export class Unavailable extends Error {}

/**
 * Starts a contender.
 *
 * @returns `ask(command, request)`, which resolves to the answer and rejects with `Unavailable`, or with an Error when
 *   the command failed, the process ended or it spoke something else; `close()`, which ends the process; `startedAt`
 */
export function startContender({ program, args, env = {} }) {
  const startedAt = performance.now();
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let problems = '';
  let pending = null;
  let failure = null;
  const settle = (how, value) => {
    pending?.[how](value);
    pending = null;
  };
  child.stderr.setEncoding('utf8').on('data', (text) => (problems = (problems + text).slice(-4000)));
  // A process that has ended closes its end; what it said on standard error tells why.
  child.stdin.on('error', () => undefined);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = parse(line);
    if (said === null) {
      failure ??= new Error(`${args[0]} wrote a line that is not JSON: ${line.slice(0, 200)}`);
      return settle('reject', failure);
    }
    const { answer, unavailable, error } = said;
    if (answer !== undefined) settle('resolve', answer);
    else if (unavailable !== undefined) settle('reject', new Unavailable(unavailable));
    else settle('reject', new Error(`${error}\n${problems.trim()}`));
  });
  const ended = new Promise((resolve) => {
    const end = (reason) => {
      failure ??= new Error(`${program} ${args[0]} ${reason}\n${problems.trim()}`);
      settle('reject', failure);
      resolve();
    };
    child.on('error', (error) => end(`does not start: ${error.message}`));
    child.on('close', (code, signal) => end(`ended with ${signal ?? `code ${code}`}.`));
  });
  return {
    startedAt,
    ask: (command, request = {}) =>
      new Promise((resolve, reject) => {
        if (failure !== null) return reject(failure);
        pending = { resolve, reject };
        child.stdin.write(`${JSON.stringify({ command, ...request })}\n`);
      }),
    close: () => {
      child.stdin.end();
      return ended;
    },
  };
}

function parse(line) {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
