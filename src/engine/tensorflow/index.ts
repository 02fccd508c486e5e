// Kernels of the native backend that stock tfjs does not use, registered with tfjs when TensorFlow is loaded.
import { registerConvolution } from './convolution.js';
import { registerMasking } from './masking.js';
import { registerMatMul } from './matMul.js';
import { registerMaxPool } from './maxPool.js';
import { registerRandom } from './random.js';
import { registerReluGradient } from './relu.js';
import { registerSoftmaxCrossEntropy } from './softmaxCrossEntropy.js';

/** Registers the kernels with the backend `tensorflow`. */
export function registerTensorflowKernels(): void {
  registerConvolution();
  registerMasking();
  registerMatMul();
  registerMaxPool();
  registerRandom();
  registerReluGradient();
  registerSoftmaxCrossEntropy();
}
