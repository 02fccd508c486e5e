// Kernels of the masked layers, in plain tfjs operations with closed-form gradients: they run on every backend.
export { batchMoments, normalizeByBatch, normalizeByMoving, type BatchMoments } from './batchNorm.js';
export { conv1d, type ConvolutionWindow } from './convolution.js';
export { maskSteps } from './maskSteps.js';
export { maxPool1d, type PoolingMasks, type PoolingWindow } from './maxPool.js';
export { averageOverTime, maxOverTime } from './pooling.js';
