// Each value, or each step of each row, times a gate of its own.
import tf from '#tfjs';
import { maskSteps } from './maskSteps.js';
import { withGradient } from './withGradient.js';

/**
 * `y[b, t, c] = m · x[b, t, c] · gate[b, t, c]`, with `dx = m · dy · gate` and `dgate = m · dy · x`, summed over the
 * channels where the gate has one for all of them.
 *
 * @param x `[batch, time, channels]`
 * @param gate `[batch, time, channels]` or `[batch, time, 1]`
 * @param mask bool `[batch, time]`, or null when every step is valid
 */
export function scaleValues(x: tf.Tensor3D, gate: tf.Tensor3D, mask: tf.Tensor2D | null): tf.Tensor3D {
  const shared = gate.shape[2] === 1 && x.shape[2] !== 1;
  return withGradient(
    [x, gate],
    (x, gate) => {
      const save: tf.Tensor[] = mask === null ? [x, gate] : [x, gate, mask];
      return { value: maskSteps(tf.mul(x, gate), mask), save };
    },
    (dy, ...saved) => {
      const [x, gate, mask = null] = saved as [tf.Tensor3D, tf.Tensor3D, tf.Tensor2D?];
      const dgate = maskSteps(tf.mul(dy, x), mask);
      return [maskSteps(tf.mul(dy, gate), mask), shared ? tf.sum(dgate, 2, true) : dgate];
    },
  );
}
