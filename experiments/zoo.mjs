// Test accuracy of every model on the four bundled data sets, over seeds 1 to 5, all with one recipe that no test data
// chose. Run after `npm start`:
//
//   node experiments/zoo.mjs                              # every model and data set, two runs at a time
//   node experiments/zoo.mjs --models tcn,mlp --data GunPoint
//
// Finished runs of the same config and commit are not trained again. The table goes to standard output as CSV, a line when
// its five runs are done.
import { parseArgs } from 'node:util';
import { models } from '../dist/models/index.js';
import { fail, moments, trainOnce } from './shared.mjs';

const usage =
  'Usage: node experiments/zoo.mjs [--models NAME,NAME] [--data NAME,NAME] [--workers N] [--fresh]';

/** Epochs so that each set has about a thousand updates of 16 recordings. */
const epochs = { JapaneseVowels: 60, BasicMotions: 300, GunPoint: 250, ItalyPowerDemand: 200 };
const seeds = [1, 2, 3, 4, 5];

const { values } = readOptions();
const chosen = (given, all, what) => {
  const names = given?.split(',') ?? all;
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined) fail(`There is no ${what} ${unknown}; there are ${all.join(', ')}.`, usage);
  return names;
};
const modelNames = chosen(values.models, Object.keys(models), 'model');
const dataNames = chosen(values.data, Object.keys(epochs), 'data set');
const workers = Number(values.workers);
if (!(Number.isInteger(workers) && workers > 0))
  fail(`--workers is ${values.workers}, expected a number from 1.`, usage);

const cells = modelNames.flatMap((model) => dataNames.map((data) => ({ model, data, results: [] })));
const waiting = cells.flatMap((cell) => seeds.map((seed) => ({ cell, seed })));
const total = waiting.length;
console.log('model,data,parameters,meanAccuracy,sdAccuracy,meanSeconds,accuracies');
await Promise.all(Array.from({ length: workers }, work));

/** Takes runs from the list until there is none left. */
async function work() {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { cell, seed } = next;
    const file = `data/${cell.data}/${cell.data}`;
    const overrides = [
      `seed=${seed}`,
      `model=${cell.model}`,
      `data.train=${file}_TRAIN.ts`,
      `data.test=${file}_TEST.ts`,
      `train.epochs=${epochs[cell.data]}`,
    ];
    const directory = `runs/zoo/${cell.data}/${cell.model}/${seed}`;
    console.error(`Run ${total - waiting.length} of ${total}: ${cell.model}, ${cell.data}, seed ${seed}`);
    cell.results[seed - 1] = await trainOnce(directory, 'experiments/zoo.yaml', overrides, {
      fresh: values.fresh,
      threads: 1,
    });
    if (seeds.every((each) => cell.results[each - 1] !== undefined)) report(cell);
  }
}

function report({ model, data, results }) {
  const accuracies = results.map((result) => result.test.accuracy);
  const { mean, sd } = moments(accuracies);
  const { mean: seconds } = moments(results.map((result) => result.timing.trainSeconds));
  const figures = [mean, sd].map((value) => value.toFixed(4));
  const each = accuracies.map((value) => value.toFixed(4));
  console.log([model, data, results[0].model.parameters, ...figures, seconds.toFixed(1), ...each].join(','));
}

function readOptions() {
  try {
    return parseArgs({
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
