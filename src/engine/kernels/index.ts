// Kernels of the masked layers: in plain tfjs operations, which run on every backend, or in a backend's own faster
// ones, with closed-form gradients. Their masks have no gaps, see ./maskSteps.ts.
export { activate, activations, divideActivation, type Activation } from './activation.js';
export { addSteps } from './addSteps.js';
export { attend, type AttentionOptions } from './attention.js';
export { batchNorm, type Statistics } from './batchNorm.js';
export { conv1d, type ConvolutionMasks } from './convolution.js';
export { type ConvolutionWindow } from './convolutionWindow.js';
export { crossEntropy, mixedCrossEntropy, type CrossEntropyOptions } from './crossEntropy.js';
export { layerNorm } from './layerNorm.js';
export { lstm, type LstmWeights } from './lstm.js';
export { maskSteps, wholeMask } from './maskSteps.js';
export { matMul } from './matMul.js';
export { maxPool1d, type PoolingMasks, type PoolingWindow } from './maxPool.js';
export { gateRanges, gates, type Gate } from './gates.js';
export { hasNative, nativeOutputs } from './native.js';
export { normalize } from './normalize.js';
export { averageOverTime, maxOverChannels, maxOverTime, validSteps } from './pooling.js';
export { currentPrecision, withPrecision, type Precision } from './precision.js';
export { dropout, dropoutUnits, statelessUniform, type DropoutUnit } from './random.js';
export { resampleSteps } from './resample.js';
export { scaleChannels } from './scaleChannels.js';
export { scaleValues } from './scaleValues.js';
export { softmaxCrossEntropySum } from './softmaxCrossEntropy.js';
export { softmaxOverTime } from './softmaxOverTime.js';
export { excite, squeezeExcite, type Bottleneck } from './squeezeExcite.js';
export {
  attendOverTime,
  generalizedMeanOverTime,
  lastOverTime,
  standardDeviationOverTime,
} from './squeezes.js';
export { filterLengths, weightNorm } from './weightNorm.js';
