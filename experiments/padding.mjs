// What padding does to a model that takes it for data: in training, and when it meets other padding later. Run after `npm start`:
//
//   node experiments/padding.mjs              # all of it: study, then other padding
//   node experiments/padding.mjs transfer     # other padding for what is finished of studies/padding
//
// Options of `masq sweep` may follow, e.g. --workers 2. Beside its report, studies/padding/transfer.json holds what is printed.
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alignRecordings, loadRecordings, normalize, padRecordings } from '../dist/data/index.js';
import { loadEngine } from '../dist/engine/index.js';
import { classificationMetrics, loadConfig, predict, readCheckpoint } from '../dist/train/index.js';
import { fail, moments, sweepInto } from './shared.mjs';

const usage = 'Usage: node experiments/padding.mjs [transfer | OPTIONS of masq sweep]';
const study = 'studies/padding';
const trainedAt = 29;
const lengths = [29, 58, 116, 232];

const [part, ...more] = process.argv.slice(2);
if (part === 'transfer') {
  if (more.length > 0) fail(`${more[0]} is one argument too many.`, usage);
} else {
  if (part !== undefined && !part.startsWith('--')) fail(`There is no part ${part}.`, usage);
  sweepInto(study, 'experiments/padding.yaml', process.argv.slice(2));
}
await printTransfer();

/** Test accuracy of models that were trained with the least padding, on test recordings with more of it. */
async function printTransfer() {
  await loadEngine({ threads: 1 });
  const rows = [];
  for (const masked of [true, false]) {
    const runs = finishedRuns(`JapaneseVowels,length=${trainedAt},masked=${masked}`);
    for (const length of lengths) {
      const accuracies = [];
      for (const run of runs) accuracies.push(await accuracyAt(run, { length, masked }));
      rows.push({ masked, length, accuracies });
    }
  }
  if (rows.some(({ accuracies }) => accuracies.length < 2))
    fail(`Two seeds of ${study} must be finished.`, usage);
  writeFileSync(join(study, 'transfer.json'), `${JSON.stringify({ trainedAt, rows }, null, 2)}\n`);
  console.log(`\nTest accuracy of models trained with ${trainedAt} steps, on test recordings padded to`);
  console.log(`${''.padEnd(12)}${lengths.map((length) => `${length} steps`.padStart(18)).join('')}`);
  for (const masked of [true, false]) {
    const cells = rows
      .filter((row) => row.masked === masked)
      .map(({ accuracies }) => moments(accuracies))
      .map(({ mean, sd }) => `${mean.toFixed(4)} ± ${sd.toFixed(4)}`.padStart(18));
    console.log(`${(masked ? 'masked' : 'not masked').padEnd(12)}${cells.join('')}`);
  }
}

function finishedRuns(cell) {
  const folder = join(study, 'trials', cell);
  if (!existsSync(folder)) return [];
  const runs = readdirSync(folder)
    .sort((a, b) => a - b)
    .map((seed) => join(folder, seed));
  return runs.filter((run) => existsSync(join(run, 'result.json')));
}

async function accuracyAt(run, padding) {
  const { data } = await loadConfig(join(run, 'config.yaml'));
  const { model, metadata } = await readCheckpoint(join(run, 'checkpoints'), 'best');
  try {
    const test = alignRecordings(await loadRecordings(data.test), metadata, 'evaluation');
    const padded = padRecordings(normalize(test, metadata.normalization), padding);
    const { probabilities } = predict(model, padded, { paddedLength: padding.length });
    return classificationMetrics(probabilities, test.labels, test.classes).accuracy;
  } finally {
    model.dispose();
  }
}
