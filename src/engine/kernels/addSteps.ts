// The sum of two branches, with or without a ReLU after it.
import tf from '#tfjs';
import { activate, throughActivation, type FusedActivation } from './activation.js';
import { maskSteps, wholeMask } from './maskSteps.js';
import { runNative } from './native.js';
import { withGradient } from './withGradient.js';

/**
 * `y = m · f(a + b)`, f the activation. The gradient of both is `m · f′ · dy`.
 *
 * @param a `[batch, time, channels]`
 * @param b `[batch, time, channels]`
 * @param mask bool `[batch, time]`, or null when every step is valid
 */
export function addSteps(
  a: tf.Tensor3D,
  b: tf.Tensor3D,
  mask: tf.Tensor2D | null,
  activation: FusedActivation,
): tf.Tensor3D {
  return withGradient(
    [a, b],
    (a, b) => {
      const steps = mask ?? wholeMask(a);
      const native = runNative('MasqAdd', { a, b, mask: steps }, { relu: activation === 'relu' });
      const value = (native?.[0] ?? activate(maskSteps(tf.add(a, b), mask), activation)) as tf.Tensor3D;
      const save: tf.Tensor[] = activation === 'relu' ? [steps, value] : [steps];
      return { value, save };
    },
    (dy, ...saved) => {
      const [steps, y] = saved as [tf.Tensor2D, tf.Tensor3D?];
      const g = y === undefined ? maskSteps(dy, steps) : beforeRelu(dy, y, steps);
      // One tensor a branch: tfjs disposes of a gradient once it is added to another.
      return [g, tf.clone(g)];
    },
  );
}

/** `dy` where y is positive, which it is at valid steps only. */
function beforeRelu(dy: tf.Tensor3D, y: tf.Tensor3D, mask: tf.Tensor2D): tf.Tensor {
  return runNative('MasqReluGrad', { dy, y, mask })?.[0] ?? throughActivation(dy, y, 'relu');
}
