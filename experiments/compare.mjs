// Two values of one key of a config, over seeds 1 to 5: what they do to test metrics and time. Run after `npm start`:
//
//   node experiments/compare.mjs configs/japanese-vowels-fcn-se.yaml train.lengthBuckets none auto
//   node experiments/compare.mjs configs/japanese-vowels-fcn-se.yaml train.precision float32 bfloat16 train.batchSize=16
//
// Further arguments are overrides for all runs. Runs that are finished are not trained again. The table has mean ±
// standard deviation, and the difference of the means ± its standard error.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { basename } from 'node:path';

const [, , config, key, first, second, ...overrides] = process.argv;
if (second === undefined) {
  console.error('Usage: node experiments/compare.mjs CONFIG KEY VALUE VALUE [OVERRIDE ...]');
  process.exit(2);
}
const seeds = [1, 2, 3, 4, 5];
const results = [first, second].map((value) => seeds.map((seed) => train(value, seed)));
const rows = [
  ['padding', ({ batches }) => batches.paddingShare],
  ['test accuracy', ({ test }) => test.accuracy],
  ['test log loss', ({ test }) => test.logLoss],
  ['training seconds', ({ timing }) => timing.trainSeconds],
];
const show = (mean, spread) => `${mean.toFixed(4)} ± ${spread.toFixed(4)}`;
console.log([key, first, second, 'difference'].map((cell) => cell.padEnd(20)).join(''));
for (const [name, value] of rows) {
  const [a, b] = results.map((runs) => moments(runs.map(value)));
  const error = Math.sqrt((a.sd ** 2 + b.sd ** 2) / seeds.length);
  const cells = [show(a.mean, a.sd), show(b.mean, b.sd), show(b.mean - a.mean, error)];
  console.log([name, ...cells].map((cell) => cell.padEnd(20)).join(''));
}

function train(value, seed) {
  const settings = [`${key}=${value}`, ...overrides];
  const name = [basename(config, '.yaml'), ...settings].join(',').replaceAll('/', '-');
  const directory = `runs/compare/${name}/${seed}`;
  if (!existsSync(`${directory}/result.json`)) {
    rmSync(directory, { recursive: true, force: true });
    const options = ['--run-dir', directory, '--quiet'];
    const args = ['bin/masq.js', 'train', config, `seed=${seed}`, ...settings, ...options];
    const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) process.exit(status ?? 1);
  }
  return JSON.parse(readFileSync(`${directory}/result.json`, 'utf8'));
}

/** Mean and sample standard deviation. */
function moments(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: Math.sqrt(squares / (values.length - 1)) };
}
