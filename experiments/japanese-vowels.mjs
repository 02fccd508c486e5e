// The result table of the README, and the choice of its settings on parts of the training data. Run after `npm start`:
//
//   node experiments/japanese-vowels.mjs choose   # four settings, three validation splits of the training data each
//   node experiments/japanese-vowels.mjs measure  # FCN and ResNet, with and without attention, seeds 1 to 5
//
// Finished runs of the same config and commit are not trained again, but with --fresh. Tables go to standard output as
// CSV.
import { readFileSync } from 'node:fs';
import { fail, moments, readArguments, trainOnce } from './shared.mjs';

const config = 'configs/japanese-vowels-fcn-se.yaml';

const settings = [
  { learningRate: 0.003, batchSize: 32, epochs: 30 },
  { learningRate: 0.006, batchSize: 32, epochs: 30 },
  { learningRate: 0.003, batchSize: 16, epochs: 30 },
  { learningRate: 0.003, batchSize: 32, epochs: 60 },
];

const usage = 'Usage: node experiments/japanese-vowels.mjs choose|measure [--fresh]';
const { fresh, positionals } = readArguments(usage);
const parts = { choose, measure };
const [part, ...more] = positionals;
if (part === undefined || !Object.hasOwn(parts, part)) fail(`What to do is ${part ?? 'not said'}.`, usage);
if (more.length > 0) fail(`${more[0]} is one argument too many.`, usage);
await parts[part]();

/** Mean validation loss and accuracy of the last epoch. Test data are not looked at. */
async function choose() {
  console.log('learningRate,batchSize,epochs,validationLoss,validationAccuracy');
  for (const { learningRate, batchSize, epochs } of settings) {
    const last = [];
    for (const seed of [11, 12, 13]) {
      const directory = `runs/japanese-vowels/choose/${learningRate}-${batchSize}-${epochs}/${seed}`;
      await train(directory, [
        `seed=${seed}`,
        'data.validation={ fraction: 0.25 }',
        `train.optimizer.learningRate=${learningRate}`,
        `train.batchSize=${batchSize}`,
        `train.epochs=${epochs}`,
      ]);
      const lines = readFileSync(`${directory}/metrics.jsonl`, 'utf8').trim().split('\n');
      last.push(JSON.parse(lines.at(-1)).validation);
    }
    const { mean: loss } = moments(last.map((validation) => validation.loss));
    const { mean: accuracy } = moments(last.map((validation) => validation.accuracy));
    console.log([learningRate, batchSize, epochs, loss.toFixed(4), accuracy.toFixed(4)].join(','));
  }
}

/** Test accuracy of each network over five seeds. */
async function measure() {
  console.log('model,attention,parameters,meanAccuracy,sdAccuracy,accuracies');
  for (const model of ['fcn', 'resnet']) {
    for (const attention of ['none', 'squeeze-excite']) {
      const results = [];
      for (const seed of [1, 2, 3, 4, 5]) {
        const overrides = [`seed=${seed}`, `model.name=${model}`, `model.attention=${attention}`];
        const directory = `runs/japanese-vowels/measure/${model}-${attention}/${seed}`;
        results.push(await train(directory, overrides));
      }
      const accuracies = results.map((result) => result.test.accuracy);
      const { mean, sd } = moments(accuracies);
      const figures = [mean, sd, ...accuracies].map((value) => value.toFixed(4));
      console.log([model, attention, results[0].model.parameters, ...figures].join(','));
    }
  }
}

function train(directory, overrides) {
  return trainOnce(directory, config, overrides, { fresh, threads: 1 });
}
