// Kernels of the native backend that stock tfjs does not use, registered with tfjs when TensorFlow is loaded.
import { registerConvolution } from './convolution.js';
import { registerMasking } from './masking.js';

/** Registers the kernels with the backend `tensorflow`. */
export function registerTensorflowKernels(): void {
  registerConvolution();
  registerMasking();
}
