// Which recordings share a batch, and the order of the batches: for training mixed anew in every epoch, for
// evaluation by length. Both are pure functions, and the shapes of their batches are few and known beforehand.
import { deriveSeed, permutation } from '../shared/random.js';
import { bucketOf, fullBatches, planBuckets, requireWhole, type BatchShape } from './buckets.js';

/** A batch that is to be made, by `makeBatch(recordings, batch.indices, batch)`. */
export interface PlannedBatch extends BatchShape {
  /** Which recordings its first rows are; further rows are empty. */
  readonly indices: Int32Array;
}

/** What the batches of an epoch of training depend on. */
export interface OrderOptions {
  /** Steps of each recording. */
  readonly lengths: Int32Array;
  /** Padded length of each bucket, ascending: see `chooseBuckets`. */
  readonly boundaries: readonly number[];
  readonly batchSize: number;
  readonly seed: number;
  readonly epoch: number;
}

/**
 * The batches of one epoch of training: every recording once, in as few batches as can be, full but for one.
 *
 * The rest, the recordings that do not fill a batch, are drawn from all with equal probability and padded to the
 * longest: a mean over fewer recordings gives each of them more weight, which none may have oftener than another. From
 * the shortest bucket on, the other recordings are shuffled and cut into full batches, as many as there are for any
 * rest. What is left over moves up and is shuffled among the next bucket's. At last the batches are shuffled, so that
 * the steps see the lengths mixed. All is drawn for the seed and the epoch, while the shapes and how often each occurs
 * (`shapesOf`) are the same in every epoch.
 *
 * @throws RangeError when the batch size is no whole number from 1, or a recording is longer than the last bucket
 */
export function bucketedOrder({ lengths, boundaries, batchSize, seed, epoch }: OrderOptions): PlannedBatch[] {
  requireWhole('The batch size', batchSize);
  const counts = fullBatches({ lengths, boundaries, batchSize });
  const order = permutation(lengths.length, deriveSeed(seed, 'rest', epoch));
  const restSize = lengths.length % batchSize;
  const [rest, others] = [order.subarray(0, restSize), order.subarray(restSize)];
  const batches: PlannedBatch[] = [];
  let leftOver: Int32Array = new Int32Array();
  for (const [bucket, members] of membersOf(others, lengths, boundaries).entries()) {
    const waiting = shuffled([leftOver, members], deriveSeed(seed, 'shuffle', epoch, bucket));
    const end = counts[bucket] * batchSize;
    for (let start = 0; start < end; start += batchSize) {
      const indices = waiting.subarray(start, start + batchSize);
      batches.push({ indices, rows: batchSize, time: boundaries[bucket] });
    }
    leftOver = waiting.subarray(end);
  }
  if (restSize > 0) batches.push({ indices: rest, rows: restSize, time: boundaries[boundaries.length - 1] });
  return Array.from(permutation(batches.length, deriveSeed(seed, 'batches', epoch)), (i) => batches[i]);
}

/**
 * The batches of a set to evaluate: neighbours in length together, the longest first, padded to at most `maximum`
 * different lengths. All have the same number of rows: the last batch is filled up with empty ones.
 *
 * @throws RangeError when the batch size or the maximum is no whole number from 1
 */
export function predictionBatches(lengths: Int32Array, batchSize: number, maximum: number): PlannedBatch[] {
  requireWhole('The batch size', batchSize);
  const rows = Math.min(lengths.length, batchSize);
  const byLength = lengths.map((_, i) => i).sort((a, b) => lengths[b] - lengths[a] || a - b);
  const parts = Array.from({ length: Math.ceil(lengths.length / batchSize) }, (_, i) =>
    byLength.subarray(i * batchSize, (i + 1) * batchSize),
  );
  const longest = Int32Array.from(parts, ([first]) => lengths[first]);
  const boundaries = planBuckets(longest, maximum);
  return parts.map((indices, i) => ({ indices, rows, time: boundaries[bucketOf(boundaries, longest[i])] }));
}

/** Those of these recordings that are in each bucket. */
function membersOf(recordings: Int32Array, lengths: Int32Array, boundaries: readonly number[]): Int32Array[] {
  const members = boundaries.map((): number[] => []);
  for (const index of recordings) members[bucketOf(boundaries, lengths[index])].push(index);
  return members.map((indices) => Int32Array.from(indices));
}

function shuffled([first, second]: readonly [Int32Array, Int32Array], seed: number): Int32Array {
  const all = new Int32Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return permutation(all.length, seed).map((position) => all[position]);
}
