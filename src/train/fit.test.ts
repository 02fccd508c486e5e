// The training loop without files: the best epoch, early stopping, callbacks, interruption, losses that blow up.
import tf from '#tfjs';
import { describe, expect, it, vi } from 'vitest';
import { allValues, chooseBuckets, lengthsOf, recordingsFromArrays, type Recordings } from '../data/index.js';
import { loadEngine } from '../engine/index.js';
import { nodeBackend } from '../engine/program/backend.js';
import { buildModel } from '../models/index.js';
import { resolveConfig, type Config } from './config.js';
import { fit, type EpochRecord, type FitInput } from './fit.js';
import { createOptimizer } from './optimizers.js';
import { noProgress, type Progress } from './progress.js';
import { createTrainingState } from './step.js';
import { InterruptedError } from './trainingErrors.js';

/** Two classes that the sign of the only channel tells apart. */
function signs(recordings: number): Recordings {
  const labels = Array.from({ length: recordings }, (_, i) => (i % 2 === 0 ? 'minus' : 'plus'));
  const series = labels.map((label, i) =>
    Array.from({ length: 2 + (i % 3) }, () => [label === 'plus' ? 1 : -1]),
  );
  return recordingsFromArrays(series, { labels });
}

/** Opposite labels: learning the training set makes it worse. */
function swapped(recordings: Recordings): Recordings {
  return { ...recordings, labels: recordings.labels.map((label) => 1 - label) };
}

function input(train: object, rest: Partial<FitInput> = {}): FitInput {
  const config: Config = resolveConfig({
    name: 'signs',
    data: { train: 'none.csv' },
    model: { name: 'fcn', filters: [2, 2, 2] },
    train: { epochs: 6, batchSize: 4, schedule: 'constant', ...train },
  });
  const model = buildModel(config.model, { channels: 1, classes: 2, seed: 1 });
  const state = createTrainingState(model, createOptimizer(config.train.optimizer));
  const data = { train: signs(8), validation: signs(4) };
  const buckets = chooseBuckets(
    lengthsOf(rest.train ?? data.train),
    config.train.lengthBuckets,
    config.train.batchSize,
  );
  return { state, ...data, buckets, config: config.train, seed: 1, progress: noProgress, ...rest };
}

