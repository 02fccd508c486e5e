// Balanced sampling: in every epoch each class is drawn equally often, whatever its share of the recordings. The draw is
// a pure function of seed and epoch; the shapes of batches are planned beforehand and do not depend on it.
import { deriveSeed, permutation } from '../shared/random.js';
import { bucketedOrder, type OrderOptions, type PlannedBatch } from './batchOrder.js';
import { chooseBuckets, requireWhole, type BucketPlan, type LengthBuckets } from './buckets.js';

/** What the draws of an epoch depend on. */
export interface BalancedSampleOptions {
  /** Class index of each recording. */
  readonly labels: Int32Array;
  readonly seed: number;
  /** From 1. */
  readonly epoch: number;
}

/**
 * The recordings of one epoch of balanced sampling, `[recordings]`, class after class: as many as there are, the same
 * number of each class that has any, but for one more of some where the number cannot be divided. Those take turns, so that the
 * classes are equal over as many epochs as there are classes, and within one at any time.
 *
 * A class is gone through in rounds over all epochs: all of its recordings are drawn, in random order, before the next round begins.
 * So a large class is seen as a whole in a few epochs, and a small one several times in each.
 *
 * @throws RangeError when a recording has no class, or the epoch is no whole number from 1
 */
export function balancedSample({ labels, seed, epoch }: BalancedSampleOptions): Int32Array {
  requireWhole('The epoch', epoch);
  const members = membersOf(labels);
  const sample = new Int32Array(labels.length);
  let drawn = 0;
  for (const [place, recordings] of members.entries()) {
    const before = drawsBefore(epoch, place, labels.length, members.length);
    const end = drawsBefore(epoch + 1, place, labels.length, members.length);
    for (let draw = before; draw < end;) {
      const round = Math.floor(draw / recordings.length);
      const first = round * recordings.length;
      const order = permutation(recordings.length, deriveSeed(seed, 'balanced', place, round));
      const last = Math.min(end, first + recordings.length);
      for (; draw < last; draw++) sample[drawn++] = recordings[order[draw - first]];
    }
  }
  return sample;
}

/** As `bucketedOrder`, but the batches of an epoch hold the recordings of `balancedSample`. */
export function balancedOrder({
  labels,
  lengths,
  ...options
}: OrderOptions & BalancedSampleOptions): PlannedBatch[] {
  const sample = balancedSample({ labels, ...options });
  const batches = bucketedOrder({ ...options, lengths: sample.map((recording) => lengths[recording]) });
  return batches.map((batch) => ({ ...batch, indices: batch.indices.map((draw) => sample[draw]) }));
}

/**
 * The buckets for balanced sampling: chosen as `chooseBuckets` does, for an epoch in which each class has its share and its
 * lengths are spread as in the recordings. Draws differ from it, so the numbers of batches of each shape are expected ones and the
 * share of padding is an estimate; but every batch has one of the shapes, and their sum is exact.
 */
export function chooseBalancedBuckets(
  { labels, lengths }: Pick<OrderOptions, 'lengths'> & Pick<BalancedSampleOptions, 'labels'>,
  option: LengthBuckets,
  batchSize: number,
): BucketPlan {
  const plan = chooseBuckets(expectedLengths(labels, lengths), option, batchSize);
  return { ...plan, shapes: everyShape(plan, labels.length, batchSize) };
}

/** Of each class, its lengths in ascending order at equal distances, the longest included: as many as an epoch draws. */
function expectedLengths(labels: Int32Array, lengths: Int32Array): Int32Array {
  const members = membersOf(labels);
  const expected = new Int32Array(labels.length);
  let filled = 0;
  for (const [place, recordings] of members.entries()) {
    const sorted = recordings.map((recording) => lengths[recording]).sort();
    const draws = drawsBefore(2, place, labels.length, members.length);
    for (let draw = 1; draw <= draws; draw++) {
      expected[filled++] = sorted[Math.ceil((draw * sorted.length) / draws) - 1];
    }
  }
  return expected;
}

/** An epoch may have full batches of any bucket, also of one that is expected to have none. */
function everyShape(plan: BucketPlan, recordings: number, batchSize: number): BucketPlan['shapes'] {
  const full = plan.boundaries.map((time) => ({
    rows: batchSize,
    time,
    batches: plan.shapes.find((shape) => shape.rows === batchSize && shape.time === time)?.batches ?? 0,
  }));
  const rest = plan.shapes.filter(({ rows }) => rows !== batchSize);
  return [...(recordings < batchSize ? [] : full), ...rest];
}

/** The recordings of each class that has any, in the order of the classes. */
function membersOf(labels: Int32Array): Int32Array[] {
  const members: number[][] = [];
  for (const [recording, label] of labels.entries()) {
    if (label < 0)
      throw new RangeError(`Recording ${recording} has no class, which balanced sampling needs.`);
    while (members.length <= label) members.push([]);
    members[label].push(recording);
  }
  return members
    .filter((recordings) => recordings.length > 0)
    .map((recordings) => Int32Array.from(recordings));
}

/**
 * How often the class at `place` is drawn before an epoch: an equal part of each epoch, and its turns at what remains. In each epoch
 * the next `recordings % classes` classes have a turn.
 */
function drawsBefore(epoch: number, place: number, recordings: number, classes: number): number {
  const rest = recordings % classes;
  const turns = (epoch - 1) * rest;
  return (epoch - 1) * ((recordings - rest) / classes) + Math.ceil(Math.max(0, turns - place) / classes);
}
