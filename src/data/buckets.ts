// Length buckets: the few padded lengths that the batches of a set share. Every shape of a batch is compiled once, so
// few shapes are cheap; every padded step is computed, so batches of similar length are cheap. The padded lengths, and
// with them all shapes of training, are known before the first step.

/** How `train.lengthBuckets` asks for buckets: as many as pay, none, or at most so many. */
export type LengthBuckets = 'auto' | 'none' | number;

/** Rows and time axis of a batch. */
export interface BatchShape {
  readonly rows: number;
  readonly time: number;
}

/** A shape and how many batches of an epoch have it. */
export interface PlannedShape extends BatchShape {
  readonly batches: number;
}

/** The buckets of a training set and what they come to. */
export interface BucketPlan {
  /** Padded length of each bucket, ascending; the last is the longest recording's. */
  readonly boundaries: readonly number[];
  /** All shapes of an epoch's batches, the same in every epoch. */
  readonly shapes: readonly PlannedShape[];
  /** Batches of an epoch. */
  readonly batches: number;
  /** Padded steps as a share of all steps of an epoch's batches. */
  readonly paddingShare: number;
  /** The same with every batch padded to the longest recording. */
  readonly unbucketedPaddingShare: number;
}

/** `auto` takes no more buckets than this … */
const mostBuckets = 8;
/** … and no more than bring the padded share down to this; … */
const enoughPaddingShare = 0.1;
/** … each with so many full batches, so that who shares a batch with whom stays open. */
const batchesPerBucket = 2;

/**
 * Above so many distinct lengths, `planBuckets` chooses among this many quantiles of the steps; above so many full
 * batches, `chooseBuckets` among this many quantiles of the batches.
 */
const mostCandidates = 512;

/**
 * The padded lengths, at most `maximum`, for which recordings of these lengths have the fewest padded steps when each
 * is padded to the next of them. Ascending; the last is the longest length, or 1 if that is 0.
 *
 * The optimum is exact (dynamic programming over the distinct lengths) up to 512 distinct lengths. Above, the padded
 * lengths are chosen among 512 quantiles, between which lie equally many steps.
 */
export function planBuckets(lengths: Int32Array, maximum: number): number[] {
  requireWhole('The number of length buckets', maximum);
  return optimalPlans(groupLengths(lengths), maximum, 1).at(-1) ?? [1];
}

/**
 * The buckets for training in batches of `batchSize`, and what they save: those with which the batches of an epoch (see
 * `bucketedOrder`) have the fewest padded steps, exact up to 512 full batches.
 *
 * `auto` takes the fewest buckets that leave at most 10 % padding, or as many as leave least; at most 8, each with at
 * least two full batches. A number is the maximum.
 */
export function chooseBuckets(lengths: Int32Array, option: LengthBuckets, batchSize: number): BucketPlan {
  requireWhole('The batch size', batchSize);
  if (typeof option === 'number') requireWhole('The number of length buckets', option);
  const groups = groupBatches(lengths, batchSize);
  const plan = (boundaries: readonly number[]): BucketPlan => describePlan(lengths, boundaries, batchSize);
  const one = plan(planBuckets(lengths, 1));
  if (option === 'none') return one;
  if (option !== 'auto') return plan(optimalPlans(groups, option, 1).at(-1) ?? one.boundaries);
  let best = one;
  for (const boundaries of optimalPlans(groups, mostBuckets, batchesPerBucket * batchSize)) {
    if (best.paddingShare <= enoughPaddingShare) break;
    const candidate = plan(boundaries);
    if (candidate.paddingShare < best.paddingShare) best = candidate;
  }
  return best;
}

/** One bucket: every batch is padded to so many steps, at least as many as the longest recording has. */
export function oneBucket(lengths: Int32Array, paddedLength: number, batchSize: number): BucketPlan {
  requireWhole('The batch size', batchSize);
  return describePlan(lengths, [paddedLength], batchSize);
}

/** Recordings in batches, sorted into buckets by length. */
export interface BucketedSet {
  readonly lengths: Int32Array;
  /** Padded length of each bucket, ascending. */
  readonly boundaries: readonly number[];
  readonly batchSize: number;
}

/**
 * All shapes of the batches that `bucketedOrder` makes, for any seed and epoch, with their numbers: full batches of
 * each bucket, and the rest, padded to the longest.
 */
export function shapesOf(set: BucketedSet): PlannedShape[] {
  const { lengths, boundaries, batchSize } = set;
  const shapes = Array.from(fullBatches(set), (batches, bucket) => ({
    rows: batchSize,
    time: boundaries[bucket],
    batches,
  })).filter(({ batches }) => batches > 0);
  const rest = lengths.length % batchSize;
  if (rest > 0) shapes.push({ rows: rest, time: boundaries[boundaries.length - 1], batches: 1 });
  return shapes;
}

/**
 * How many full batches each bucket has, whichever recordings are the rest, which fill none: no more than there are
 * recordings for if all of the rest are shorter than the bucket.
 */
export function fullBatches({ lengths, boundaries, batchSize }: BucketedSet): Int32Array {
  const recordings = new Int32Array(boundaries.length);
  for (const length of lengths) recordings[bucketOf(boundaries, length)]++;
  const rest = lengths.length % batchSize;
  let short = 0;
  let done = 0;
  return recordings.map((own) => {
    short += own;
    const batches = Math.max(0, Math.floor((short - rest) / batchSize) - done);
    done += batches;
    return batches;
  });
}

