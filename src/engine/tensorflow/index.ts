// Kernels of the native backend that stock tfjs does not use, registered with tfjs when TensorFlow is loaded.
import { registerConvolution } from './convolution.js';
import { registerFusedBatchNorm } from './fusedBatchNorm.js';
import { registerGather } from './gather.js';
import { registerMatMul } from './matMul.js';
import { registerMaxPool } from './maxPool.js';
import { registerOptimizers } from './optimizers.js';
import { registerOwnOperations } from './ownOperations.js';
import { registerRandom } from './random.js';
import { registerReluGradient } from './relu.js';
import { registerSelection } from './selection.js';
import { registerSoftmaxCrossEntropy } from './softmaxCrossEntropy.js';

export interface KernelOptions {
  /** Whether TensorFlow has masq's own operations, those of native/. */
  readonly ownOperations: boolean;
}

/** Registers the kernels with the backend `tensorflow`. */
export function registerTensorflowKernels({ ownOperations }: KernelOptions): void {
  registerConvolution();
  registerFusedBatchNorm();
  registerGather();
  registerMatMul();
  registerMaxPool();
  registerRandom();
  registerReluGradient();
  registerSelection();
  registerSoftmaxCrossEntropy();
  if (!ownOperations) return;
  registerOwnOperations();
  registerOptimizers();
}
