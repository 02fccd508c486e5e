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
export { addMissingIndicators, checkSomeValue, fillMissing, type MissingValues } from './missing.js';
export { fitNormalization, type Normalization, type NormalizationKind, normalize } from './normalization.js';
export { finishPreparation, loadPrepared, type Preparation } from './preparation.js';
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
  type WindowOrigin,
} from './recordings.js';
export { resample, type Resampling } from './resampling.js';
export { type Split, type SplitOptions, splitValidation } from './split.js';
export { arrangeTimes, checkGaps, type TimestampOptions } from './timestamps.js';
export { splitByWindows } from './windowSplit.js';
export {
  cutWindows,
  planWindows,
  type WindowCounts,
  type WindowOptions,
  type WindowPlan,
} from './windows.js';
