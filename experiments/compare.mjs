// Two values of one key of a config, over seeds 1 to 5: what they do to test metrics and time. Run after `npm start`:
//
//   node experiments/compare.mjs configs/japanese-vowels-fcn-se.yaml train.lengthBuckets none auto
//   node experiments/compare.mjs configs/japanese-vowels-fcn-se.yaml train.precision float32 bfloat16
//
// The values take turns, seed by seed, and each goes first every other time, so that whatever else the machine does
// meets both. The table has mean ± standard deviation, the difference of the means ± its standard error, and of times
// the mean over the seeds of the ratio of the second to the first ± its standard error. A pair of runs is trained again
// unless both are there, of this config and this commit.
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { assertConfig, fail, isThatRun, moments, readArguments, trainOnce } from './shared.mjs';

const usage = `Usage: node experiments/compare.mjs CONFIG KEY VALUE VALUE [OVERRIDE ...] [--fresh]

KEY is a key of a config such as train.precision, OVERRIDE a key.path=value for all runs; --fresh trains all of them.`;

const { fresh, positionals } = readArguments(usage);
const [config, key, first, second, ...overrides] = positionals;
if (second === undefined) fail(`Four arguments are needed, and these are ${positionals.length}.`, usage);
if (!existsSync(config)) fail(`There is no config ${config}.`, usage);
if (!/^[a-zA-Z]+(\.[a-zA-Z]+)*$/.test(key))
  fail(`KEY is ${key}, expected one such as train.precision.`, usage);
if (first === second) fail(`Both values are ${first}.`, usage);
const wrong = overrides.find((override) => !override.includes('='));
if (wrong !== undefined) fail(`OVERRIDE is ${wrong}, expected key.path=value.`, usage);

const seeds = [1, 2, 3, 4, 5];
for (const value of [first, second]) await assertConfig(config, runOf(value, seeds[0]).settings, usage);
const results = [[], []];
for (const [i, seed] of seeds.entries()) {
  const runs = [first, second].map((value) => runOf(value, seed));
  const have = await Promise.all(
    runs.map(({ directory, settings }) => isThatRun(directory, config, settings)),
  );
  const again = fresh || have.includes(false);
  for (const which of i % 2 === 0 ? [0, 1] : [1, 0]) {
    const { directory, settings } = runs[which];
    console.error(`Run ${results.flat().length + 1} of ${2 * seeds.length}: ${settings.join(' ')}`);
    results[which].push(await trainOnce(directory, config, settings, { fresh: again }));
  }
}

const rows = [
  ['padding', ({ batches }) => batches.paddingShare],
  ['test accuracy', ({ test }) => test.accuracy],
  ['test log loss', ({ test }) => test.logLoss],
];
const show = ({ mean, sd }) => `${mean.toFixed(4)} ± ${sd.toFixed(4)}`;
const print = (cells) =>
  console.log(
    cells
      .map((cell) => cell.padEnd(20))
      .join('')
      .trimEnd(),
  );
print([key, first, second, 'difference']);
for (const [name, value] of rows) {
  const [a, b] = results.map((runs) => moments(runs.map(value)));
  const error = Math.sqrt((a.sd ** 2 + b.sd ** 2) / seeds.length);
  print([name, show(a), show(b), show({ mean: b.mean - a.mean, sd: error })]);
}
const [before, after] = results.map((runs) => runs.map(({ timing }) => timing.trainSeconds));
const ratio = moments(after.map((seconds, i) => seconds / before[i]));
print(['', '', '', 'ratio']);
print([
  'training seconds',
  show(moments(before)),
  show(moments(after)),
  show({ mean: ratio.mean, sd: ratio.sd / Math.sqrt(seeds.length) }),
]);

function runOf(value, seed) {
  const settings = [`${key}=${value}`, ...overrides];
  const name = [basename(config, '.yaml'), ...settings].join(',').replaceAll('/', '-');
  return { directory: `runs/compare/${name}/${seed}`, settings: [`seed=${seed}`, ...settings] };
}