/**
 * The bucket of a recording of so many steps: the first whose padded length is not below.
 *
 * @throws RangeError when the recording is longer than the last one's
 */
export function bucketOf(boundaries: readonly number[], length: number): number {
  let [low, high] = [0, boundaries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (boundaries[middle] < length) low = middle + 1;
    else high = middle;
  }
  if (low < boundaries.length) return low;
  throw new RangeError(`A recording has ${length} steps; the longest bucket has ${boundaries.at(-1) ?? 0}.`);
}

/** @throws RangeError unless `value` is a whole number from 1 */
export function requireWhole(what: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new RangeError(`${what} is ${value}, expected a whole number from 1.`);
}

function describePlan(lengths: Int32Array, boundaries: readonly number[], batchSize: number): BucketPlan {
  const shapes = shapesOf({ lengths, boundaries, batchSize });
  const valid = lengths.reduce((sum, length) => sum + length, 0);
  const all = shapes.reduce((sum, { rows, time, batches }) => sum + rows * time * batches, 0);
  const longest = boundaries[boundaries.length - 1];
  const share = (steps: number): number => (steps === 0 ? 0 : 1 - valid / steps);
  return {
    boundaries,
    shapes,
    batches: shapes.reduce((sum, { batches }) => sum + batches, 0),
    paddingShare: share(all),
    unbucketedPaddingShare: share(lengths.length * longest),
  };
}

/** Recordings of neighbouring lengths, which go into a bucket together. */
interface LengthGroups {
  /** The longest length of each group, ascending. */
  readonly longest: readonly number[];
  /** Recordings before each group; one more entry than groups. */
  readonly before: readonly number[];
}

/** A group for every distinct length, or groups of equally many steps where those were too many. */
function groupLengths(lengths: Int32Array): LengthGroups {
  // An empty recording takes a step, as there is no batch without any.
  const sorted = lengths.map((length) => Math.max(1, length)).sort();
  let distinct = 0;
  let steps = 0;
  for (let i = 0; i < sorted.length; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) distinct++;
    steps += sorted[i];
  }
  const stepsPerGroup = distinct > mostCandidates ? steps / mostCandidates : 0;
  const longest: number[] = [];
  const before = [0];
  let done = 0;
  for (let i = 0; i < sorted.length; i++) {
    done += sorted[i];
    if (sorted[i] === sorted[i + 1]) continue;
    if (done < stepsPerGroup * (longest.length + 1) && i + 1 < sorted.length) continue;
    longest.push(sorted[i]);
    before.push(i + 1);
  }
  return { longest, before };
}

/**
 * The full batches of an epoch from the shortest on, a group for every length that they must be padded to. Whichever
 * recordings are the rest, the k-th batch needs none beyond place k · batchSize + rest of all recordings by length.
 */
function groupBatches(lengths: Int32Array, batchSize: number): LengthGroups {
  const sorted = lengths.map((length) => Math.max(1, length)).sort();
  const rest = sorted.length % batchSize;
  const batches = (sorted.length - rest) / batchSize;
  const candidates = Math.min(batches, mostCandidates);
  const longest: number[] = [];
  const before = [0];
  for (let i = 1; i <= candidates; i++) {
    const recordings = Math.floor((i * batches) / candidates) * batchSize;
    const length = sorted[recordings + rest - 1];
    if (length === longest.at(-1)) before.pop();
    else longest.push(length);
    before.push(recordings);
  }
  return { longest, before };
}

/**
 * The best padded lengths for exactly 1, 2, … `maximum` buckets of at least `minimum` recordings; fewer plans where
 * there is no such division. The cost of a bucket is its recordings times its longest length.
 */
function optimalPlans({ longest, before }: LengthGroups, maximum: number, minimum: number): number[][] {
  const groups = longest.length;
  const least = Math.min(minimum, before[groups]);
  const starts: Int32Array[] = [];
  const plans: number[][] = [];
  // The fewest padded steps of the first `end` groups in as many buckets as there are rows in `starts`.
  let fewest = new Float64Array(groups + 1).fill(Infinity);
  fewest[0] = 0;
  for (let buckets = 1; buckets <= Math.min(maximum, groups); buckets++) {
    const next = new Float64Array(groups + 1).fill(Infinity);
    const start = new Int32Array(groups + 1);
    for (let end = buckets; end <= groups; end++) {
      for (let from = buckets - 1; from < end && before[end] - before[from] >= least; from++) {
        const steps = fewest[from] + (before[end] - before[from]) * longest[end - 1];
        if (steps < next[end]) [next[end], start[end]] = [steps, from];
      }
    }
    if (next[groups] === Infinity) break;
    fewest = next;
    starts.push(start);
    plans.push(boundariesOf(longest, starts));
  }
  return plans;
}

/** Walks back from the last group: `starts[k][end]` is where bucket k, which ends before group `end`, starts. */
function boundariesOf(longest: readonly number[], starts: readonly Int32Array[]): number[] {
  const boundaries: number[] = [];
  let end = longest.length;
  for (const start of starts.toReversed()) {
    boundaries.unshift(longest[end - 1]);
    end = start[end];
  }
  return boundaries;
}
