// The engine: TensorFlow under tfjs, installed, loaded and described.
export {
  loadEngine,
  usesCard,
  useJavaScript,
  type DeviceName,
  type Engine,
  type EngineOptions,
} from './load.js';
export { installEngine, type InstalledEngine, type InstallOptions, type InstallProgress } from './install.js';
export { engineInfo, type CudaInfo, type EngineInfo, type VariantInfo } from './info.js';
export { nvidiaVersion, type CudaBuild } from './cache.js';
export { type Card } from './driver.js';
export { type Variant } from './variants.js';
export {
  cardUsed,
  countCards,
  freeCardBytes,
  presentDevices,
  type CardUsed,
  type PresentDevices,
} from './cards.js';
export { isOutOfMemory } from './outOfMemory.js';
export { bfloat16Support, type Bfloat16Support } from './bfloat16.js';
export {
  CaptureError,
  compile,
  type DataType,
  type Entry,
  type Program,
  type ProgramSource,
  type TensorSpec,
} from './program/index.js';
export { dropout, statelessUniform, withPrecision, type Precision } from './kernels/index.js';
