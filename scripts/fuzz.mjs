// Fuzzes the readers of data files: files of every format, taken from the data in the repository and damaged at random (seeded), have to
// give recordings or problems: no crash, no hang, no stack trace, bounded memory, and nothing other than what a second, plain reader
// finds in what is accepted. `npm run fuzz` reads 10,000 of each kind; `--cases N`, `--seed N` and `--kinds a,b` change that, and
// `--show kind:number` keeps one damaged file and says what is read.
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { kinds } from './fuzz/kinds.mjs';

/** Seconds in which a case must be done, with other programs running; of processor time it may take 2. */
const PATIENCE = 20;

/** The largest resident memory of a process that reads all cases of a kind, in MiB. */
const MOST_MEMORY = 512;

const child = join(dirname(fileURLToPath(import.meta.url)), 'fuzz', 'child.mjs');
const { values: options } = parseArgs({
  options: {
    cases: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    kinds: { type: 'string', default: Object.keys(kinds).join(',') },
    show: { type: 'string' },
  },
});

if (options.show !== undefined) {
  const [kind, number] = options.show.split(':');
  await finished(start(kind, { from: Number(number), to: Number(number) + 1, show: true }));
} else {
  const waiting = options.kinds.split(',');
  const failures = [];
  const worker = async () => {
    for (let kind = waiting.shift(); kind !== undefined; kind = waiting.shift())
      failures.push(...(await fuzz(kind)));
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker));
  for (const failure of failures) console.log(failure);
  console.log(failures.length === 0 ? 'No failures.' : `${failures.length} failures.`);
  process.exitCode = failures.length === 0 ? 0 : 1;
}

function start(kind, task) {
  if (kinds[kind] === undefined)
    throw new Error(`no kind ${kind}; expected ${Object.keys(kinds).join(', ')}`);
  const process = fork(child, { execArgv: [`--max-old-space-size=${MOST_MEMORY}`] });
  process.send({ kind, seed: Number(options.seed), ...task });
  return process;
}

function finished(process) {
  return new Promise((resolve) => process.on('close', (code, signal) => resolve(signal ?? code)));
}

/** Runs all cases of a kind, the rest in a new process after a crash or a hang, and prints what came of them. */
async function fuzz(kind) {
  const began = performance.now();
  const cases = Number(options.cases);
  const failures = [];
  const total = { accepted: 0, refused: 0, compared: 0, slowest: 0, memory: 0 };
  for (let at = 0; at < cases && failures.length < 20;) {
    const process = start(kind, { from: at, to: cases });
    let done = false;
    let hung = false;
    const hang = setTimeout(() => {
      hung = true;
      process.kill('SIGKILL');
    }, PATIENCE * 1000);
    process.on('message', (message) => {
      hang.refresh();
      if (message.at !== undefined) at = message.at;
      if (message.failure !== undefined) failures.push(`${kind}:${at}: ${message.failure}`);
      if (message.total === undefined) return;
      done = true;
      at = cases;
      for (const key of ['accepted', 'refused', 'compared']) total[key] += message.total[key];
      for (const key of ['slowest', 'memory']) total[key] = Math.max(total[key], message.total[key]);
    });
    const end = await finished(process);
    clearTimeout(hang);
    if (!done)
      failures.push(`${kind}:${at++}: ${hung ? `hangs for ${PATIENCE} s` : `ends the process (${end})`}`);
  }
  if (total.memory > MOST_MEMORY) failures.push(`${kind}: takes ${total.memory} MiB`);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(
    `${kind.padEnd(14)} ${total.accepted} accepted, of which ${total.compared} compared; ${total.refused} refused; ` +
      `slowest ${total.slowest.toFixed(2)} s, ${total.memory} MiB; ${seconds} s`,
  );
  return failures;
}
