// Each channel of each row times a number of its own, as squeeze and excitation does.
import tf from '#tfjs';
import { maskSteps, wholeMask } from './maskSteps.js';
import { runNative } from './native.js';
import { withGradient } from './withGradient.js';

/**
 * `y[b, t, c] = m · x[b, t, c] · gate[b, c]`, with `dx = m · dy · gate` and `dgate = Σₜ m · dy · x`.
 *
 * @param x `[batch, time, channels]`
 * @param gate `[batch, channels]`
 * @param mask bool `[batch, time]`, or null when every step is valid
 */
export function scaleChannels(x: tf.Tensor3D, gate: tf.Tensor2D, mask: tf.Tensor2D | null): tf.Tensor3D {
  return withGradient(
    [x, gate],
    (x, gate) => {
      const steps = mask ?? wholeMask(x);
      const native = runNative('MasqScaleChannels', { x, gate, mask: steps });
      const value = native?.[0] ?? maskSteps(tf.mul(x, tf.expandDims(gate, 1)), mask);
      return { value: value as tf.Tensor3D, save: [x, gate, steps] };
    },
    (dy, x, gate, mask) => {
      const native = runNative('MasqScaleChannelsGrad', { dy, x, gate, mask });
      if (native !== null) return native as [tf.Tensor, tf.Tensor];
      const dx = maskSteps(tf.mul<tf.Tensor3D>(dy, tf.expandDims(gate, 1)), mask);
      return [dx, tf.sum(maskSteps(tf.mul<tf.Tensor3D>(dy, x), mask), 1)];
    },
  );
}
