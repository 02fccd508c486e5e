import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { refusalOf } from '../../test/support/refusal.js';
import { models } from '../models/index.js';
import { packageRoot } from '../shared/node/paths.js';
import { formatConfig, loadConfig, parseConfig, resolveConfig, type ConfigInput } from './config.js';

const minimal = 'name: a\ndata: { train: a.ts }\nmodel: fcn\n';

/** The message that a text with overrides is refused with. */
function refusal(text: string, overrides: string[] = []): string {
  return refusalOf(() => parseConfig(text, { file: 'c.yaml' }, overrides));
}

describe('parseConfig', () => {
  test('fills in the stride of windows, and holds a period of resampling against the gap', () => {
    const overrides = ['data.windows={ length: 128 }', 'data.resampling={ period: 0.5 }'];
    const { data } = parseConfig(minimal, {}, [...overrides, 'data.timestamps.gap=1']);
    expect(data.windows).toMatchObject({ length: 128, stride: 128, label: 'majority', rest: 'keep' });
    expect(refusal(minimal, [...overrides, 'data.timestamps.gap=0.2'])).toContain(
      'data.timestamps.gap: expected at least data.resampling.period (0.5), found 0.2',
    );
  });

  test('fills in every default', () => {
    expect(parseConfig(minimal)).toEqual({
      name: 'a',
      seed: 1,
      data: {
        train: 'a.ts',
        validation: { fraction: 0.2, groups: false },
        maxLength: 'none',
        timestamps: { duplicates: 'error', unordered: 'error' },
        missing: 'error',
        resampling: 'none',
        windows: 'none',
        normalize: 'channel',
        padding: 'none',
      },
      model: {
        name: 'fcn',
        attention: 'none',
        filters: [128, 256, 128],
        kernelSizes: [8, 5, 3],
        bias: false,
        pool: 'average',
        dropout: 0,
      },
      modules: [],
      train: {
        epochs: 100,
        batchSize: 32,
        sampling: 'shuffle',
        lengthBuckets: 'auto',
        augmentation: 'none',
        optimizer: {
          name: 'adamw',
          learningRate: 0.001,
          weightDecay: 0.01,
          beta1: 0.9,
          beta2: 0.999,
          epsilon: 1e-8,
        },
        schedule: { name: 'cosine', warmup: 0, final: 0 },
        earlyStopping: 'none',
        precision: 'float32',
        onOutOfMemory: 'stop',
        deterministic: false,
        xla: false,
        labelSmoothing: 0,
        gradientClipping: 'none',
        classWeights: 'none',
      },
      track: [],
    });
  });

  test('reads JSON, tabs included', () => {
    expect(parseConfig('{\n\t"name": "a",\n\t"data": { "train": "a.ts" },\n\t"model": "fcn"\n}')).toEqual(
      parseConfig(minimal),
    );
  });

  test('tells every mistake with its place and the nearest right key, in the order of the file', () => {
    const text = `name: a
data:
  trian: a.ts
  normalize: chanel
model:
  name: fcn
  attention: { name: squeeze-excite, ratio: big, sqeeze: max }
train:
  epoch: 5
  batchSize: 1.5
  optimizer: { name: adam }
  earlyStopping: 5
  labelSmoothing: 1
  classWeights: { up: 0 }
`;
    expect(refusal(text).split('\n')).toEqual([
      'c.yaml:2:1: data.train: missing; expected text or a list.',
      'c.yaml:3:3: data.trian: unknown key. Did you mean "train"?',
      'c.yaml:4:14: data.normalize: expected one of none, channel, recording, found "chanel". Did you mean "channel"?',
      'c.yaml:7:45: model.attention.ratio: expected a number, found "big".',
      'c.yaml:7:50: model.attention.sqeeze: unknown key. Did you mean "squeeze"?',
      'c.yaml:9:3: train.epoch: unknown key. Did you mean "epochs"?',
      'c.yaml:10:14: train.batchSize: expected a whole number, found 1.5.',
      'c.yaml:11:22: train.optimizer.name: expected one of adamw, sgd, found "adam". Did you mean "adamw"?',
      'c.yaml:12:18: train.earlyStopping: expected none or a mapping, found 5.',
      'c.yaml:13:19: train.labelSmoothing: expected a number below 1, found 1.',
      'c.yaml:14:23: train.classWeights.up: expected a number above 0, found 0.',
    ]);
  });

  test.each([
    ['', 'c.yaml: the config is empty'],
    ['- a\n', 'c.yaml:1:1: expected a mapping, found a list'],
    ['a: [1\n', 'c.yaml:2:1: not valid YAML'],
    ['name: a\nname: b\n', 'c.yaml:2:1: not valid YAML: Map keys must be unique'],
    ['name: *b\n', 'c.yaml: not valid YAML: Unresolved alias'],
    [minimal.replace('a\n', '../a\n'), 'c.yaml:1:7: name: expected letters, digits'],
    [minimal.replace('fcn', 'fnc'), 'c.yaml:3:8: model: expected one of fcn, resnet'],
    [
      minimal.replace('fcn', '{ name: fcn, attention: { name: squeeze-excite, raito: 4 } }'),
      'raito: unknown key. Did you',
    ],
    [minimal.replace('a.ts', '[]'), 'c.yaml:2:16: data.train: expected at least 1 entry, found 0.'],
    [minimal.replace('a.ts', '[a.ts, 3]'), 'c.yaml:2:23: data.train.1: expected text, found 3.'],
    [
      minimal.replace('fcn', '{ name: fcn, attention: { ratio: 4 } }'),
      'model.attention.name: missing; expected one of squeeze-excite, eca',
    ],
    [
      minimal.replace('fcn', '{ name: fcn, attention: { name: eca, placement: post } }'),
      'c.yaml:3:56: model.attention.placement: expected one of standard, pre in this model, found "post".',
    ],
    [
      minimal.replace('fcn', '{ name: mlp, attention: cbam }'),
      'c.yaml:3:32: model.attention: expected none, as the model has no place for attention, found "cbam".',
    ],
    [
      `${minimal}track: [tensorbord]\n`,
      'track.0: expected one of tensorboard, mlflow or a mapping, found "tensorbord". Did you mean "tensorboard"?',
    ],
    [`${minimal}track: [tensorboard, tensorboard]\n`, 'c.yaml:4:8: track: expected each tracker once'],
    [`${minimal}track: [mlflow, { name: mlflow }]\n`, 'c.yaml:4:8: track: expected each tracker once'],
    [`${minimal}track: [{ name: mlflow, url: a }]\n`, 'track.0.url: unknown key. Did you mean "uri"?'],
    [`${minimal}track: [{ name: mlflow, uri: a }]\n`, 'track.0.uri: expected the address of a server'],
    [
      `${minimal}train: { augmentation: jitter }\n`,
      'train.augmentation: expected none or a list, found "jitter"',
    ],
    [
      `${minimal}train: { augmentation: [jiter] }\n`,
      'c.yaml:4:25: train.augmentation.0: expected one of jitter, scaling, magnitude-warp, time-warp, window-slice, crop, ' +
        'rotation, channel-dropout, time-masking, mixup or a mapping, found "jiter". Did you mean "jitter"?',
    ],
    [
      `${minimal}train: { augmentation: [crop, { name: jitter, sgima: 1 }] }\n`,
      'c.yaml:4:47: train.augmentation.1.sgima: unknown key. Did you mean "sigma"?',
    ],
    [
      `${minimal}train: { augmentation: [mixup, crop] }\n`,
      'c.yaml:4:25: train.augmentation.0: expected mixup once and as the last of the list, since',
    ],
    [
      `${minimal}train: { schedule: { name: one-cycle, warmup: 0.1 } }\n`,
      'c.yaml:4:47: train.schedule.warmup: one-',
    ],
    [
      `${minimal}train: { optimizer: { name: sgd, momentum: 0, nesterov: true } }\n`,
      'nesterov: needs a momentum',
    ],
    [
      minimal.replace('a.ts', 'a.ts, test: {}'),
      'data.test: expected one of split, fraction, groups, fold and leaveGroupOut.',
    ],
    [
      minimal.replace('a.ts', 'a.ts, test: { fold: 5, of: 5 }'),
      'data.test.fold: expected a fold from 0 to 4, found 5.',
    ],
    [
      minimal.replace('a.ts', 'a.ts, test: { fold: 1 }'),
      'data.test.fold: needs of beside it, the number of folds.',
    ],
    [minimal.replace('a.ts', 'a.ts, test: { of: 5 }'), 'data.test.of: needs fold beside it'],
    [
      minimal.replace('a.ts', 'a.ts, test: { flod: 1, of: 5 }'),
      'data.test.flod: unknown key. Did you mean "fold"?',
    ],
    [
      minimal.replace('a.ts', 'a.ts, test: { split: test, fraction: 0.2 }'),
      'c.yaml:2:53: data.test.fraction: cannot stand beside split, which says it all. Take one of them out.',
    ],
    [
      minimal.replace('a.ts', 'a.ts, test: { groups: true }'),
      'data.test.groups: expected a list of groups, or a fraction beside it.',
    ],
    [
      minimal.replace('a.ts', 'a.ts, test: { leaveGroupOut: 0, groups: true }'),
      'data.test.groups: means nothing beside leaveGroupOut.',
    ],
    [
      minimal.replace('a.ts', 'a.ts, validation: { fraction: 0.2, groups: [ann] }'),
      'data.validation.groups: cannot stand beside fraction',
    ],
    [
      minimal.replace('a.ts', 'a.ts, test: { fraction: 0.2 }, resample: 1'),
      'data.resample: there is nothing to draw from: data.test names no files of its own.',
    ],
    [
      minimal.replace('a.ts', 'a.ts, test: b.ts, resample: 1, validation: { split: validation }'),
      'data.resample: training recordings are drawn anew, so data.validation cannot take a part',
    ],
  ])('refuses %j', (text, message) => {
    expect(refusal(text)).toContain(message);
  });

  test("refuses to balance classes twice, but takes weights of one's own beside balanced sampling", () => {
    const text = `${minimal}train: { sampling: balanced }\n`;
    expect(refusal(text, ['train.classWeights=balanced'])).toBe(
      'Override "train.classWeights=balanced": train.classWeights: balanced beside train.sampling balanced would count ' +
        'small classes twice over. Leave one of them out, or give every class a weight.',
    );
    expect(parseConfig(text, {}, ['train.classWeights={ a: 1, b: 5 }']).train).toMatchObject({
      sampling: 'balanced',
      classWeights: { a: 1, b: 5 },
    });
  });

  test('refuses to monitor a validation set that is not there, and names both keys', () => {
    const text = minimal.replace('a.ts', 'a.ts, validation: none');
    expect(refusal(`${text}train: { earlyStopping: { monitor: validation.accuracy } }\n`)).toBe(
      'c.yaml:4:36: train.earlyStopping.monitor: "validation.accuracy" needs a validation set, but ' +
        'data.validation is none. Monitor train.loss, or give data.validation a fraction.',
    );
    expect(refusal(text, ['train.earlyStopping.patience=3'])).toContain('data.validation is none');
    expect(
      parseConfig(`${text}train: { earlyStopping: { monitor: train.loss } }\n`).train.earlyStopping,
    ).toEqual({
      monitor: 'train.loss',
      patience: 20,
    });
  });

  test('knows a model that was registered at run time, with its options', () => {
    const options = z.object({ width: z.int().default(3).describe('Units.') });
    models.tiny = { ...models.fcn, options };
    try {
      const text = minimal.replace('fcn', 'tiny');
      expect(parseConfig(text).model).toEqual({ name: 'tiny', attention: 'none', width: 3 });
      expect(refusal(text, ['model.with=4'])).toContain('model.with: unknown key. Did you mean "width"?');
    } finally {
      delete models.tiny;
    }
  });
});

