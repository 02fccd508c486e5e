// masq/layers: masked layers for any tfjs-layers model. No Node module, no native code. Importing this module registers
// them, so that models that hold them can be loaded.
export type { Activation } from '../engine/kernels/index.js';
export { outputLength, type ConvolutionGeometry, type Padding } from './convolutionLength.js';
export {
  handCraftedFilters1d,
  HandCraftedFilters1d,
  type HandCraftedFilters1dArgs,
} from './handCraftedFilters1d.js';
export type { InitializerArg, InitializerName } from './initializers.js';
export { lengthsFromMask, maskFromLengths } from './mask.js';
export { maskedActivation, MaskedActivation, type MaskedActivationArgs } from './maskedActivation.js';
export { maskedAdd, MaskedAdd, type MaskedAddArgs } from './maskedAdd.js';
export { maskedBatchNorm, MaskedBatchNorm, type MaskedBatchNormArgs } from './maskedBatchNorm.js';
export {
  maskedChannelwiseConv1d,
  MaskedChannelwiseConv1d,
  type MaskedChannelwiseConv1dArgs,
} from './maskedChannelwiseConv1d.js';
export { maskedConcatenate, MaskedConcatenate } from './maskedConcatenate.js';
export { maskedConv1d, MaskedConv1d, type MaskedConv1dArgs } from './maskedConv1d.js';
export { maskedDropout, MaskedDropout, type MaskedDropoutArgs } from './maskedDropout.js';
export { maskedGlobalPool1d, MaskedGlobalPool1d, type MaskedGlobalPool1dArgs } from './maskedGlobalPool1d.js';
export { maskedLayerNorm, MaskedLayerNorm, type MaskedLayerNormArgs } from './maskedLayerNorm.js';
export { maskedLayerScale, MaskedLayerScale, type MaskedLayerScaleArgs } from './maskedLayerScale.js';
export type { MaskedLayerArgs } from './maskedLayer.js';
export { maskedLstm, MaskedLstm, type MaskedLstmArgs } from './maskedLstm.js';
export { maskedMaxPool1d, MaskedMaxPool1d, type MaskedMaxPool1dArgs } from './maskedMaxPool1d.js';
export { maskedMergeSteps, MaskedMergeSteps, type MaskedMergeStepsArgs } from './maskedMergeSteps.js';
export {
  maskedSelfAttention,
  MaskedSelfAttention,
  type MaskedSelfAttentionArgs,
} from './maskedSelfAttention.js';
export { maskedResample1d, MaskedResample1d, type MaskedResample1dArgs } from './maskedResample1d.js';
export { sequenceMask, SequenceMask, type SequenceMaskArgs } from './sequenceMask.js';
export { squeezeNames, type SqueezeName } from './squeeze.js';
export {
  timeAbsolutePosition,
  TimeAbsolutePosition,
  type TimeAbsolutePositionArgs,
} from './timeAbsolutePosition.js';
export {
  AttentionLayer,
  gateRange,
  type Attended,
  type AttentionLayerArgs,
} from './attention/attentionLayer.js';
export { bam1d, Bam1d, type Bam1dArgs } from './attention/bam.js';
export { cbam1d, Cbam1d, type Cbam1dArgs } from './attention/cbam.js';
export { eca1d, Eca1d, type Eca1dArgs } from './attention/eca.js';
export { gatherExcite1d, GatherExcite1d, type GatherExcite1dArgs } from './attention/gatherExcite.js';
export {
  readGates,
  readGatesAndMasks,
  reportGates,
  type GateRange,
  type Gates,
  type GatesAndMask,
} from './attention/gates.js';
export { globalContext1d, GlobalContext1d, type GlobalContext1dArgs } from './attention/globalContext.js';
export { localGate1d, LocalGate1d, type LocalGate1dArgs } from './attention/localGate.js';
export {
  parameterMatchedGate1d,
  ParameterMatchedGate1d,
  type ParameterMatchedGate1dArgs,
} from './attention/parameterMatched.js';
export {
  applyAttention,
  assertPlacement,
  attentionName,
  attentionPlacement,
  placementOption,
  placements,
  type AttentionChoice,
  type Placement,
} from './attention/placement.js';
export {
  attentions,
  registerAttention,
  type Attention,
  type AttentionContext,
  type AttentionDefinition,
} from './attention/registry.js';
export { simam1d, Simam1d, type Simam1dArgs } from './attention/simam.js';
export { squeezeExcite1d, SqueezeExcite1d, type SqueezeExcite1dArgs } from './attention/squeezeExcite.js';
export {
  temporalAttention1d,
  TemporalAttention1d,
  type TemporalAttention1dArgs,
} from './attention/temporal.js';
export { z } from 'zod';
