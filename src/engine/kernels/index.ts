// Kernels of the masked layers, in plain tfjs operations with closed-form gradients: they run on every backend.
export { batchMoments, normalizeByBatch, normalizeByMoving, type BatchMoments } from './batchNorm.js';
export { conv1d } from './convolution.js';
export { type ConvolutionWindow } from './convolutionWindow.js';
export { maskSteps } from './maskSteps.js';
export { matMul } from './matMul.js';
export { maxPool1d, type PoolingMasks, type PoolingWindow } from './maxPool.js';
export { averageOverTime, maxOverTime } from './pooling.js';
export { currentPrecision, withPrecision, type Precision } from './precision.js';
export { dropout, statelessUniform } from './random.js';
export { softmaxCrossEntropySum } from './softmaxCrossEntropy.js';
