// masq/layers: masked layers for any tfjs-layers model. No Node module, no native code. Importing this module registers
// them, so that models that hold them can be loaded.
export type { Activation } from '../engine/kernels/index.js';
export { outputLength, type ConvolutionGeometry, type Padding } from './convolutionLength.js';
export type { InitializerArg, InitializerName } from './initializers.js';
export { lengthsFromMask, maskFromLengths } from './mask.js';
export { maskedAdd, MaskedAdd, type MaskedAddArgs } from './maskedAdd.js';
export { maskedBatchNorm, MaskedBatchNorm, type MaskedBatchNormArgs } from './maskedBatchNorm.js';
export { maskedConcatenate, MaskedConcatenate } from './maskedConcatenate.js';
export { maskedConv1d, MaskedConv1d, type MaskedConv1dArgs } from './maskedConv1d.js';
export { maskedGlobalPool1d, MaskedGlobalPool1d, type MaskedGlobalPool1dArgs } from './maskedGlobalPool1d.js';
export type { MaskedLayerArgs } from './maskedLayer.js';
export { maskedMaxPool1d, MaskedMaxPool1d, type MaskedMaxPool1dArgs } from './maskedMaxPool1d.js';
export {
  applyAttention,
  attentionName,
  attentions,
  type Attention,
  type AttentionChoice,
  type AttentionContext,
} from './registry.js';
export { sequenceMask, SequenceMask, type SequenceMaskArgs } from './sequenceMask.js';
export { squeezeExcite1d, SqueezeExcite1d, type SqueezeExcite1dArgs } from './squeezeExcite1d.js';
