// Kernels of the native backend that stock tfjs does not use, registered with tfjs when TensorFlow is loaded.
import type { Precision } from '../kernels/precision.js';
import { registerConvolution } from './convolution.js';
import { registerFusedBatchNorm } from './fusedBatchNorm.js';
import { registerGather } from './gather.js';
import { registerLstm } from './lstm.js';
import { registerMatMul } from './matMul.js';
import { registerMaxPool } from './maxPool.js';
import { registerOptimizers } from './optimizers.js';
import { registerOwnConvolution } from './ownConvolution.js';
import { registerOwnOperations } from './ownOperations.js';
import { registerPad } from './pad.js';
import { registerRandom } from './random.js';
import { registerReluGradient } from './relu.js';
import { registerSelection } from './selection.js';
import { registerSoftmaxCrossEntropy } from './softmaxCrossEntropy.js';

/** The precisions in which convolutions are masq's own. */
export interface OwnOperations {
  readonly convolutions: readonly Precision[];
}

export interface KernelOptions {
  /** What TensorFlow has of masq's own operations, those of native/; null without them. */
  readonly own: OwnOperations | null;
}

/** Registers the kernels with the backend `tensorflow`. */
export function registerTensorflowKernels({ own }: KernelOptions): void {
  registerConvolution();
  registerFusedBatchNorm();
  registerGather();
  registerLstm();
  registerMatMul();
  registerMaxPool();
  registerPad();
  registerRandom();
  registerReluGradient();
  registerSelection();
  registerSoftmaxCrossEntropy();
  if (own === null) return;
  registerOwnOperations();
  for (const precision of own.convolutions) registerOwnConvolution(precision);
  registerOptimizers();
}
