// A run from code instead of a config file, with a metric of one's own and a callback after each epoch.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluateRun, resolveConfig, train } from 'masq/train';

const config = resolveConfig({
  name: 'italy-power-demand',
  seed: 1,
  data: {
    train: 'data/ItalyPowerDemand/ItalyPowerDemand_TRAIN.ts',
    test: 'data/ItalyPowerDemand/ItalyPowerDemand_TEST.ts',
    validation: { fraction: 0.3 },
  },
  model: { name: 'fcn', filters: [16, 32, 16], attention: { name: 'squeeze-excite', ratio: 4 } },
  train: {
    epochs: 30,
    batchSize: 8,
    optimizer: { name: 'adamw', learningRate: 0.005 },
    schedule: 'one-cycle',
  },
});

/** Share of recordings that are classified correctly with a probability above 0.9. */
function confidentAccuracy(probabilities, labels, classes) {
  const sure = labels.filter((label, i) => probabilities[i * classes.length + label] > 0.9);
  return sure.length / labels.length;
}

const { directory, result } = await train(config, {
  runDirectory: mkdtempSync(join(tmpdir(), 'masq-example-')),
  metrics: { confidentAccuracy },
  onEpoch: ({ epoch, validation }) =>
    console.log(`epoch ${epoch}: accuracy ${validation.accuracy}, confident ${validation.confidentAccuracy}`),
});
console.log(`test accuracy ${result.test.accuracy}, confident ${result.test.metrics.confidentAccuracy}`);

const validation = await evaluateRun(directory, { split: 'validation' });
console.log(`validation accuracy ${validation.accuracy}`);
