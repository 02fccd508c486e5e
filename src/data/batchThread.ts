// A thread that makes the batches that it is asked for, one after another, and gives them away.
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf, UserError, withoutPlace } from '../shared/errors.js';
import { createAugmenter } from './augment/augmenter.js';
import { makeBatch } from './batches.js';
import type { BatchSource, FromBatchThread, ToBatchThread } from './batchMaker.js';

const { recordings, augmentation, seed, modules = [] } = workerData as BatchSource;
for (const url of modules) await import(url);
const augmenter = createAugmenter(augmentation, recordings, seed);

parentPort?.on('message', ({ planned, epoch }: ToBatchThread) => {
  try {
    const batch = makeBatch(recordings, planned.indices, planned, { augmenter, epoch });
    const { values, lengths, labels, indices, partners } = batch;
    const arrays = [
      values,
      lengths,
      labels,
      indices,
      ...(partners ? [partners.labels, partners.shares] : []),
    ];
    const buffers = arrays.map(({ buffer }) => buffer as ArrayBuffer);
    parentPort?.postMessage({ batch } satisfies FromBatchThread, buffers);
  } catch (error) {
    const place = error instanceof UserError ? error.place : null;
    // The place is put in front of the message again.
    const message = error instanceof UserError ? withoutPlace(error) : messageOf(error);
    const stack = error instanceof Error ? error.stack : undefined;
    parentPort?.postMessage({ problem: { place, message, stack } } satisfies FromBatchThread);
  }
});
