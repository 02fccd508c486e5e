// The masq command: in the process of the test, which is quick, or as a program of its own, as users run it.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { runProgram } from '../../src/cli/program.js';

const main = 'dist/cli/main.js';

/** What a command leaves when it has ended. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in this process, where TensorFlow is loaded once for all, with the threads of the first that needs it. */
export async function masq(...args: string[]): Promise<Ended> {
  const written = { stdout: '', stderr: '' };
  // Progress goes to the streams themselves.
  const restore = (['stdout', 'stderr'] as const).map((name) => {
    const stream = process[name];
    const write = stream.write.bind(stream);
    stream.write = (text: string | Uint8Array) => {
      written[name] += String(text);
      return true;
    };
    return () => (stream.write = write);
  });
  try {
    const status = await runProgram(args, {
      out: (text) => void process.stdout.write(text),
      error: (text) => void process.stderr.write(text),
      signal: new AbortController().signal,
      onCommand: () => undefined,
    });
    return { status, ...written };
  } finally {
    for (const undo of restore) undo();
  }
}

/** Runs masq as a process to its end. */
export function masqProcess(...args: string[]): Ended {
  const options = { encoding: 'utf8', maxBuffer: 1e9 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], options);
  return { status, stdout, stderr };
}

/** Starts masq; what it prints on standard error is kept in `stderr`. */
export function startMasq(...args: string[]): { child: ChildProcess; stderr: () => string } {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => (text += part));
  return { child, stderr: () => text };
}

/** Resolves to the exit status, or the signal that ended the process. */
export function ended(child: ChildProcess): Promise<number | NodeJS.Signals | null> {
  return new Promise((resolve) => {
    child.once('close', (status, signal) => {
      resolve(signal ?? status);
    });
  });
}

/**
 * Stops a process (SIGSTOP) at a moment when `condition` holds, so that it still holds when this returns.
 * Resolves to false when the process ended before.
 */
export async function stopWhen(child: ChildProcess, condition: () => boolean): Promise<boolean> {
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) return false;
    if (condition()) {
      child.kill('SIGSTOP');
      if (isStopped(child) && condition()) return true;
      child.kill('SIGCONT');
    }
    // Often enough, and yet the processor is free for the process.
    await setTimeout(1);
  }
}

/** Waits for the signal to arrive, which is on its way for a moment; false when the process has ended instead. */
function isStopped({ pid }: ChildProcess): boolean {
  for (;;) {
    // `<pid> (<name>) <state> …`, as Linux tells it.
    const state = /\) (\w)/.exec(readFileSync(`/proc/${pid ?? ''}/stat`, 'utf8'))?.[1];
    if (state === 'T') return true;
    if (state === 'Z') return false;
  }
}

/** Files and folders in `checkpoints/`, sorted. */
export function checkpointEntries(run: string): string[] {
  const folder = join(run, 'checkpoints');
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

/** The folder that `best` or `last` names. */
export function checkpointFolder(run: string, name: 'best' | 'last'): string {
  return join(run, 'checkpoints', readFileSync(join(run, 'checkpoints', name), 'utf8').trim());
}

/** Lines of `metrics.jsonl`. */
export function metricsLines(run: string): Record<string, unknown>[] {
  const path = join(run, 'metrics.jsonl');
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/**
 * Every file of a run by its path, but for environment.json; fields that tell time and memory and the run's id are taken
 * out, weights are in full.
 */
export function contentsOf(run: string): Record<string, string> {
  const files = readdirSync(run, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name !== 'environment.json',
  );
  const timed =
    /"(seconds|trainSeconds|waitSeconds|stepsPerSecond|captureSeconds|peakResidentBytes|runId)": ?("[^"]*"|[-+.\de]+)/g;
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(run.length + 1), readFileSync(path, 'latin1').replace(timed, '"$1": …')];
    }),
  );
}
