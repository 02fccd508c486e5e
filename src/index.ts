// masq: everything in one import. masq/layers and masq/models run in browsers too; the rest needs Node.
export * from './data/index.js';
export * from './engine/index.js';
export * from './layers/index.js';
export * from './models/index.js';
export * from './sweep/index.js';
export * from './train/index.js';
export { UserError, type Place } from './shared/errors.js';