describe('fit', () => {
  it("lowers the loss and hands over each epoch, then its state, with metrics of one's own", async () => {
    const records: EpochRecord[] = [];
    const saved: Progress[] = [];
    const progress = await fit(
      input(
        { optimizer: { name: 'adamw', learningRate: 0.01 } },
        {
          metrics: { sure: (probabilities) => Math.max(...probabilities) },
          onEpoch: (record) => void records.push(record),
          onCheckpoint: (_, reached) => {
            expect(records).toHaveLength(reached.epoch);
            return Promise.resolve(void saved.push(reached));
          },
        },
      ),
    );
    expect(records.map(({ epoch, step }) => [epoch, step])).toEqual(
      [1, 2, 3, 4, 5, 6].map((n) => [n, 2 * n]),
    );
    expect(records[5].train.loss).toBeLessThan(records[0].train.loss);
    expect(records[0].validation?.sure).toBeGreaterThan(0.5);
    expect(saved.at(-1)).toEqual(progress);
  });

  it.each([
    // The values of a set, `[steps, channels]`, and where the rows of a batch of validation begin, `[rows, 1]`.
    ['for the sets on the device, from the host', false, /^float32 \d+,1$/],
    ['to validate, in smaller batches', true, /^int32 \d+,1$/],
  ] as const)('gives the same where memory does not suffice %s', async (_, compiledFirst, refused) => {
    const trained = async (first?: () => void, onCompiled?: () => void): Promise<number[]> => {
      const records: number[] = [];
      const onEpoch = ({ train, validation }: EpochRecord): void =>
        void records.push(train.loss, validation?.loss ?? NaN);
      const given = input({ epochs: 2 }, { onEpoch, onCompiled });
      first?.();
      await fit(given);
      return records;
    };
    const expected = await trained();
    const engine = tf.engine();
    const makeTensor = engine.makeTensor.bind(engine);
    let refuses = false;
    const spied = vi.spyOn(engine, 'makeTensor').mockImplementation((values, shape, dtype, ...rest) => {
      if (!refuses || !refused.test(`${dtype} ${shape.join()}`))
        return makeTensor(values, shape, dtype, ...rest);
      refuses = false;
      throw new Error('OOM when allocating tensor with shape[9,9]');
    });
    try {
      const found = await trained(
        () => (refuses = !compiledFirst),
        () => (refuses ||= compiledFirst),
      );
      expect(found).toHaveLength(4);
      for (const [i, loss] of found.entries()) expect(loss).toBeCloseTo(expected[i], 5);
      expect(refuses).toBe(false);
    } finally {
      spied.mockRestore();
    }
  });

  it.each([
    ['a graph is loaded', 'loadSavedModel'],
    ['metrics are read back', 'tensorDataSync'],
  ] as const)(
    'says in its own words that memory did not suffice where that comes out as %s',
    async (_, method) => {
      const { backend } = await loadEngine();
      if (backend !== 'tensorflow') return;
      let begun = method === 'loadSavedModel';
      const warnings: string[] = [];
      const onWarning = (warning: string): void => void warnings.push(warning);
      const given = input({ epochs: 1 }, { onCompiled: () => (begun = true), onWarning });
      const native = nodeBackend();
      const { binding } = native;
      const real = (binding[method] as (...args: unknown[]) => unknown).bind(binding);
      let refusals = 0;
      const value = (...args: unknown[]): unknown => {
        // With the sets on the device, and without.
        if (!begun || refusals === 2) return real(...args);
        refusals++;
        throw new Error('OOM when allocating tensor with shape[9,9]');
      };
      native.binding = Object.create(binding, { [method]: { value } }) as typeof binding;
      try {
        await expect(fit(given)).rejects.toThrow(
          /^Out of memory: a batch of 4 recordings of \d steps does not fit, for a tensor \[9,9\] among others; .* 2( of 4 steps)? fit: set train\.batchSize to 2,/,
        );
      } finally {
        native.binding = binding;
      }
      expect(refusals).toBe(2);
      expect(warnings).toEqual([
        expect.stringMatching(
          /^Out of memory: .* Training goes on from the end of the epoch before, with recordings kept by the host/,
        ),
      ]);
    },
  );

  it('repeats an epoch from the host where memory ran out with the sets on the device, and ends as without that', async () => {
    const { backend } = await loadEngine();
    if (backend !== 'tensorflow') return;
    const losses = async (onEpoch: (epoch: number) => void, warnings: string[] = []): Promise<number[]> => {
      const records: EpochRecord[] = [];
      await fit(
        input(
          { epochs: 3 },
          {
            onEpoch: (record) => {
              records.push(record);
              onEpoch(record.epoch);
            },
            onWarning: (warning) => void warnings.push(warning),
          },
        ),
      );
      return records.map(({ train }) => train.loss);
    };
    const expected = await losses(() => undefined);
    const native = nodeBackend();
    const { binding } = native;
    let refuses = false;
    const value = (...args: Parameters<typeof binding.tensorDataSync>): unknown => {
      if (!refuses) return binding.tensorDataSync(...args);
      refuses = false;
      throw new Error('OOM when allocating tensor with shape[9,9]');
    };
    native.binding = Object.create(binding, { tensorDataSync: { value } }) as typeof binding;
    const warnings: string[] = [];
    try {
      const found = await losses((epoch) => (refuses = epoch === 1), warnings);
      expect(found).toHaveLength(3);
      for (const [i, loss] of found.entries()) expect(loss).toBeCloseTo(expected[i], 5);
    } finally {
      native.binding = binding;
    }
    expect(warnings).toEqual([expect.stringContaining('with recordings kept by the host')]);
  });

  it.each(['onCompiled', 'onStep', 'onEpoch', 'onCheckpoint'] as const)(
    'ends with what %s throws, which is never taken for a batch that did not fit',
    async (name) => {
      const thrown = new Error('OOM when allocating tensor with shape[9,9]');
      const onWarning = vi.fn();
      const onCheckpoint = vi.fn(() => Promise.resolve());
      const given = input({ epochs: 2, onOutOfMemory: 'accumulate' }, { onWarning, onCheckpoint });
      const failing = vi.fn(() => {
        if (name === 'onCheckpoint') return Promise.reject(thrown);
        throw thrown;
      });
      await expect(fit({ ...given, [name]: failing })).rejects.toBe(thrown);
      expect(failing).toHaveBeenCalledTimes(1);
      expect(onWarning).not.toHaveBeenCalled();
      expect(onCheckpoint).not.toHaveBeenCalled();
    },
  );

  it('sees each class equally often with balanced sampling: all the same to a model that cannot tell them apart', async () => {
    // Six of one class and two of the other, without anything that differs.
    const labels = ['a', 'a', 'a', 'b', 'a', 'a', 'b', 'a'];
    const train = recordingsFromArrays(
      labels.map(() => [[0], [0]]),
      { labels },
    );
    const accuracy = async (sampling: string): Promise<number> => {
      const records: EpochRecord[] = [];
      await fit(input({ epochs: 1, sampling }, { train, onEpoch: (record) => void records.push(record) }));
      return records[0].train.accuracy;
    };
    expect([0.25, 0.75]).toContain(await accuracy('shuffle'));
    expect(await accuracy('balanced')).toBe(0.5);
  });

  it('has the steps and shapes of the plan it is given, to which the schedule is drawn out', async () => {
    const train = signs(10);
    const buckets = chooseBuckets(lengthsOf(train), 'none', 4);
    const records: EpochRecord[] = [];
    const seen: number[] = [];
    const schedule = { name: 'cosine', warmup: 0 };
    await fit(
      input(
        { epochs: 2, lengthBuckets: 'auto', schedule, optimizer: { name: 'sgd', learningRate: 0.01 } },
        {
          train,
          buckets,
          onStep: ({ stepsPerEpoch }) => void seen.push(stepsPerEpoch),
          onEpoch: (record) => void records.push(record),
        },
      ),
    );
    expect(buckets.batches).toBe(3);
    expect(new Set(seen)).toEqual(new Set([3]));
    expect(records.map(({ step }) => step)).toEqual([3, 6]);
    // Half a cosine over six steps, of which the third and the sixth end an epoch.
    expect(records[0].learningRate).toBeCloseTo(0.005 * (1 + Math.cos((2 / 5) * Math.PI)), 6);
    expect(records[1].learningRate).toBe(0);
  });

  it("refuses a metric of one's own that would take the place of the loss", async () => {
    const training = fit(input({}, { metrics: { loss: () => 0 } }));
    await expect(training).rejects.toThrow(
      'metrics.loss: masq computes a metric of this name itself. Name yours otherwise.',
    );
  });

  it('stops when validation has not improved for so many epochs, and keeps the best one', async () => {
    const given = input(
      { epochs: 50, optimizer: { name: 'adamw', learningRate: 0.03 }, earlyStopping: { patience: 3 } },
      { validation: swapped(signs(4)) },
    );
    const losses: number[] = [];
    const { epoch, best } = await fit({
      ...given,
      onEpoch: ({ validation }) => void losses.push(validation?.loss ?? NaN),
    });
    expect(epoch).toBeLessThan(50);
    expect(epoch).toBe((best?.epoch ?? NaN) + 3);
    expect(best?.value).toBe(Math.min(...losses));
  });

  it('chooses the best epoch by training loss where there is no validation set', async () => {
    const losses: number[] = [];
    const { best } = await fit(
      input({}, { validation: null, onEpoch: ({ train }) => void losses.push(train.loss) }),
    );
    expect(best?.value).toBe(Math.min(...losses));
  });

  const augmented = { epochs: 2, augmentation: ['jitter', 'crop', 'mixup'] };

  it.each([
    ['', { epochs: 2 }],
    [', augmented and mixed', augmented],
  ])('ends after the step in which it is interrupted, and goes on to the same losses%s', async (_, train) => {
    const whole: EpochRecord[] = [];
    await fit(input(train, { onEpoch: (record) => void whole.push(record) }));

    const given = input(train);
    let reached = noProgress;
    const interrupted = fit({
      ...given,
      signal: AbortSignal.abort(),
      onCheckpoint: (_, progress) => Promise.resolve(void (reached = progress)),
    });
    await expect(interrupted).rejects.toThrow(InterruptedError);
    expect(reached).toMatchObject({ epoch: 0, step: 1, partial: { steps: 1, recordings: 4 } });
    const rest: EpochRecord[] = [];
    await fit({ ...given, progress: reached, onEpoch: (record) => void rest.push(record) });
    const timeless = (records: EpochRecord[]): object[] =>
      records.map((record) => ({ ...record, seconds: 0 }));
    expect(timeless(rest)).toEqual(timeless(whole));
  });

  it('trains on augmented recordings, the same for the same seed', async () => {
    const firstLoss = async (train: object): Promise<number> => {
      const losses: number[] = [];
      await fit(
        input(
          { epochs: 1, batchSize: 8, ...train },
          { onEpoch: ({ train }) => void losses.push(train.loss) },
        ),
      );
      return losses[0];
    };
    const augmentation = [{ name: 'jitter', sigma: 3 }];
    const plain = await firstLoss({});
    const changed = await firstLoss({ augmentation });
    expect(changed).not.toBe(plain);
    expect(await firstLoss({ augmentation })).toBe(changed);
  });

  it('names the epoch and the update at which the loss is no longer finite', async () => {
    const train = signs(8);
    allValues(train)[3] = Infinity;
    const training = fit(input({ batchSize: 8 }, { train }));
    await expect(training).rejects.toThrow(
      /^The loss became NaN in epoch 1, step 1\. Try a lower train\.optimizer\.learningRate \(now 0\.001\), set train\.gradientClipping to 1, or look/,
    );
  });
});
