// masq/data: reading recordings, splitting and normalising them, and putting them into batches.
export { alignRecordings, checkTrainable, type Purpose, type TrainedOn } from './align.js';
export { type EmptyEnds, mayBeTransposed } from './arrayDoubts.js';
export { askedWithPacked } from './askedWithPacked.js';
export { archiveAddress, type DataSet, type DataSetOptions, downloadDataSet } from './archive/dataSet.js';
export type { DownloadOptions } from './archive/resumable.js';
export type { Augmentation, Partner, Sample } from './augment/augmentation.js';
export {
  type AugmentationChoice,
  type Augmenter,
  createAugmenter,
  mixes,
  misplacedMixup,
  mixupIsLast,
} from './augment/augmenter.js';
export { augmentations } from './augment/registry.js';
export {
  balancedOrder,
  balancedSample,
  type BalancedSampleOptions,
  chooseBalancedBuckets,
} from './balanced.js';
export { type BatchMaker, type BatchSource, openBatchMaker } from './batchMaker.js';
export { type Batch, type BatchAugmentation, makeBatch, type Partners } from './batches.js';
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
export { type Load, type LoadOptions, loadRecordings } from './load.js';
export {
  defaultMemoryLimit,
  type LoadedSet,
  loadWithin,
  type LoadWithinOptions,
  type PackedSet,
  type PackingProgress,
} from './loadWithin.js';
export { addMissingIndicators, checkSomeValue, fillMissing, type MissingValues } from './missing.js';
export { fitNormalization, type Normalization, type NormalizationKind, normalize } from './normalization.js';
export { expandPatterns } from './patterns.js';
export { finishPreparation, loadPrepared, type Preparation, readingFor } from './preparation.js';
export { packFiles, type PackOptions } from './packed/packFiles.js';
export { PackWriteError } from './packed/writing.js';
export { paddedLength, padRecordings, type RecordingPadding } from './padding.js';
export { type ChannelFindings, inspectSample, type NearConstantChannel } from './channelFindings.js';
export { describeFile, type FileDescription, type LengthBin } from './describe.js';
export {
  archiveFiles,
  type DataDescription,
  describeFiles,
  type DescribeOptions,
  type DescribedSet,
  type FileRepetition,
} from './describeFiles.js';
export { describePair, findRepetitions, type RecordingName, type Repetition } from './duplicates.js';
export type { Problem } from './read/problems.js';
export { filesRead } from './read/filesRead.js';
export { readRecordings } from './read/readRecordings.js';
export {
  type Columns,
  type Format,
  formats,
  type FoundFormat,
  type MissingValue,
  type ReadOptions,
  type ReadResult,
} from './read/reader.js';
export {
  allValues,
  type ArrayOptions,
  type BatchedRecordings,
  count,
  lengthOf,
  lengthsOf,
  longest,
  placeOf,
  type Recordings,
  recordingsFromArrays,
  valuesOf,
  type WindowOrigin,
} from './recordings.js';
export { type FoldOptions, leaveGroupOut, splitFold, splitGroups } from './folds.js';
export { checkSplits, holdOut, type HoldOut, trainSplit } from './holdOut.js';
export { stratifiedResample } from './resample.js';
export { resample, type Resampling } from './resampling.js';
export type { Sides } from './sides.js';
export { type HeldOutPart, type Split, splitFraction, type SplitOptions, splitValidation } from './split.js';
export { arrangeTimes, checkGaps, type TimestampOptions } from './timestamps.js';
export { type MaxLength, truncateRecordings } from './truncate.js';
export { holdOutByWindows } from './windowSplit.js';
export { isInMemory, memoryValues, placementOf, type Values } from './values.js';
export {
  cutWindows,
  planWindows,
  type WindowCounts,
  type WindowOptions,
  type WindowPlan,
} from './windows.js';
