// Kernels of the native backend that stock tfjs does not use, registered with tfjs when TensorFlow is loaded.
import { registerMasking } from './masking.js';
import { registerMaxPool } from './maxPool.js';

/** Registers the kernels with the backend `tensorflow`. */
export function registerTensorflowKernels(): void {
  registerMasking();
  registerMaxPool();
}
