// The batches of training as a config asks for them: their shapes, planned before the first step, and their recordings in each epoch.
import {
  balancedOrder,
  bucketedOrder,
  chooseBalancedBuckets,
  chooseBuckets,
  lengthsOf,
  oneBucket,
  paddedLength,
  type BucketPlan,
  type PlannedBatch,
  type Recordings,
} from '../data/index.js';
import type { Config } from './config.js';

/** What the batches of a run are padded to. */
export function planBatches(
  train: Recordings,
  { data: { padding }, train: { batchSize, lengthBuckets, sampling } }: Config,
): BucketPlan {
  const lengths = lengthsOf(train);
  const padded = paddedLength(padding);
  if (padded !== undefined) return oneBucket(lengths, padded, batchSize);
  return sampling === 'balanced'
    ? chooseBalancedBuckets({ lengths, labels: train.labels }, lengthBuckets, batchSize)
    : chooseBuckets(lengths, lengthBuckets, batchSize);
}

/**
 * The batches of each epoch of training, a pure function of seed and epoch.
 *
 * @param boundaries padded lengths of the plan
 */
export function epochBatches(
  train: Recordings,
  { boundaries }: Pick<BucketPlan, 'boundaries'>,
  { batchSize, sampling }: Config['train'],
  seed: number,
): (epoch: number) => PlannedBatch[] {
  const order = { lengths: lengthsOf(train), boundaries, batchSize, seed };
  return sampling === 'balanced'
    ? (epoch) => balancedOrder({ ...order, labels: train.labels, epoch })
    : (epoch) => bucketedOrder({ ...order, epoch });
}
