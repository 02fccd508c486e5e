// Kernels of the native backend that stock tfjs does not use, registered with tfjs when TensorFlow is loaded.
import { registerFusedBatchNorm } from './fusedBatchNorm.js';
import { registerMasking } from './masking.js';
import { registerOptimizers } from './optimizers.js';
import { registerOwnOperations } from './ownOperations.js';

export interface KernelOptions {
  /** Whether TensorFlow has masq's own operations, those of native/. */
  readonly ownOperations: boolean;
}

/** Registers the kernels with the backend `tensorflow`. */
export function registerTensorflowKernels({ ownOperations }: KernelOptions): void {
  registerMasking();
  registerFusedBatchNorm();
  if (!ownOperations) return;
  registerOwnOperations();
  registerOptimizers();
}
