// masq/models: networks for variable-length recordings, found by name. No Node module, no native code.
export {
  attentionName,
  attentions,
  gateRange,
  placementOption,
  readGates,
  readGatesAndMasks,
  registerAttention,
  type Attention,
  type AttentionChoice,
  type GateRange,
  type GatesAndMask,
} from '../layers/index.js';
export { modelCost, type LayerCost, type ModelCost } from './cost.js';
export type { ModelContext, ModelKind } from './model.js';
export { buildModel, models, type ModelChoice } from './registry.js';
