// Padded steps become 0 by selection: a product would turn NaN or infinite padding into NaN. Masks of all kernels: bool
// `[batch, time]`, in each row true up to its length and false from there on. masq's own operations go by the number of
// true steps alone, so a mask with a gap would give something else than the formulas say; the layers refuse such masks.
import tf from '#tfjs';
import { runNative } from './native.js';
import { withGradient } from './withGradient.js';

/**
 * `y[b, t, c] = mask[b, t] ? x[b, t, c] : 0`, with the same selection for the gradient, so that nothing that
 * stands in a padded step, forward or backward, reaches anything else.
 *
 * @param x `[batch, time, channels]`
 * @param mask bool `[batch, time]`, or null when every step is valid
 */
export function maskSteps(x: tf.Tensor3D, mask: tf.Tensor2D | null): tf.Tensor3D {
  if (mask === null) return x;
  return withGradient(
    [x],
    (input) => ({ value: zeroPadding(input, mask), save: [mask] }),
    (dy, savedMask) => [zeroPadding(dy, savedMask)],
  );
}

function zeroPadding(x: tf.Tensor3D, mask: tf.Tensor2D): tf.Tensor3D {
  const masked = runNative('MasqMaskSteps', { x, mask });
  return (masked?.[0] as tf.Tensor3D | undefined) ?? selectSteps(x, mask, 0);
}

/** `x` where the mask holds, `otherwise` elsewhere. Without a gradient of its own. */
export function selectSteps(x: tf.Tensor3D, mask: tf.Tensor2D, otherwise: number): tf.Tensor3D {
  const condition = tf.expandDims(mask, 2);
  const filling = tf.scalar(otherwise);
  const selected = runNative('MasqSelect', { condition, x, otherwise: filling });
  return (selected?.[0] ?? tf.where<tf.Tensor>(condition, x, filling)) as tf.Tensor3D;
}

/** The mask of `x` `[batch, time, channels]` when every step is valid: bool `[batch, time]`. */
export function wholeMask({ shape: [batch, time] }: tf.Tensor3D): tf.Tensor2D {
  return tf.ones([batch, time], 'bool');
}
