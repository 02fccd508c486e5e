// The share of time in which a graphics card computes, as nvidia-smi samples it while something runs.
import { spawn } from 'node:child_process';

/** Milliseconds between samples; nvidia-smi itself averages over a sixth of a second or more. */
const interval = 200;

/**
 * @param card the UUID of a card
 * @param action what to run meanwhile
 * @returns the mean share of samples, from 0 to 1; null where nvidia-smi gives none
 */
export async function busyShare(card, action, program = 'nvidia-smi') {
  const query = ['--query-gpu=utilization.gpu', '--format=csv,noheader,nounits'];
  const child = spawn(program, [...query, `--id=${card}`, `--loop-ms=${interval}`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part) => (text += part));
  const ended = new Promise((resolve) => {
    child.on('error', resolve);
    child.on('close', resolve);
  });
  try {
    await action();
  } finally {
    child.kill();
    await ended;
  }
  return meanShare(text);
}

/** The mean of percentages, one a line; null without any. What is being written when nvidia-smi ends is left out. */
export function meanShare(text) {
  const shares = text
    .split('\n')
    .slice(0, -1)
    .filter((line) => /^\s*\d+\s*$/.test(line))
    .map((line) => Number(line) / 100);
  return shares.length === 0 ? null : shares.reduce((sum, share) => sum + share, 0) / shares.length;
}
