// Kernels of the masked layers: in plain tfjs operations, which run on every backend, or in a backend's own faster
// ones, with closed-form gradients.
export { activations, type Activation } from './activation.js';
export { addSteps } from './addSteps.js';
export { batchNorm, type BatchMoments } from './batchNorm.js';
export { conv1d, type ConvolutionWindow } from './convolution.js';
export { maskSteps } from './maskSteps.js';
export { hasNative, nativeOutputs } from './native.js';
export { normalize } from './normalize.js';
export { averageOverTime, maxOverTime } from './pooling.js';
export { scaleChannels } from './scaleChannels.js';