describe('overrides', () => {
  test('replace values in their order, as YAML', () => {
    const config = parseConfig(minimal, {}, [
      'train.epochs=5',
      'train.epochs=7',
      'model.attention=squeeze-excite',
      'model.attention.ratio=4',
      'train.optimizer={ name: sgd, momentum: 0.5 }',
      'model.filters=[8, 8, 8]',
      'model.filters.1=16',
      'data.test=b=c.ts',
      'train.augmentation=[jitter, { name: crop, probability: 1 }]',
      'train.augmentation.0.sigma=0.1',
    ]);
    expect(config.train.epochs).toBe(7);
    expect(config.model).toMatchObject({
      attention: { name: 'squeeze-excite', ratio: 4 },
      filters: [8, 16, 8],
    });
    expect(config.train.optimizer).toMatchObject({ name: 'sgd', momentum: 0.5 });
    expect(config.data.test).toBe('b=c.ts');
    expect(config.train.augmentation).toEqual([
      { name: 'jitter', sigma: 0.1, probability: 0.5 },
      { name: 'crop', minimumShare: 0.8, probability: 1 },
    ]);
  });

  test.each([
    ['train.epoch=5', 'Override "train.epoch=5": train.epoch: unknown key. Did you mean "epochs"?'],
    ['modle.name=resnet', 'Override "modle.name=resnet": modle: unknown key. Did you mean "model"?'],
    [
      'train.epochs=many',
      'Override "train.epochs=many": train.epochs: expected a whole number, found "many".',
    ],
    ['train.epochs', 'Override "train.epochs": expected key.path=value'],
    ['=5', 'Override "=5": expected key.path=value'],
    ['seed=[1', 'Override "seed=[1": the value is not YAML'],
    ['name.first=b', 'Override "name.first=b": name is "a", which has no keys.'],
    ['model.attention.ratio=4', 'model.attention is "none", which has no keys. Name one first'],
    ['data.train.1=b.ts', 'data.train is a list of 1; "1" is not the position of an entry'],
  ])('refuse %s', (override, message) => {
    const text = minimal.replace('a.ts', '[a.ts]').replace('fcn', '{ name: fcn, attention: none }');
    expect(refusal(text, [override])).toContain(message);
  });
});

