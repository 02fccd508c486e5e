// The result table of the README, and the choice of its settings on parts of the training data. Run after `npm start`:
//
//   node experiments/japanese-vowels.mjs choose   # four settings, three validation splits of the training data each
//   node experiments/japanese-vowels.mjs measure  # FCN and ResNet, with and without attention, seeds 1 to 5
//
// Runs that are finished are not trained again. Tables go to standard output as CSV.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';

const config = 'configs/japanese-vowels-fcn-se.yaml';

const settings = [
  { learningRate: 0.003, batchSize: 32, epochs: 30 },
  { learningRate: 0.006, batchSize: 32, epochs: 30 },
  { learningRate: 0.003, batchSize: 16, epochs: 30 },
  { learningRate: 0.003, batchSize: 32, epochs: 60 },
];

const part = process.argv[2];
if (part === 'choose') choose();
else if (part === 'measure') measure();
else console.error('Say what to do: choose or measure.');

/** Mean validation loss and accuracy of the last epoch. Test data are not looked at. */
function choose() {
  console.log('learningRate,batchSize,epochs,validationLoss,validationAccuracy');
  for (const { learningRate, batchSize, epochs } of settings) {
    const last = [11, 12, 13].map((seed) => {
      const directory = train(`choose/${learningRate}-${batchSize}-${epochs}/${seed}`, [
        `seed=${seed}`,
        'data.validation={ fraction: 0.25 }',
        `train.optimizer.learningRate=${learningRate}`,
        `train.batchSize=${batchSize}`,
        `train.epochs=${epochs}`,
      ]);
      const lines = readFileSync(`${directory}/metrics.jsonl`, 'utf8').trim().split('\n');
      return JSON.parse(lines.at(-1)).validation;
    });
    const { mean: loss } = moments(last.map((validation) => validation.loss));
    const { mean: accuracy } = moments(last.map((validation) => validation.accuracy));
    console.log([learningRate, batchSize, epochs, loss.toFixed(4), accuracy.toFixed(4)].join(','));
  }
}

/** Test accuracy of each network over five seeds. */
function measure() {
  console.log('model,attention,parameters,meanAccuracy,sdAccuracy,accuracies');
  for (const model of ['fcn', 'resnet']) {
    for (const attention of ['none', 'squeeze-excite']) {
      const results = [1, 2, 3, 4, 5].map((seed) => {
        const directory = train(`measure/${model}-${attention}/${seed}`, [
          `seed=${seed}`,
          `model.name=${model}`,
          `model.attention=${attention}`,
        ]);
        return JSON.parse(readFileSync(`${directory}/result.json`, 'utf8'));
      });
      const accuracies = results.map((result) => result.test.accuracy);
      const { mean, sd } = moments(accuracies);
      const figures = [mean, sd, ...accuracies].map((value) => value.toFixed(4));
      console.log([model, attention, results[0].model.parameters, ...figures].join(','));
    }
  }
}

function train(name, overrides) {
  const directory = `runs/japanese-vowels/${name}`;
  if (existsSync(`${directory}/result.json`)) return directory;
  rmSync(directory, { recursive: true, force: true });
  const options = ['--run-dir', directory, '--threads', '1', '--quiet'];
  const { status } = spawnSync(process.execPath, ['bin/masq.js', 'train', config, ...overrides, ...options], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) process.exit(status ?? 1);
  return directory;
}

/** Mean and sample standard deviation. */
function moments(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: Math.sqrt(squares / (values.length - 1)) };
}
