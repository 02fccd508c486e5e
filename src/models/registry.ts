// Models by name, and how one is built from what a config says.
import type tf from '#tfjs';
import type { AttentionChoice } from '../layers/index.js';
import { UserError } from '../shared/errors.js';
import { didYouMean } from '../shared/nearest.js';
import { convnext } from './convnext.js';
import { convTran } from './convTran.js';
import { efficientNet } from './efficientNet.js';
import { fcn } from './fcn.js';
import { inceptionTime } from './inceptionTime.js';
import { liteTime } from './liteTime.js';
import { mlp } from './mlp.js';
import { mlstmFcn } from './mlstmFcn.js';
import { mobileNetV3 } from './mobileNetV3.js';
import type { ModelContext, ModelKind } from './model.js';
import { resnet } from './resnet.js';
import { seResnext } from './seResnext.js';
import { tcn } from './tcn.js';

/** Every model by name. */
export const models: Record<string, ModelKind> = {
  fcn,
  resnet,
  'se-resnext': seResnext,
  'inception-time': inceptionTime,
  'lite-time': liteTime,
  'mlstm-fcn': mlstmFcn,
  tcn,
  'mobilenet-v3': mobileNetV3,
  efficientnet: efficientNet,
  convnext,
  'conv-tran': convTran,
  mlp,
};

/** A model's name, its attention (default: that of the published network) and its other options. */
export type ModelChoice = { readonly name: string; readonly attention?: AttentionChoice } & Readonly<
  Record<string, unknown>
>;

/**
 * Builds a model with freshly initialised weights.
 *
 * @throws UserError when there is no model or attention of that name, or an option is unknown or does not fit
 */
export function buildModel(
  { name, attention, ...options }: ModelChoice,
  context: Omit<ModelContext, 'attention'>,
): tf.LayersModel {
  const known = Object.keys(models);
  if (!known.includes(name)) {
    throw new UserError(`There is no model "${name}".${didYouMean(name, known)} Known: ${known.join(', ')}.`);
  }
  const kind = models[name];
  return kind.build(options, { ...context, attention: attention ?? kind.attention });
}
