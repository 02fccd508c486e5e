// What a run tells the trackers that its config names.
import type tf from '#tfjs';
import { flatten, openTrackers } from '../track/index.js';
import type { Config } from './config.js';
import type { EpochRecord } from './fit.js';
import { gateReader } from './gates.js';
import type { PreparedData } from './prepare.js';
import type { SetMetrics } from './result.js';

export interface Tracking {
  /** After an epoch, when the model has the weights of its end. */
  readonly epoch: (record: EpochRecord) => Promise<void>;
  /** Once the best epoch is tested; null without test data. */
  readonly finished: (test: SetMetrics | null) => Promise<void>;
  /** When training can go no further. */
  readonly failed: () => Promise<void>;
  /** At the very end, however it came, when the run's files are written. */
  readonly close: () => Promise<void>;
}

export interface TrackingInput {
  /** Run directory. */
  readonly path: string;
  readonly config: Config;
  readonly data: Pick<PreparedData, 'train' | 'validation'>;
  readonly model: tf.LayersModel;
  /** Epochs that are finished. */
  readonly epoch: number;
  readonly onWarning: ((warning: string) => void) | undefined;
}

export async function startTracking({
  path,
  config,
  data,
  model,
  epoch,
  onWarning,
}: TrackingInput): Promise<Tracking> {
  const { track, ...hyperparameters } = config;
  const tracker = await openTrackers(track, {
    path,
    name: config.name,
    parameters: flatten(hyperparameters),
    epoch,
    onWarning: (warning) => onWarning?.(warning),
  });
  let read: ReturnType<typeof gateReader> | undefined;
  const gates = () => (read ??= gateReader(model, data.validation ?? data.train))();
  return {
    epoch: ({ epoch, step, train, validation, learningRate, seconds }) => {
      const scalars = { ...numbersOf({ train, validation }), learningRate, seconds };
      return tracker.epoch({ epoch, step, scalars, gates });
    },
    finished: (test) => tracker.end({ status: 'finished', scalars: test === null ? {} : testScalars(test) }),
    failed: () => tracker.end({ status: 'failed', scalars: {} }),
    close: () => tracker.close(),
  };
}

/** The metrics of the test data that are one number each; those of one's own stand beside the others, as in an epoch. */
function testScalars({ metrics = {}, perRecording, ...standard }: SetMetrics): Record<string, number> {
  const { metrics: own = {}, ...whole } = perRecording ?? {};
  const none = { recordings: undefined, windows: undefined };
  return numbersOf({
    test: { ...standard, ...none, ...metrics },
    'test.perRecording': { ...whole, ...none, ...own },
  });
}

/** The numbers among the metrics of sets, as `set/metric`. */
function numbersOf(sets: Readonly<Record<string, object | undefined>>): Record<string, number> {
  const numbers: Record<string, number> = {};
  for (const [set, metrics = {}] of Object.entries(sets)) {
    for (const [name, value] of Object.entries<unknown>({ ...metrics })) {
      if (typeof value === 'number') numbers[`${set}/${name}`] = value;
    }
  }
  return numbers;
}