describe('formatConfig', () => {
  test('writes a config that loads as the same config', () => {
    const fraction = fc.double({ min: 0.001, max: 0.999, noNaN: true });
    const natural = fc.integer({ min: 1, max: 1000 });
    const schedule = fc.oneof(
      fc.constantFrom('cosine' as const, 'one-cycle' as const),
      fc.record({ name: fc.constant('constant' as const), warmup: fraction }),
      fc.record({ name: fc.constant('one-cycle' as const), pctStart: fraction, divFactor: natural }),
    );
    const optimizer = fc.oneof(
      fc.record({ name: fc.constant('adamw' as const), learningRate: fraction, weightDecay: fraction }),
      fc.record({ name: fc.constant('sgd' as const), momentum: fraction, nesterov: fc.boolean() }),
    );
    const attention = fc.oneof(
      fc.constantFrom('none', 'squeeze-excite'),
      fc.record({ name: fc.constant('squeeze-excite'), ratio: fraction, bias: fc.boolean() }),
    );
    const file = fc.string({ minLength: 1 });
    const input: fc.Arbitrary<ConfigInput> = fc.record({
      name: fc.stringMatching(/^[a-z0-9_][a-z0-9_.-]{0,9}$/),
      seed: fc.nat(),
      data: fc.record({
        train: fc.oneof(file, fc.array(file, { minLength: 1 })),
        test: fc.oneof(
          file,
          fc.record({ split: file }),
          fc.record({ groups: fc.array(file, { minLength: 1 }) }),
          fc.record({ fold: fc.nat(4), of: fc.constant(5), groups: fc.boolean() }),
          fc.record({ leaveGroupOut: fc.oneof(fc.nat(), file) }),
        ),
        validation: fc.oneof(fc.constant('none' as const), fc.record({ fraction, groups: fc.boolean() })),
      }),
      model: fc.record({ name: fc.constantFrom('fcn', 'resnet'), attention }),
      train: fc.record({
        epochs: natural,
        optimizer,
        schedule,
        augmentation: fc.oneof(
          fc.constant('none' as const),
          fc.tuple(fc.constant('jitter'), fc.record({ name: fc.constant('mixup'), probability: fraction })),
        ),
        gradientClipping: fc.oneof(fc.constant('none' as const), fraction),
        classWeights: fc.oneof(fc.constant('balanced' as const), fc.dictionary(fc.string(), fraction)),
      }),
    });
    fc.assert(
      fc.property(input, (value) => {
        const config = resolveConfig(value);
        expect(parseConfig(formatConfig(config))).toEqual(config);
        expect(resolveConfig(config)).toEqual(config);
      }),
      { numRuns: 30 },
    );
  });
});

describe('loadConfig', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'masq-config-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  test('reads the sample config', async () => {
    const config = await loadConfig(join(packageRoot(), 'configs/japanese-vowels-fcn-se.yaml'), ['seed=3']);
    expect(config).toMatchObject({ name: 'japanese-vowels-fcn-se', seed: 3, data: { validation: 'none' } });
  });

  test('names a file that is not there, and the one that was probably meant', async () => {
    await writeFile(join(folder, 'study.yaml'), minimal);
    await expect(loadConfig(join(folder, 'studdy.yaml'))).rejects.toThrow(
      `There is no file ${join(folder, 'studdy.yaml')}. Did you mean "study.yaml"?`,
    );
    await expect(loadConfig(folder)).rejects.toThrow(`${folder} is a folder; expected a config file`);
  });
});

test('resolveConfig tells TypeScript users every mistake by its key', () => {
  expect(() => resolveConfig({ name: 'a', data: {}, model: 'fcn', trian: {} })).toThrow(
    'data.train: missing; expected text or a list.\ntrian: unknown key. Did you mean "train"?',
  );
});
