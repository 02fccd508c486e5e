// Masks: made from lengths, checked, and followed back through a model to see whether they arrive.
import * as tf from '@tensorflow/tfjs';
import { UserError } from '../shared/errors.js';

/** Masks that this module made, and foreign ones that it has checked. */
const prefixMasks = new WeakSet<tf.Tensor>();

/**
 * `mask[b, t] = t < lengths[b]`.
 *
 * @param lengths int32 `[batch]`
 * @param time padded length
 * @returns bool `[batch, time]`
 */
export function maskFromLengths(lengths: tf.Tensor1D, time: number): tf.Tensor2D {
  const steps = tf.range(0, time, 1, 'int32');
  const mask = tf.less<tf.Tensor2D>(tf.expandDims(steps, 0), tf.expandDims(tf.cast(lengths, 'int32'), 1));
  prefixMasks.add(mask);
  return mask;
}

/**
 * Number of valid steps of each row, int32 `[batch]`.
 *
 * @param mask bool `[batch, time]`
 */
export function lengthsFromMask(mask: tf.Tensor2D): tf.Tensor1D {
  return tf.sum(tf.cast(mask, 'int32'), 1);
}

/**
 * Refuses a mask with a gap. Masks made here are prefixes; a mask from elsewhere is read back once and checked.
 *
 * @throws UserError naming the first row that has a valid step after a padded one
 */
export function assertPrefix(mask: tf.Tensor2D, layerName: string): void {
  if (prefixMasks.has(mask)) return;
  const time = mask.shape[1];
  const values = mask.dataSync();
  for (let i = 1; i < values.length; i++) {
    if (i % time !== 0 && values[i] && !values[i - 1]) {
      throw new UserError(
        `Layer "${layerName}" got a mask with a gap: in row ${Math.floor(i / time)}, step ${i % time} is valid after ` +
          'a padded step. Valid steps must come first; move the recording to the start of its row.',
      );
    }
  }
  prefixMasks.add(mask);
}

/** What a model's graph says about the mask of a symbolic tensor. */
export type MaskTrace =
  { readonly state: 'present' | 'none' } | { readonly state: 'dropped'; readonly by: string };

/** Stock layers that claim to support masks but give one of the wrong rank (tfjs 4.22). */
const merges = new Set(['Add', 'Average', 'Concatenate', 'Dot', 'Maximum', 'Minimum', 'Multiply']);

/** Layers that start a mask. */
const starts = new Set(['SequenceMask', 'Masking']);

/**
 * Follows a symbolic tensor back to where its mask begins. `none`: nothing before it makes a mask, or a layer has
 * ended it as it should. `dropped`: a mask was made, and the layer named `by` did not pass it on.
 */
export function traceMask(tensor: tf.SymbolicTensor): MaskTrace {
  const layer = tensor.sourceLayer;
  const kind = layer.getClassName();
  if (starts.has(kind)) return { state: 'present' };
  const before = tensor.inputs.map(traceMask);
  const dropped = before.find((trace) => trace.state === 'dropped');
  if (dropped) return dropped;
  if (!before.some((trace) => trace.state === 'present')) return { state: 'none' };
  if (!layer.supportsMasking || merges.has(kind)) return { state: 'dropped', by: layer.name };
  const keepsTime = tensor.shape.length === 3 && !('unmasked' in layer && layer.unmasked === true);
  return { state: keepsTime ? 'present' : 'none' };
}
