// masq/train: runs from TypeScript, and the parts of which a run is made.
export { modelFromFiles, modelToFiles, type ModelFiles, type ModelMetadata } from './artifacts.js';
export { readCheckpoint, type Checkpoint, type CheckpointName } from './checkpoint.js';
export {
  formatConfig,
  loadConfig,
  parseConfig,
  resolveConfig,
  type Config,
  type ConfigInput,
} from './config.js';
export { importModules } from './configModules.js';
export {
  evaluateRun,
  predictRun,
  type EvaluateOptions,
  type ModelOptions,
  type PredictionsPer,
  type PredictRunOptions,
  type SplitName,
} from './evaluate.js';
export { fit, type EpochRecord, type FitCallbacks, type FitInput } from './fit.js';
export { registerMetric, type Metric } from './ownMetrics.js';
export { softmaxCrossEntropy, type CrossEntropyOptions } from './loss.js';
export { classificationMetrics, type ClassMetrics, type TestMetrics } from './metrics.js';
export { createOptimizer, type Optimizer, type OptimizerConfig, type StepNumbers } from './optimizers.js';
export { predict, type PredictOptions, type Predictions } from './predictions.js';
export type { SetMetrics, RunResult } from './result.js';
export { train, type FinishedRun, type RunStart, type TrainOptions } from './run.js';
export { learningRateAt, type Schedule } from './schedules.js';
export { noProgress, type Progress } from './progress.js';
export {
  createTrainingState,
  predictStep,
  toTensors,
  trainStep,
  type BatchTensors,
  type StepMetrics,
  type StepOptions,
  type TrainingState,
} from './step.js';
export { InterruptedError, NonFiniteLossError } from './trainingErrors.js';
export { completedByPacked, testFiles } from './dataFiles.js';
export { divideData, groupsOfTest } from './divideData.js';
export { reviewData } from './reviewData.js';
export { leftOutOfSets } from './windowReports.js';
