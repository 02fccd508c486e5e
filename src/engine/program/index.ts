// Captured programs: functions over tensors as TensorFlow graphs.
export { CaptureError } from './captureError.js';
export { compile, type Entry, type Program, type ProgramSource, type TensorSpec } from './program.js';
export type { DataType } from './backend.js';
