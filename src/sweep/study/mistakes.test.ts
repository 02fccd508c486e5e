import { describe, expect, test } from 'vitest';
import { refusal, study } from '../../../test/support/studies.js';

describe('mistakes', () => {
  test('in the study file are told together, each with its place and the nearest right key', () => {
    const text = study(`axis: {}
seeds: [1, 1]
design: random
compare: { metric: test.acuracy, level: 2 }
slurm: { time: soon }
`);
    expect(refusal(text).split('\n')).toEqual([
      's.yaml:3:1: axis: unknown key. Did you mean "axes"?',
      's.yaml:4:8: seeds: expected each seed once.',
      's.yaml:5:9: design: expected one of grid, one-at-a-time or a mapping, found "random".',
      's.yaml:6:20: compare.metric: expected one of test.accuracy, test.balancedAccuracy, test.macroF1, test.auroc, ' +
        'test.logLoss, test.calibrationError, best.value, timing.trainSeconds, timing.stepsPerSecond or ' +
        'test.metrics.<name>, found "test.acuracy". Did you mean "test.accuracy"?',
      's.yaml:6:41: compare.level: expected a number of at most 0.5, found 2.',
      's.yaml:7:16: slurm.time: expected a time as sbatch takes it, e.g. 02:00:00 or 1-12 (days-hours).',
    ]);
  });

  test('in configs of cells are told at the level, control, data set or base config that causes them', () => {
    const text = `name: s
base:
  data: { train: a.ts, test: b.ts, normalise: channel }
  model: { name: fcn, attention: squeeze-excite }
axes:
  model.attention.raito: [2, 4]
  train.batchSize: [16, big]
  train.optimizer:
    - { name: sgd, momentun: 0.5 }
datasets:
  - { name: Y, train: y.csv, test: z.csv, set: { train.epoch: 7 } }
controls:
  - { model.attention: { name: parameter-matched, hiden: 3 } }
  - { train.schedule: one-cycle, train.schedule.warmup: 0.1 }
`;
    expect(refusal(text, ['base.train.earlyStopping.patience=3']).split('\n')).toEqual([
      's.yaml:3:36: data.normalise: unknown key. Did you mean "normalize"?',
      's.yaml:6:3: model.attention.raito: unknown key. Did you mean "ratio"?',
      's.yaml:7:25: train.batchSize: expected a whole number, found "big".',
      's.yaml:9:20: train.optimizer.momentun: unknown key. Did you mean "momentum"?',
      's.yaml:11:50: train.epoch: unknown key. Did you mean "epochs"?',
      's.yaml:13:51: model.attention.hiden: unknown key. Did you mean "hidden"?',
      's.yaml:14:57: train.schedule.warmup: one-cycle climbs by itself and takes no warmup; set pctStart instead.',
    ]);
  });

  test('that a level causes elsewhere in the config are told at the level', () => {
    expect(
      refusal(
        study(
          'axes:\n  train.batchSize: [8, 9]\n  data.validation: [none]\n  train.labelSmoothing: [0, 0.1]\n',
        ),
        ['base.train.earlyStopping.patience=3'],
      ),
    ).toBe(
      's.yaml:5:21: train.earlyStopping.monitor: "validation.loss" needs a validation set, but data.validation is none. ' +
        'Monitor train.loss, or give data.validation a fraction. It is so once data.validation is set.',
    );
    const byName = study('axes:\n  model.attention.name: [squeeze-excite, eca]\n').replace(
      'fcn }',
      '{ name: fcn, attention: { name: squeeze-excite, ratio: 4 } } }',
    );
    expect(refusal(byName)).toContain(
      's.yaml:4:42: model.attention.ratio: unknown key. Known here: kernelSize, gate, placement, name. The base config ' +
        'sets it for another model.attention; set model.attention as a whole',
    );
  });

  test.each([
    ['axes: { model.attention.ratio: [2] }\n', '3:33: model.attention.name: missing'],
    ['axes: { seed: [1, 2] }\n', '3:9: seed: cannot be set here; seeds says which seeds every cell'],
    ['controls: [{ data.train: c.ts }]\n', '3:14: data.train: cannot be set here; datasets names data sets'],
    [
      'axes: { train.epochs: [1] }\nhalving: { firstEpoch: 2 }\n',
      '3:9: train.epochs: cannot be set with halving',
    ],
    [
      'axes: { data.validation: [none, { fraction: 0.2 }] }\nhalving: { firstEpoch: 2 }\n',
      '4:1: halving: cells are ranked by the metric that chooses their best epoch, and validation=none has train.loss while',
    ],
    [
      'axes: { model.attention.ratio: [2], model.attention: [eca] }\n',
      '3:37: model.attention: replaces model.attention.ratio, which stands before it; put model.attention first.',
    ],
    ['axes: { train..epochs: [1] }\n', '3:9: train..epochs: expected a key path'],
    [
      'axes: { train.epochs: [1] }\ndatasets: [{ name: Y, train: y, test: z, set: { train.epochs: 3 } }]\n',
      '4:49: train.epochs: the axis train.epochs sets this too.',
    ],
    ['datasets: [data/X, other/X]\n', '3:20: datasets.1: there is another data set of the name X.'],
    ['datasets: ["data/my X"]\n', '3:12: datasets.0: "my X" names folders'],
    [
      'axes: { train.batchSize: [16, 32] }\ncontrols: [{ train.batchSize: 16 }]\n',
      '4:31: the control { train.batchSize: 16 } and { train.batchSize: 16 } are the same config',
    ],
    [
      'controls: [{ train.batchSize: 32 }]\n',
      '3:31: the control { train.batchSize: 32 } and the base config are',
    ],
    [
      'compare: { baseline: { train.batchSize: 16 } }\n',
      '3:22: compare.baseline: no cell of the study is the base config with these values. Cells: base. Name what',
    ],
    [
      'compare: { metric: test.metrics.own, better: lower }\n',
      '3:20: compare.metric: no module of the base config registers a metric "own" (registerMetric of masq/train)',
    ],
    ['compare: { metric: test.metrics.own }\n', '3:1: compare.better: missing; expected higher or lower'],
    [
      'compare: { metric: best.value, better: higher }\n',
      '3:20: compare.metric: of best.value, lower is better with this train.earlyStopping.monitor',
    ],
    ['compare: { better: lower }\n', '3:20: compare.better: of test.accuracy, higher is better'],
    [
      'axes:\n  train.epochs: { values: [1], when: { model.nam: fcn } }\n  model.name: [fcn]\n',
      '4:32: axes.train.epochs: the axis is never there, as model.nam is fcn in no combination of the axes before ' +
        'it. Did you mean "model.name"?',
    ],
  ])('in %j are refused', (lines, message) => {
    expect(refusal(study(lines))).toContain(`s.yaml:${message}`);
  });
});
