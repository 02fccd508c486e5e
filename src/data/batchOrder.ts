// Which recordings share a batch, and the order of the batches: for training mixed anew in every epoch, for
// evaluation by length. Both are pure functions, and the shapes of their batches are few and known beforehand.
import { deriveSeed, permutation } from '../shared/random.js';
import { bucketOf, planBuckets, requireWhole, type BatchShape } from './buckets.js';

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
 * From the shortest bucket on, its recordings are shuffled and cut into full batches. What is left over moves up and is
 * shuffled among the next bucket's, so that only the longest bucket has a batch that is not full, always of as many
 * rows. At last the batches are shuffled, so that the steps see the lengths mixed. All is drawn for the seed and the
 * epoch, while the shapes and how often each occurs (`shapesOf`) are the same in every epoch.
 *
 * @throws RangeError when the batch size is no whole number from 1, or a recording is longer than the last bucket
 */
export function bucketedOrder({ lengths, boundaries, batchSize, seed, epoch }: OrderOptions): PlannedBatch[] {
  requireWhole('The batch size', batchSize);
  const batches: PlannedBatch[] = [];
  let leftOver: Int32Array = new Int32Array();
  for (const [bucket, members] of membersOf(lengths, boundaries).entries()) {
    const waiting = shuffled([leftOver, members], deriveSeed(seed, 'shuffle', epoch, bucket));
    const isLast = bucket === boundaries.length - 1;
    const end = isLast ? waiting.length : waiting.length - (waiting.length % batchSize);
    for (let start = 0; start < end; start += batchSize) {
      const indices = waiting.subarray(start, Math.min(start + batchSize, end));
      batches.push({ indices, rows: indices.length, time: boundaries[bucket] });
    }
    leftOver = waiting.subarray(end);
  }
  return Array.from(permutation(batches.length, deriveSeed(seed, 'batches', epoch)), (i) => batches[i]);
}

/**
 * The batches of a set to evaluate: neighbours in length together, the longest first, padded to at most `maximum`
 * different lengths. All have the same number of rows: the last batch is filled up with empty ones.
 *
 * @throws RangeError when the batch size or the maximum is no whole number from 1
 */
export function predictionBatches(
  lengths: Int32Array,
  batchSize: number,
  maximum: number,
): PlannedBatch[] {
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

/** The recordings of each bucket. */
function membersOf(lengths: Int32Array, boundaries: readonly number[]): Int32Array[] {
  const buckets = lengths.map((length) => bucketOf(boundaries, length));
  const sizes = new Int32Array(boundaries.length);
  for (const bucket of buckets) sizes[bucket]++;
  const members = Array.from(sizes, (size) => new Int32Array(size));
  const filled = new Int32Array(boundaries.length);
  for (const [index, bucket] of buckets.entries()) members[bucket][filled[bucket]++] = index;
  return members;
}

function shuffled([first, second]: readonly [Int32Array, Int32Array], seed: number): Int32Array {
  const all = new Int32Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return permutation(all.length, seed).map((position) => all[position]);
}
