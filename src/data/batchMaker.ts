// Makes the batches of training in the order of their plan: here, or in a thread that is a few ahead, so that steps do not wait while
// values are read or augmented.
import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { resolve } from 'node:path';
import { UserError, type Place } from '../shared/errors.js';
import { startThread } from '../shared/node/startThread.js';
import { type AugmentationChoice, createAugmenter } from './augment/augmenter.js';
import { type Batch, makeBatch } from './batches.js';
import type { PlannedBatch } from './batchOrder.js';
import type { BatchedRecordings } from './recordings.js';
import { isInMemory } from './values.js';

/** What batches are made of. */
export interface BatchSource {
  /** Normalised. */
  readonly recordings: BatchedRecordings;
  readonly augmentation: 'none' | readonly AugmentationChoice[];
  readonly seed: number;
  /** Modules that register augmentations, for a thread to import. */
  readonly modules?: readonly string[] | undefined;
}

/** Makes batches. */
export interface BatchMaker {
  /** Plans the batches of an epoch, once all of those before were taken. */
  plan(batches: readonly PlannedBatch[], epoch: number): void;
  /** The next batch, or null where it cannot be made. */
  next(): Promise<Batch | null>;
  /** Why a batch could not be made; null where all could. */
  readonly failure: Error | null;
  /** Seconds for which batches were waited for, all epochs together. */
  readonly waitSeconds: number;
  close(): Promise<void>;
}

/** What a thread is asked to make. */
export interface ToBatchThread {
  readonly planned: PlannedBatch;
  readonly epoch: number;
}

/** What a thread answers. */
export type FromBatchThread =
  | { readonly batch: Batch }
  | {
      readonly problem: {
        readonly place: Place | null;
        readonly message: string;
        readonly stack: string | undefined;
      };
    };

/** Bytes of batches that are made before they are wanted, and their number. */
const AHEAD = { bytes: 1 << 26, least: 2, most: 8 };

const program = new URL('./batchThread.js', import.meta.url);

/** Whether threads can be started: not where all of masq was put into one file. */
function hasThreads(): boolean {
  return existsSync(fileURLToPath(program));
}

/**
 * A maker of batches. It takes a thread where values are not in memory or are augmented: for the others the way to a thread and back takes
 * longer than to make them.
 *
 * @throws UserError where an augmentation does not fit the recordings
 */
export function openBatchMaker(source: BatchSource): BatchMaker {
  const { recordings, augmentation } = source;
  const isQuick = isInMemory(recordings.values) && augmentation === 'none';
  return isQuick || !hasThreads() ? makeHere(source) : makeInThread(source);
}

/** Makes batches in this thread. */
export function makeHere({ recordings, augmentation, seed }: BatchSource): BatchMaker {
  const augmenter = createAugmenter(augmentation, recordings, seed);
  let [waiting, waitSeconds, of] = [[] as PlannedBatch[], 0, 1];
  let failure: Error | null = null;
  return {
    plan: (batches, epoch) => {
      waiting = batches.toReversed();
      of = epoch;
    },
    next: () => {
      const began = performance.now();
      const planned = waiting.pop();
      if (planned === undefined) throw new RangeError('no batch is planned');
      let batch: Batch | null = null;
      try {
        batch = makeBatch(recordings, planned.indices, planned, { augmenter, epoch: of });
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        failure = error;
      }
      waitSeconds += (performance.now() - began) / 1000;
      return Promise.resolve(batch);
    },
    get failure() {
      return failure;
    },
    get waitSeconds() {
      return waitSeconds;
    },
    close: () => Promise.resolve(),
  };
}

/** Makes batches in a thread of their own. */
export function makeInThread({ recordings, augmentation, seed, modules = [] }: BatchSource): BatchMaker {
  // What does not fit is said here, before anything is sent.
  createAugmenter(augmentation, recordings, seed);
  const { channels, channelNames, indicators, classes, values, offsets, labels } = recordings;
  const input: BatchSource = {
    recordings: {
      ...{ channels, channelNames, classes, values, offsets, labels },
      ...(indicators !== undefined && { indicators }),
    },
    ...{ augmentation, seed, modules: modules.map((path) => pathToFileURL(resolve(path)).href) },
  };
  const worker = startThread(program, input);
  let plan: readonly PlannedBatch[] = [];
  let [asked, taken, of, waitSeconds] = [0, 0, 1, 0];
  let failure: Error | null = null;
  let closing = false;
  const made: Batch[] = [];
  let wake: () => void = () => undefined;
  const ask = (): void => {
    while (asked < plan.length && asked - taken < aheadOf(plan[asked], channels)) {
      // A part of an array would be sent with all of it.
      const { indices, ...planned } = plan[asked++];
      const message: ToBatchThread = { planned: { ...planned, indices: indices.slice() }, epoch: of };
      worker.postMessage(message);
    }
  };
  const fail = (error: Error): void => {
    if (closing) return;
    failure ??= error;
    wake();
  };
  worker.on('message', (message: FromBatchThread) => {
    if ('batch' in message) made.push(message.batch);
    else fail(errorOf(message.problem));
    wake();
  });
  worker.on('error', (error) => {
    fail(new Error(`The thread that makes batches failed: ${String(error)}.`, { cause: error }));
  });
  worker.on('exit', (code) => {
    fail(new Error(`The thread that makes batches ended unexpectedly, with exit code ${code}.`));
  });
  return {
    plan: (batches, epoch) => {
      [plan, asked, taken, of] = [batches, 0, 0, epoch];
      ask();
    },
    next: async () => {
      const began = performance.now();
      while (made.length === 0 && failure === null) {
        await new Promise<void>((resolved) => {
          wake = resolved;
        });
      }
      waitSeconds += (performance.now() - began) / 1000;
      const batch = made.shift();
      taken++;
      ask();
      return batch ?? null;
    },
    get failure() {
      return made.length > 0 ? null : failure;
    },
    get waitSeconds() {
      return waitSeconds;
    },
    close: async () => {
      closing = true;
      await worker.terminate();
    },
  };
}

function aheadOf({ rows, time }: PlannedBatch, channels: number): number {
  const fitting = Math.floor(AHEAD.bytes / (4 * rows * time * channels));
  return Math.max(AHEAD.least, Math.min(AHEAD.most, fitting));
}

function errorOf({
  place,
  message,
  stack,
}: Extract<FromBatchThread, { problem: unknown }>['problem']): Error {
  if (place !== null) return new UserError(message, place);
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
