// The block of MobileNet and EfficientNet, wide inside and narrow outside (Sandler et al. 2018, arXiv:1801.04381), with
// attention after its depthwise convolution (Tan et al. 2019, arXiv:1807.11626), and the rounding of channels by a width.
import type tf from '#tfjs';
import {
  applyAttention,
  assertPlacement,
  maskedAdd,
  placements,
  type Activation,
  type Placement,
} from '../layers/index.js';
import { convolveAndNormalize, drop } from './blocks.js';
import type { ModelContext } from './model.js';

export interface InvertedResidual {
  readonly name: string;
  /** Channels of the depthwise convolution. Where as many come in, no 1×1 convolution stands before it. */
  readonly expanded: number;
  /** Channels that come out. */
  readonly filters: number;
  readonly kernelSize: number;
  readonly strides: number;
  /** What follows the normalisations but the last. */
  readonly activation: Activation;
  /** Whether attention stands in the block. */
  readonly attended: boolean;
  /** Probability with which training leaves the block out where it has a shortcut. */
  readonly dropped: number;
  /** Whether a ratio of the attention divides the channels that come into the block, not those that it sees. */
  readonly ratioOfInputs: boolean;
}

/**
 * Blocks one after another, `[batch, time, channels]` → `[batch, steps, filters]`. Where a block keeps the steps and the
 * number of channels, its input is added to what it puts out.
 *
 * Attention stands after the depthwise convolution's activation (`standard`), before the block's first convolution but not
 * on its shortcut (`pre`), after the block (`post`), or on the shortcuts of the blocks that have one (`identity`).
 *
 * @param model the model's name, for messages
 * @throws UserError when attention is placed on shortcuts and no attended block has one
 */
export function invertedResiduals(
  x: tf.SymbolicTensor,
  blocks: readonly InvertedResidual[],
  { attention, seed, model }: Pick<ModelContext, 'attention' | 'seed'> & { readonly model: string },
): tf.SymbolicTensor {
  const inputs = [x.shape[2], ...blocks.map(({ filters }) => filters)];
  const bridged = blocks.some((block, i) => block.attended && hasShortcut(block, inputs[i]));
  const possible = placements.filter((placement) => bridged || placement !== 'identity');
  assertPlacement(attention, possible, model);
  return blocks.reduce((x, block) => invertedResidual(x, block, { attention, seed }), x);
}

function hasShortcut({ strides, filters }: InvertedResidual, inputs: number | null): boolean {
  return strides === 1 && filters === inputs;
}

function invertedResidual(
  x: tf.SymbolicTensor,
  block: InvertedResidual,
  { attention, seed }: Pick<ModelContext, 'attention' | 'seed'>,
): tf.SymbolicTensor {
  const { name, expanded, filters, kernelSize, strides, activation, attended, dropped, ratioOfInputs } =
    block;
  const inputs = x.shape[2];
  const place = (y: tf.SymbolicTensor, here: Placement): tf.SymbolicTensor => {
    if (!attended) return y;
    const ratioOf = here === 'standard' && ratioOfInputs && inputs !== null ? { ratioOf: inputs } : {};
    return applyAttention(y, attention, { name: `${name}_attention`, seed, ...ratioOf }, here);
  };
  const pointwise = { kernelSize: 1, bias: false, seed };
  const wide = { ...pointwise, filters: expanded, activation };
  let y = place(x, 'pre');
  if (expanded !== inputs) y = convolveAndNormalize(y, { ...wide, name: `${name}_expand` });
  const depthwise = { ...wide, kernelSize, strides, groups: expanded, name: `${name}_depthwise` };
  y = place(convolveAndNormalize(y, depthwise), 'standard');
  y = convolveAndNormalize(y, { ...pointwise, filters, activation: 'linear', name: `${name}_project` });
  if (hasShortcut(block, inputs)) {
    y = drop(y, { rate: dropped, unit: 'recording', seed, name: `${name}_drop` });
    y = maskedAdd({ name: `${name}_add` }).apply([y, place(x, 'identity')]) as tf.SymbolicTensor;
  }
  return place(y, 'post');
}

/**
 * Channels times a width, as published: the nearest multiple of 8, at least 8, and the next one where that is less than
 * nine tenths of what was asked for. For the width 1 the channels themselves.
 */
export function scaledChannels(channels: number, width: number): number {
  if (width === 1) return channels;
  const exact = channels * width;
  const rounded = Math.max(8, Math.floor((exact + 4) / 8) * 8);
  return rounded < 0.9 * exact ? rounded + 8 : rounded;
}
