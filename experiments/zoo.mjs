// Every model on the four bundled data sets, all with one recipe that no test data chose. Run after `npm start`:
//
//   node experiments/zoo.mjs measure                              # test accuracy over seeds 1 to 5, two runs at a time
//   node experiments/zoo.mjs measure --models tcn,mlp --data GunPoint
//   node experiments/zoo.mjs rank --data JapaneseVowels           # on five validation splits of the training data
//
// Finished runs of the same config and commit are not trained again, but with --fresh. Tables go to standard output as CSV,
// a line when its five runs are done.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { models } from '../dist/models/index.js';
import { fail, moments, trainOnce } from './shared.mjs';

const usage =
  'Usage: node experiments/zoo.mjs measure|rank [--models NAME,NAME] [--data NAME,NAME] [--workers N] [--fresh]';

/** Epochs so that each set has about a thousand updates of 16 recordings. */
const epochs = { JapaneseVowels: 60, BasicMotions: 300, GunPoint: 250, ItalyPowerDemand: 200 };
/** Published ensembles, which are trained where --models names them. */
const ensembles = {
  'inception-time-5': '{ name: inception-time, networks: 5 }',
  'lite-time-5': '{ name: lite-time, networks: 5 }',
};

/** What can be done: with which seeds and overrides, and what is said of the runs of a model on a data set. */
const parts = {
  measure: {
    seeds: [1, 2, 3, 4, 5],
    overrides: [],
    header: 'meanAccuracy,sdAccuracy,meanSeconds,accuracies',
    figures: (runs) => {
      const accuracies = runs.map(({ result }) => result.test.accuracy);
      const { mean, sd } = moments(accuracies);
      return [
        mean.toFixed(4),
        sd.toFixed(4),
        secondsOf(runs),
        ...accuracies.map((value) => value.toFixed(4)),
      ];
    },
  },
  /** By the validation loss of the last epoch; test data are not looked at. */
  rank: {
    seeds: [11, 12, 13, 14, 15],
    overrides: ['data.validation={ fraction: 0.2 }'],
    header: 'meanValidationLoss,meanValidationAccuracy,meanSeconds',
    figures: (runs) => {
      const last = runs.map(({ directory }) => {
        const lines = readFileSync(`${directory}/metrics.jsonl`, 'utf8').trim().split('\n');
        return JSON.parse(lines.at(-1)).validation;
      });
      const means = ['loss', 'accuracy'].map(
        (name) => moments(last.map((validation) => validation[name])).mean,
      );
      return [...means.map((value) => value.toFixed(4)), secondsOf(runs)];
    },
  },
};

const { values, positionals } = readOptions();
const [partName, ...more] = positionals;
if (partName === undefined || !Object.hasOwn(parts, partName))
  fail(`What to do is ${partName ?? 'not said'}.`, usage);
if (more.length > 0) fail(`${more[0]} is one argument too many.`, usage);
const { seeds, overrides: partOverrides, header, figures } = parts[partName];
const chosen = (given, all, what, more = []) => {
  const names = given?.split(',') ?? all;
  const known = [...all, ...more];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) fail(`There is no ${what} ${unknown}; there are ${known.join(', ')}.`, usage);
  return names;
};
const modelNames = chosen(values.models, Object.keys(models), 'model', Object.keys(ensembles));
const dataNames = chosen(values.data, Object.keys(epochs), 'data set');
const workers = Number(values.workers);
if (!(Number.isInteger(workers) && workers > 0))
  fail(`--workers is ${values.workers}, expected a number from 1.`, usage);

const cells = modelNames.flatMap((model) => dataNames.map((data) => ({ model, data, runs: [] })));
const waiting = cells.flatMap((cell) => seeds.map((seed) => ({ cell, seed })));
const total = waiting.length;
console.log(`model,data,parameters,${header}`);
await Promise.all(Array.from({ length: workers }, work));

/** Takes runs from the list until there is none left. */
async function work() {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { cell, seed } = next;
    const file = `data/${cell.data}/${cell.data}`;
    const overrides = [
      `seed=${seed}`,
      `model=${ensembles[cell.model] ?? cell.model}`,
      `data.train=${file}_TRAIN.ts`,
      `data.test=${file}_TEST.ts`,
      `train.epochs=${epochs[cell.data]}`,
      ...partOverrides,
    ];
    const directory = `runs/zoo/${partName}/${cell.data}/${cell.model}/${seed}`;
    console.error(`Run ${total - waiting.length} of ${total}: ${cell.model}, ${cell.data}, seed ${seed}`);
    const options = { fresh: values.fresh, threads: 1 };
    const result = await trainOnce(directory, 'experiments/zoo.yaml', overrides, options);
    cell.runs[seeds.indexOf(seed)] = { directory, result };
    if (seeds.every((_, i) => cell.runs[i] !== undefined)) report(cell);
  }
}

function report({ model, data, runs }) {
  console.log([model, data, runs[0].result.model.parameters, ...figures(runs)].join(','));
}

function secondsOf(runs) {
  return moments(runs.map(({ result }) => result.timing.trainSeconds)).mean.toFixed(1);
}

function readOptions() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        models: { type: 'string' },
        data: { type: 'string' },
        workers: { type: 'string', default: '2' },
        fresh: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return fail(error.message, usage);
  }
}
