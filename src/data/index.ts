// masq/data: reading recordings, splitting and normalising them, and putting them into batches.
export { alignRecordings, checkTrainable, type Purpose, type TrainedOn } from './align.js';
export { type Batch, makeBatch } from './batches.js';
export { bucketedOrder, type OrderOptions, type PlannedBatch, predictionBatches } from './batchOrder.js';
export {
  type BatchShape,
  type BucketPlan,
  chooseBuckets,
  oneBucket,
  type LengthBuckets,
  planBuckets,
  type PlannedShape,
  shapesOf,
} from './buckets.js';
export { concatenate, selectRecordings } from './combine.js';
export { type LoadOptions, loadRecordings } from './load.js';
export { fitNormalization, type Normalization, type NormalizationKind, normalize } from './normalization.js';
export { paddedLength, padRecordings, type RecordingPadding } from './padding.js';
export { describeFile, type FileDescription, type LengthBin } from './describe.js';
export type { Problem } from './read/problems.js';
export { readRecordings } from './read/readRecordings.js';
export type { Columns, Format, MissingValue, ReadOptions, ReadResult } from './read/reader.js';
export {
  type ArrayOptions,
  count,
  lengthOf,
  lengthsOf,
  longest,
  placeOf,
  type Recordings,
  recordingsFromArrays,
} from './recordings.js';
export { type FoldOptions, leaveGroupOut, splitFold, splitGroups } from './folds.js';
export { checkSplits, holdOut, type HoldOut, trainSplit } from './holdOut.js';
export { stratifiedResample } from './resample.js';
export type { Sides } from './sides.js';
export { type HeldOutPart, type Split, splitFraction, type SplitOptions, splitValidation } from './split.js';
export { type MaxLength, truncateRecordings } from './truncate.js';
