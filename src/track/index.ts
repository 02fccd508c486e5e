// What a run leaves behind, and whom it is told to.
export * from './flatten.js';
export * from './lock.js';
export { deliver, findTracked, type DeliveryOptions } from './mlflow/deliver.js';
export { closeStudyRun, openStudyRun, type StudyRun } from './mlflow/study.js';
export * from './runDirectory.js';
export * from './tracker.js';
export * from './trackers.js';
