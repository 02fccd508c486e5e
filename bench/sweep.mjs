// Studies: how many times faster one worker a processor is than one worker, all with one thread a trial, and what a trial costs
// beyond its training. The commands are those that users type.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { summarize } from './statistics.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const base = 'configs/japanese-vowels-fcn-se.yaml';

/**
 * @param folder where studies go; they are removed
 * @param settings `{trials, epochs, rounds}`
 * @returns seconds of each study, `speedup` of the medians, and means over the trials of the single worker
 */
export async function measureSweep(folder, workers, { trials, epochs, rounds }, report = () => undefined) {
  const file = join(folder, 'study.json');
  await writeFile(file, JSON.stringify({ name: 'bench', base, seeds: trials }));
  const one = [];
  const many = [];
  for (let round = 0; round < rounds; round++) {
    report(round / rounds, 'one worker');
    one.push(await runStudy(file, folder, 1, epochs));
    report((round + 0.5) / rounds, `${workers} workers`);
    many.push(await runStudy(file, folder, workers, epochs));
  }
  const middle = (runs) => summarize(runs.map(({ seconds }) => seconds)).median;
  const mean = (what) => one.reduce((sum, run) => sum + run[what], 0) / (rounds * trials);
  return {
    ...{ base, trials, epochs, workers },
    seconds: { one: one.map(({ seconds }) => seconds), many: many.map(({ seconds }) => seconds) },
    speedup: middle(one) / middle(many),
    overheadSeconds: mean('seconds') - mean('trainSeconds'),
    captureSeconds: mean('captureSeconds'),
    trainSeconds: mean('trainSeconds'),
  };
}

/** The time of a whole command, and sums over its trials: of the epochs with their validation, and of recording steps. */
async function runStudy(file, folder, workers, epochs) {
  const study = await mkdtemp(join(folder, 'study-'));
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [
      ...['dist/cli/main.js', 'sweep', file, `base.train.epochs=${epochs}`, '--study-dir', study],
      ...['--workers', `${workers}`, '--threads', '1', '--device', 'cpu', '--quiet'],
    ],
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const [status] = await once(child, 'close');
  const seconds = (performance.now() - began) / 1000;
  if (status !== 0) throw new Error(`masq sweep ended with exit code ${status}.`);
  const cells = join(study, 'trials');
  const runs = readdirSync(cells).flatMap((cell) =>
    readdirSync(join(cells, cell)).map((seed) => join(cells, cell, seed)),
  );
  const trainSeconds = sum(runs.map(secondsOfEpochs));
  const captureSeconds = sum(
    runs.map((run) => JSON.parse(readFileSync(join(run, 'result.json'), 'utf8')).timing.captureSeconds),
  );
  rmSync(study, { recursive: true });
  return { seconds, trainSeconds, captureSeconds };
}

function secondsOfEpochs(run) {
  const lines = readFileSync(join(run, 'metrics.jsonl'), 'utf8').trim().split('\n');
  return sum(lines.map((line) => JSON.parse(line).seconds));
}

function sum(values) {
  return values.reduce((a, b) => a + b, 0);
}
